//! Filters (RFC 7644 §3.4.2.2) and the paths of PATCH operations (§3.5.2), as far as they are supported: comparisons with
//! `eq`, joined by `and`.
//!
//! Every input gives a value or an [`Unreadable`]. The result has a limited size.

use serde_json::Value;

/// The maximum length of a filter, in bytes.
pub const LENGTH: usize = 2_048;
/// The maximum number of comparisons in a filter.
const COMPARISONS: usize = 16;
/// The maximum depth of parentheses.
const DEPTH: usize = 8;
/// The maximum depth in a filter that is skipped.
const DEEPEST: usize = 64;

/// The schema of users.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The reason why a filter or path can't be read, for the client. It never repeats what the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// An attribute, or a part of one. The names are folded, and the user schema is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The folded schema of an extension. `None` for the attributes of the user schema.
    pub extension: Option<String>,
    /// `emails`.
    pub name: String,
    /// `value`.
    pub part: Option<String>,
}

impl Attribute {
    /// Whether this is the attribute of the user schema with this name and part.
    #[must_use]
    pub fn is(&self, name: &str, part: Option<&str>) -> bool {
        self.extension.is_none() && self.name == name && self.part.as_deref() == part
    }
}

/// `attribute eq value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The compared attribute.
    pub attribute: Attribute,
    /// A string, boolean, number or null.
    pub value: Value,
}

/// The path of a PATCH operation: `emails[type eq "work"].value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// `emails.value`.
    pub attribute: Attribute,
    /// The filter in brackets.
    pub selection: Selection,
}

/// The filter in the brackets of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// Comparisons that must all hold. Empty if there are no brackets.
    All(Vec<Comparison>),
    /// A filter of RFC 7644 that we don't support.
    Unsupported,
}

/// Reads a filter: comparisons that must all hold.
pub fn filter(text: &str) -> Result<Vec<Comparison>, Unreadable> {
    let mut reader = Reader::new(text)?;
    let comparisons = reader.conjunction(0)?;
    reader.end()?;
    Ok(comparisons)
}

/// Reads the path of a PATCH operation (RFC 7644 §3.5.2, figure 7).
pub fn path(text: &str) -> Result<Path, Unreadable> {
    let mut reader = Reader { rest: text, comparisons: 0 };
    reader.space();
    let mut attribute = reader.attribute()?;
    let mut selection = Selection::All(Vec::new());
    if reader.take('[') {
        if attribute.part.is_some() {
            return Err(Unreadable("a filter in brackets can't follow a part of an attribute"));
        }
        let inside = reader.rest;
        let supported = reader.conjunction(0).and_then(|all| reader.expect(']').map(|()| all));
        selection = if let Ok(all) = supported {
            Selection::All(all)
        } else {
            reader.rest = inside;
            reader.any_filter(0)?;
            reader.expect(']')?;
            Selection::Unsupported
        };
        if reader.take('.') {
            attribute.part = Some(reader.name()?);
        }
    }
    reader.end()?;
    Ok(Path { attribute, selection })
}

