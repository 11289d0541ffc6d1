//! Reads a JSON object field by field. The error names every wrong field and repeats no value.

use std::{fmt, ops::RangeInclusive};

use domain::leaks::Place;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, map::Entry};

use crate::{
    call::Input,
    exposure::Exposure,
    problem::{FieldError, Problem},
};

/// Reads an object. It collects all errors, and [`Fields::finish`] returns them.
#[derive(Debug)]
pub struct Fields {
    rest: Map<String, Value>,
    errors: Vec<FieldError>,
    known: Vec<&'static str>,
}

impl Fields {
    /// The body of a request, which must be a JSON object. A request with a body has no query parameters.
    pub fn of_body(input: &Input) -> Result<Self, Problem> {
        let mut fields = Self::of_value(json(input)?)?;
        fields.no_query(input);
        Ok(fields)
    }

    /// The same, for an operation whose body contains API keys.
    pub fn of_body_with_keys(input: &Input) -> Result<Self, Problem> {
        let mut fields = Self::of_value_with_keys(read_json(input.body()?, Duplicates::Refused)?)?;
        fields.no_query(input);
        Ok(fields)
    }

    fn no_query(&mut self, input: &Input) {
        for name in input.query().keys() {
            self.wrong(nameable(name), "is unknown: this request has no query parameters");
        }
    }

    /// The same, for an operation that needs no body.
    pub fn of_optional_body(input: &Input) -> Result<Self, Problem> {
        if !input.body()?.trim_ascii().is_empty() {
            return Self::of_body(input);
        }
        let mut fields = Self::of_value(Value::Object(Map::new()))?;
        fields.no_query(input);
        Ok(fields)
    }

    /// The query parameters. Each is a string.
    pub fn of_query(input: &Input) -> Result<Self, Problem> {
        let pairs = input.query().iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        Self::of(Value::Object(pairs.collect()), Place::Query)
    }

    /// A JSON value, which must be an object.
    pub fn of_value(value: Value) -> Result<Self, Problem> {
        Self::of(value, Place::Body)
    }

    fn of(value: Value, place: Place) -> Result<Self, Problem> {
        if let Some(exposure) = Exposure::in_json(place, &value) {
            return Err(Problem::misplaced_key(exposure));
        }
        Self::of_value_with_keys(value)
    }

    /// A JSON value, which must be an object and may contain API keys.
    pub fn of_value_with_keys(value: Value) -> Result<Self, Problem> {
        let Value::Object(rest) = value else {
            return Err(Problem::invalid_field("body", "must be a JSON object"));
        };
        Ok(Self { rest, errors: Vec::new(), known: Vec::new() })
    }

    /// A required field.
    pub fn required<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.rest.contains_key(field) {
            return self.optional(field, parse);
        }
        self.known.push(field);
        self.wrong(field, "is missing");
        None
    }

    /// An optional field. It must not be null.
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.known.push(field);
        let value = self.rest.remove(field)?;
        parse(&value).map_err(|detail| self.wrong(field, detail)).ok()
    }

    /// Records that a field is wrong.
    pub fn wrong(&mut self, field: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), detail: detail.into() });
    }

    /// Whether an error was already found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Returns what was read, unless there was an error or an unknown field.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        let expected = match self.known.as_slice() {
            [] => "is unknown: the object has no fields".into(),
            known => format!("is unknown. The known fields are: {}", known.join(", ")),
        };
        for field in self.rest.keys() {
            self.errors.push(FieldError { field: nameable(field).into(), detail: expected.clone() });
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// How to handle a member that occurs twice in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Refuses the body, because readers disagree about which of the two counts.
    Refused,
    /// The last one counts, unless one of them is `false`. Then `false` counts.
    LastUnlessFalse,
}

/// The body of a request, which must be JSON without duplicate members and without an API key.
pub fn json(input: &Input) -> Result<Value, Problem> {
    json_of(input.body()?, Duplicates::Refused)
}

/// Reads JSON that must not contain an API key.
pub fn json_of(text: &[u8], duplicates: Duplicates) -> Result<Value, Problem> {
    let value = read_json(text, duplicates)?;
    match Exposure::in_json(Place::Body, &value) {
        Some(exposure) => Err(Problem::misplaced_key(exposure)),
        None => Ok(value),
    }
}

/// Reads JSON.
fn read_json(text: &[u8], duplicates: Duplicates) -> Result<Value, Problem> {
    let read = match duplicates {
        Duplicates::Refused => serde_json::from_slice(text).map(|Read::<true>(value)| value),
        Duplicates::LastUnlessFalse => serde_json::from_slice(text).map(|Read::<false>(value)| value),
    };
    read.map_err(|error| {
        let detail = match error.classify() {
            serde_json::error::Category::Eof => "must be a JSON object, but it is incomplete".into(),
            serde_json::error::Category::Data => "must not contain the same member twice".into(),
            _ => format!(
                "must be a JSON object. Line {} is not JSON, is nested too deeply, or has a number out of range",
                error.line()
            ),
        };
        Problem::invalid_field("body", detail)
    })
}

/// A JSON value. A `STRICT` one has no duplicate members.
struct Read<const STRICT: bool>(Value);

