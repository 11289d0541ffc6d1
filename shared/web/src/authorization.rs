//! The `Authorization` header.

/// The content of an `Authorization` header.
#[derive(PartialEq, Eq)]
pub enum Authorization<'a> {
    /// The request has no such header.
    Missing,
    /// A scheme that isn't accepted here, or a scheme without a credential.
    Other,
    /// The credential after `apikey` or `Bearer`.
    Token(&'a str),
}

impl<'a> Authorization<'a> {
    /// Reads a header's value. The scheme is case-insensitive (RFC 9110 §11.1).
    #[must_use]
    pub fn parse(header: Option<&'a str>) -> Self {
        let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
            return Self::Missing;
        };
        let Some((scheme, token)) = header.split_once(' ') else {
            return Self::Other;
        };
        let accepted = ["apikey", "bearer"].iter().any(|accepted| scheme.eq_ignore_ascii_case(accepted));
        if accepted { Self::Token(token.trim_start()) } else { Self::Other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_headers() {
        use Authorization::{Missing, Other, Token};
        for (header, expected) in [
            (None, Missing),
            (Some(""), Missing),
            (Some("  "), Missing),
            (Some("apikey"), Other),
            (Some("Basic dXNlcg=="), Other),
            (Some("apikey K"), Token("K")),
            (Some("APIKEY  K"), Token("K")),
            (Some("bearer K "), Token("K")),
            (Some("Bearer a,Bearer b"), Token("a,Bearer b")),
        ] {
            assert!(Authorization::parse(header) == expected, "{header:?}");
        }
    }
}