struct Reader<'a> {
    rest: &'a str,
    comparisons: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Result<Self, Unreadable> {
        if text.len() > LENGTH {
            return Err(Unreadable("it is too long"));
        }
        Ok(Self { rest: text, comparisons: 0 })
    }

    /// Skips spaces. Returns whether there were any.
    fn space(&mut self) -> bool {
        let trimmed = self.rest.trim_start();
        let any = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        any
    }

    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), Unreadable> {
        self.space();
        match (self.take(c), c) {
            (true, _) => Ok(()),
            (false, ']') => {
                Err(Unreadable("a ] is missing, or an operator other than `eq` and `and` is used"))
            }
            (false, _) => Err(Unreadable("a ) is missing, or an operator other than `eq` and `and` is used")),
        }
    }

    fn end(&mut self) -> Result<(), Unreadable> {
        self.space();
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Unreadable(
            "there is text after its end; only comparisons with `eq`, joined by `and`, are supported",
        ))
    }

    /// Reads a word of letters and these other characters.
    fn word(&mut self, may_hold: fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c: char| !may_hold(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn conjunction(&mut self, depth: usize) -> Result<Vec<Comparison>, Unreadable> {
        if depth > DEPTH {
            return Err(Unreadable("it is nested too deeply"));
        }
        let mut comparisons = Vec::new();
        loop {
            self.space();
            if self.take('(') {
                comparisons.extend(self.conjunction(depth + 1)?);
                self.expect(')')?;
            } else {
                comparisons.extend(self.comparison(depth)?);
            }
            let before = self.rest;
            self.space();
            if !self.word(|c| c.is_ascii_alphabetic()).eq_ignore_ascii_case("and") {
                self.rest = before;
                return Ok(comparisons);
            }
        }
    }

    /// Skips any filter of RFC 7644 (§3.4.2.2, figure 1).
    fn any_filter(&mut self, depth: usize) -> Result<(), Unreadable> {
        if depth > DEEPEST {
            return Err(Unreadable("it is nested too deeply"));
        }
        loop {
            self.space();
            let before = self.rest;
            let negated = self.word(|c| c.is_ascii_alphabetic()).eq_ignore_ascii_case("not");
            self.space();
            if !(negated && self.rest.starts_with('(')) {
                self.rest = before;
            }
            if self.take('(') {
                self.any_filter(depth + 1)?;
                self.expect(')')?;
            } else {
                self.any_comparison(depth)?;
            }
            let before = self.rest;
            self.space();
            let joint = self.word(|c| c.is_ascii_alphabetic());
            if !["and", "or"].iter().any(|known| known.eq_ignore_ascii_case(joint)) {
                self.rest = before;
                return Ok(());
            }
        }
    }

    fn any_comparison(&mut self, depth: usize) -> Result<(), Unreadable> {
        self.attribute()?;
        if self.take('[') {
            self.any_filter(depth + 1)?;
            self.expect(']')?;
            if !self.take('.') {
                return Ok(());
            }
            self.name()?;
        }
        let spaced = self.space();
        let operator = self.word(|c| c.is_ascii_alphabetic()).to_ascii_lowercase();
        match operator.as_str() {
            "pr" if spaced => Ok(()),
            "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le" if spaced && self.space() => {
                self.value().map(drop)
            }
            _ => Err(Unreadable("each attribute must be followed by an operator of RFC 7644 and a value")),
        }
    }

    /// `attribute eq value`, `attribute[…]` or `attribute[…].part eq value`.
    fn comparison(&mut self, depth: usize) -> Result<Vec<Comparison>, Unreadable> {
        let mut attribute = self.attribute()?;
        let mut selected = Vec::new();
        if self.take('[') {
            if attribute.part.is_some() {
                return Err(Unreadable("a filter in brackets can't follow a part of an attribute"));
            }
            for inner in self.conjunction(depth + 1)? {
                let Attribute { extension: None, name, part: None } = inner.attribute else {
                    return Err(Unreadable("inside brackets, only parts of the attribute can be compared"));
                };
                let attribute = Attribute { part: Some(name), ..attribute.clone() };
                selected.push(Comparison { attribute, ..inner });
            }
            self.expect(']')?;
            if !self.take('.') {
                return Ok(selected);
            }
            attribute.part = Some(self.name()?);
        }
        self.comparisons += 1;
        if self.comparisons > COMPARISONS {
            return Err(Unreadable("it has too many comparisons"));
        }
        let spaced = self.space();
        if !spaced || !self.word(|c| c.is_ascii_alphabetic()).eq_ignore_ascii_case("eq") || !self.space() {
            return Err(Unreadable(
                "each attribute must be followed by `eq` and a value; no other operator is supported",
            ));
        }
        selected.push(Comparison { attribute, value: self.value()? });
        Ok(selected)
    }

    /// `userName`, `name.givenName`, or either after a schema's URI and a colon.
    fn attribute(&mut self) -> Result<Attribute, Unreadable> {
        let is_uri = self.rest.split_once(':').is_some_and(|(scheme, _)| is_name(scheme));
        let word = if is_uri {
            self.word(|c| c.is_ascii_graphic() && !"[]\"".contains(c))
        } else {
            self.word(|c| c.is_ascii_alphanumeric() || "-_$.".contains(c))
        };
        // After the user schema, a dot is accepted instead of the colon.
        let of_users = word.get(..USER.len()).filter(|start| start.eq_ignore_ascii_case(USER));
        let rest =
            of_users.and_then(|_| word.get(USER.len()..)).and_then(|rest| rest.strip_prefix([':', '.']));
        let (schema, path) = match (rest, word.rsplit_once(':')) {
            (Some(path), _) => (Some(USER), path),
            (None, Some((schema, path))) => (Some(schema), path),
            (None, None) => (None, word),
        };
        let (name, part) = path.split_once('.').map_or((path, None), |(name, part)| (name, Some(part)));
        if !is_name(name) || part.is_some_and(|part| !is_name(part)) {
            return Err(Unreadable("it doesn't name an attribute"));
        }
        let extension = schema.filter(|schema| !schema.eq_ignore_ascii_case(USER));
        Ok(Attribute {
            extension: extension.map(str::to_ascii_lowercase),
            name: name.to_ascii_lowercase(),
            part: part.map(str::to_ascii_lowercase),
        })
    }

    fn name(&mut self) -> Result<String, Unreadable> {
        let name = self.word(|c| c.is_ascii_alphanumeric() || "-_$".contains(c));
        if is_name(name) {
            Ok(name.to_ascii_lowercase())
        } else {
            Err(Unreadable("it doesn't name an attribute"))
        }
    }

    fn value(&mut self) -> Result<Value, Unreadable> {
        let text = if self.rest.starts_with('"') {
            let mut escaped = false;
            let end = self.rest.char_indices().skip(1).find(|(_, c)| {
                let ends = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            let end = end.map(|(at, _)| at + 1).ok_or(Unreadable("a string has no closing quote"))?;
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            text
        } else {
            self.word(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        let value = serde_json::from_str(text).map_err(|_| {
            Unreadable("a value must be a string in double quotes, true, false, null or a number")
        })?;
        Ok(value)
    }
}

/// Attribute names begin with a letter (RFC 7643 §2.1). The only exception is `$ref`.
fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '$';
    name.starts_with(first) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_$".contains(&b))
}

#[cfg(test)]
mod tests;