impl<'de, const STRICT: bool> Deserialize<'de> for Read<STRICT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor::<STRICT>).map(Self)
    }
}

struct ReadVisitor<const STRICT: bool>;

impl<'de, const STRICT: bool> Visitor<'de> for ReadVisitor<STRICT> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Read::<STRICT>(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((name, Read::<STRICT>(value))) = members.next_entry::<String, _>()? {
            match values.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(_) if STRICT => return Err(A::Error::custom("a duplicate member")),
                Entry::Occupied(entry) if is_false(entry.get()) => {}
                Entry::Occupied(mut entry) => drop(entry.insert(value)),
            }
        }
        Ok(Value::Object(values))
    }
}

/// Whether the value is `false`, as a boolean or as a string.
fn is_false(value: &Value) -> bool {
    *value == false || value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("false"))
}

/// A name that the response may repeat: short and made of letters, so that it can't be a secret.
pub(crate) fn nameable(field: &str) -> &str {
    let harmless = (1..=20).contains(&field.len()) && field.bytes().all(|b| b.is_ascii_alphabetic());
    if harmless { field } else { "(another field)" }
}

/// A string.
pub fn string(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "must be a string".into())
}

/// A string of its own.
pub fn text(value: &Value) -> Result<String, String> {
    string(value).map(str::to_owned)
}

/// A whole number in this range. JSON has one kind of number, so 90.0 is whole too.
#[must_use]
pub fn whole_number(value: &Value, range: &RangeInclusive<u32>) -> Option<u32> {
    let number = match value.as_u64() {
        Some(number) => number,
        // A float without a fraction is written like an integer.
        None => value.as_f64()?.to_string().parse().ok()?,
    };
    u32::try_from(number).ok().filter(|number| range.contains(number))
}

/// The size of a page, as a query parameter: from 1 to `largest`.
pub fn page_size(value: &Value, largest: usize) -> Result<usize, String> {
    let size = string(value)?.parse().ok().filter(|size| (1..=largest).contains(size));
    size.ok_or_else(|| format!("must be a number from 1 to {largest}"))
}

/// Reads a value that can be `null`.
pub fn or_null<T>(
    value: &Value,
    read: impl FnOnce(&Value) -> Result<T, String>,
) -> Result<Option<T>, String> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::problem_type::ProblemType;
    use domain::key::EXAMPLE;

    fn read(value: Value) -> Result<(String, Option<String>), Problem> {
        let mut fields = Fields::of_value(value)?;
        let a = fields.required("a", |v| string(v).map(str::to_owned));
        let b = fields.optional("b", |v| string(v).map(str::to_owned));
        fields.finish(a.map(|a| (a, b)))
    }

    #[test]
    fn every_wrong_field_is_named_and_no_value_repeated() {
        assert_eq!(read(json!({"a": "x"})).expect("complete"), ("x".into(), None));
        let problem = read(json!({"b": 7, "c": "secret", "K7fQm2Vd8sTzWb4Hn9RpLc": 1})).expect_err("wrong");
        let named: Vec<_> = problem.errors().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(named, ["a", "b", "(another field)", "c"]);
        let text = format!("{problem:?}");
        assert!(!text.contains("secret") && !text.contains("K7fQ"), "{text}");
        for value in [json!(null), json!([]), json!("a")] {
            assert_eq!(read(value).expect_err("no object").kind(), ProblemType::InvalidRequest);
        }
        assert_eq!(read(json!({"a": null})).expect_err("null").errors()[0].field, "a");
    }

    #[test]
    fn a_key_is_found_at_any_depth_and_escaped() {
        let escaped: Value =
            serde_json::from_str(&format!("{{\"a\":\"\\u004b{}\"}}", &EXAMPLE[1..])).expect("JSON");
        for value in [escaped, json!({"a": [{"x": EXAMPLE}]}), json!({EXAMPLE: 1})] {
            let problem = read(value).expect_err("misplaced");
            assert_eq!(problem.kind(), ProblemType::MisplacedKey);
            assert_eq!(problem.exposure().expect("a key").place, Place::Body);
        }
    }

    #[test]
    fn whole_numbers() {
        let read = |value: Value| whole_number(&value, &(60..=100));
        assert_eq!([json!(60), json!(100), json!(90.0)].map(read), [Some(60), Some(100), Some(90)]);
        for wrong in [json!(59), json!(101), json!(90.5), json!(-60), json!("60"), json!(null), json!(1e300)]
        {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn twenty_errors_are_listed_and_the_others_counted() {
        let wrong = |count: usize| {
            let error = |n: usize| FieldError { field: format!("f{n}"), detail: "is wrong".into() };
            Problem::invalid((0..count).map(error).collect())
        };
        let listed = wrong(20).into_details("r");
        assert_eq!((listed.errors.len(), listed.detail.ends_with("Correct the listed fields.")), (20, true));
        let listed = wrong(37).into_details("r");
        assert_eq!(
            (listed.errors.len(), listed.detail.ends_with("Correct the listed fields. And 17 more.")),
            (20, true)
        );
        let scim = wrong(37).into_scim().detail;
        assert!(scim.ends_with(" f19: is wrong. And 17 more. (invalid-request)"), "{scim}");
    }
}
