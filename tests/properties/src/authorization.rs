//! The `Authorization` header: it has two schemes in any case, and the credential is a part of the header.

use web::Authorization;

/// Panics if the property is violated.
pub fn check(header: &str) {
    match Authorization::parse(Some(header)) {
        Authorization::Missing => assert!(header.trim().is_empty()),
        Authorization::Other => assert!(!header.trim().is_empty()),
        Authorization::Token(token) => {
            assert!(header.contains(token) && token.trim() == token);
            let scheme = header.trim().split(' ').next().unwrap_or_default().to_ascii_lowercase();
            assert!(["apikey", "bearer"].contains(&scheme.as_str()));
            // The scheme's case and the spaces around it don't matter.
            let again = format!("  APIKEY   {token} ");
            assert!(Authorization::parse(Some(&again)) == Authorization::Token(token));
        }
    }
}
