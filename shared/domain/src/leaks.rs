//! Leaked keys: who reports them, where they were found, and what happens then.

use std::fmt;

use crate::key::contains_api_key;

/// The maximum number of places that an event names.
pub const PLACES: usize = 5;
/// The maximum length of an address that is read, in bytes. A longer one is left out.
pub const SENT_ADDRESS_LENGTH: usize = 2_000;
/// How often the encoding of a path is undone, to find a key in it. A path that is encoded more often is left out.
const DECODINGS: usize = 3;
/// The maximum length of the address of such a place, in characters.
pub const ADDRESS_LENGTH: usize = 300;

/// Who reported a key that they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporter {
    /// Somebody who has the key. Nothing else is known of them.
    Finder,
    /// GitHub, which signs its reports.
    GitHub,
}

impl Reporter {
    /// The reporter as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Finder => "finder",
            Self::GitHub => "github",
        }
    }

    /// The reporter with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Finder, Self::GitHub].into_iter().find(|reporter| reporter.id() == id)
    }
}

impl fmt::Display for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What happens to a key that GitHub reports. A report by a finder always revokes the key, because holding a key is the right
/// to end it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeakResponse {
    /// The key is revoked.
    #[default]
    Revoke,
    /// The administrators learn of it, and the key goes on.
    Alert,
}

impl LeakResponse {
    /// Every response.
    pub const ALL: [Self; 2] = [Self::Revoke, Self::Alert];

    /// The response as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Alert => "alert",
        }
    }

    /// The response with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|response| response.id() == id)
    }

    /// The stricter of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Revoke }
    }
}

/// A part of a request that is often logged or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The query.
    Query,
    /// The path.
    Path,
    /// The body.
    Body,
    /// A cookie.
    Cookie,
    /// A header other than `Authorization`.
    Header,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 5] = [Self::Query, Self::Path, Self::Body, Self::Cookie, Self::Header];

    /// The place as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Path => "path",
            Self::Body => "body",
            Self::Cookie => "cookie",
            Self::Header => "header",
        }
    }

    /// The place with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.id() == id)
    }
}

/// The address of a page on which a key was found, as administrators may see it. Strangers choose it, so only the scheme, the
/// host and the path remain. A path that contains a key or an unusual character is left out. `None` if the text is no
/// address of the web.
///
/// A text in the form of a host can still mislead. So it is shown as text, never as a link.
#[must_use]
pub fn clean_address(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > SENT_ADDRESS_LENGTH {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let scheme = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().filter(|host| is_host(host))?.to_ascii_lowercase();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_plain = |path: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%+@:,=()".contains(c);
        path.starts_with('/') && path.chars().all(plain)
    };
    let path = Some(path).filter(|path| is_plain(path) && !hides_key(path)).unwrap_or_default();
    let mut address = format!("{scheme}://{host}{path}");
    if address.len() > ADDRESS_LENGTH {
        address.truncate(ADDRESS_LENGTH - 1);
        address.push('…');
    }
    Some(address)
}

/// Whether the path contains a key, also if its characters are encoded, even more than once.
fn hides_key(path: &str) -> bool {
    let mut text = path.as_bytes().to_vec();
    for _ in 0..DECODINGS {
        if contains_api_key(&text) {
            return true;
        }
        let decoded = percent_decoded(&text);
        if decoded.len() == text.len() {
            return false;
        }
        text = decoded;
    }
    true
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digits =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            rest = &after[2..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

/// Whether this is the name or the address of a host, perhaps with a port.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    is_port && name.len() <= 253 && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::EXAMPLE;

    #[test]
    fn addresses() {
        for (text, clean) in [
            (
                "https://github.com/octocat/Hello-World/blob/1234/foo/bar.txt",
                Some("https://github.com/octocat/Hello-World/blob/1234/foo/bar.txt"),
            ),
            (" HTTPS://GitHub.com/A/b?token=1#L3 ", Some("https://github.com/A/b")),
            ("https://user:password@example.com:8443/a%20b", Some("https://example.com:8443/a%20b")),
            ("http://example.com", Some("http://example.com")),
            ("https://example.com?q=1", Some("https://example.com")),
            ("https://example.com/a b", Some("https://example.com")),
            ("https://example.com/<script>", Some("https://example.com")),
            ("https://example.com\\@evil.example/", Some("https://example.com")),
            ("https://example.com/\u{202e}gpj", Some("https://example.com")),
            ("https://exämple.com/", None),
            ("https://exa mple.com/", None),
            ("https:///a", None),
            ("https://a..b/", None),
            ("https://a:b/", None),
            ("https://a:/", None),
            ("javascript://example.com/", None),
            ("example.com/a", None),
            ("", None),
        ] {
            assert_eq!(clean_address(text).as_deref(), clean, "{text}");
        }
    }

    #[test]
    fn addresses_contain_no_key_and_are_short() {
        let encoded = EXAMPLE.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let twice = encoded.replace('%', "%25");
        let often = format!("%{}41", "25".repeat(900));
        for hidden in [EXAMPLE, &encoded, &twice, &often] {
            let text = format!("https://example.com/raw/{hidden}/a");
            assert_eq!(clean_address(&text).as_deref(), Some("https://example.com"), "{hidden}");
        }
        let in_query = format!("https://example.com/a?k={EXAMPLE}");
        assert_eq!(clean_address(&in_query).as_deref(), Some("https://example.com/a"));
        let in_user = format!("https://{EXAMPLE}@example.com/a");
        assert_eq!(clean_address(&in_user).as_deref(), Some("https://example.com/a"));
        assert_eq!(clean_address(&format!("https://{EXAMPLE}/a")), None);
        assert_eq!(clean_address(&format!("https://example.com/{}", "a".repeat(SENT_ADDRESS_LENGTH))), None);
        let long = clean_address(&format!("https://example.com/{}", "a".repeat(999))).expect("an address");
        assert_eq!((long.chars().count(), long.ends_with('…')), (ADDRESS_LENGTH, true));
    }

    #[test]
    fn identifiers() {
        for reporter in [Reporter::Finder, Reporter::GitHub] {
            assert_eq!(Reporter::from_id(reporter.id()), Some(reporter));
        }
        for response in LeakResponse::ALL {
            assert_eq!(LeakResponse::from_id(response.id()), Some(response));
        }
        for place in Place::ALL {
            assert_eq!(Place::from_id(place.id()), Some(place));
        }
        assert_eq!(LeakResponse::Alert.and(LeakResponse::Revoke), LeakResponse::Revoke);
        assert_eq!(LeakResponse::Alert.and(LeakResponse::Alert), LeakResponse::Alert);
    }
}
