//! Public keys of GitHub, and the signatures that they verify.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

/// The longest identifier of a key. GitHub's have 64 characters.
const IDENTIFIER_LIMIT: usize = 128;
/// The longest signature in base64. A signature with a P-256 key has at most 96 characters.
const SIGNATURE_LIMIT: usize = 256;
/// What comes before the point in the DER form of a P-256 key (RFC 5480 §2): a sequence of the algorithm, `id-ecPublicKey`
/// with `secp256r1`, and a bit string of 65 bytes. A key with another algorithm or curve begins differently.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The size of a point that isn't compressed, and its first byte (SEC 1 §2.3.3).
const POINT_SIZE: usize = 65;
const UNCOMPRESSED: u8 = 0x04;

/// A P-256 key, and the identifier under which it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    identifier: String,
    point: [u8; POINT_SIZE],
}

impl PublicKey {
    /// A key in PEM. `None` for anything but a P-256 key in exactly this form.
    pub(crate) fn from_pem(identifier: &str, pem: &str) -> Option<Self> {
        let body = pem.trim_ascii().strip_prefix("-----BEGIN PUBLIC KEY-----")?;
        let body = body.strip_suffix("-----END PUBLIC KEY-----")?;
        let body: String = body.split(['\r', '\n']).collect();
        let der = STANDARD.decode(body).ok()?;
        Self::with_point(identifier, der.strip_prefix(&P256)?)
    }

    /// A key from its stored form.
    pub(crate) fn from_stored(identifier: &str, point: &str) -> Option<Self> {
        Self::with_point(identifier, &STANDARD.decode(point).ok()?)
    }

    fn with_point(identifier: &str, point: &[u8]) -> Option<Self> {
        let point: [u8; POINT_SIZE] = point.try_into().ok()?;
        let is_valid = is_identifier(identifier) && point[0] == UNCOMPRESSED;
        is_valid.then(|| Self { identifier: identifier.into(), point })
    }

    pub(crate) fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The stored form: the point in base64.
    pub(crate) fn point(&self) -> String {
        STANDARD.encode(self.point)
    }

    /// Whether the signature is this key's signature of the body: ECDSA with SHA-256.
    pub(crate) fn has_signed(&self, signature: &Signature, body: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, self.point).verify(body, &signature.0).is_ok()
    }
}

/// Whether a text may be the identifier of a key.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=IDENTIFIER_LIMIT).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A signature that was not verified yet, in DER.
pub(crate) struct Signature(Vec<u8>);

impl Signature {
    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        let is_possible = (1..=SIGNATURE_LIMIT).contains(&text.len());
        STANDARD.decode(text).ok().filter(|_| is_possible).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in GitHub's documentation, as they were over the years: the identifier of the key, the key, the body and
    /// the signature
    /// (<https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program>).
    const EXAMPLES: [[&str; 4]; 3] = [
        [
            "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\n\
             AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==",
            r#"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#,
            "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==",
        ],
        [
            "f9525bf080f75b3506ca1ead061add62b8633a346606dc5fe544e29231c6ee0d",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsz9ugWDj5jK5ELBK42ynytbo38gP\n\
             HzZFI03Exwz8Lh/tCfL3YxwMdLjB+bMznsanlhK0RwcGP3IDb34kQDIo3Q==",
            r#"[{"token":"some_token","type":"some_type","url":"some_url","source":"some_source"}]"#,
            "MEUCIFLZzeK++IhS+y276SRk2Pe5LfDrfvTXu6iwKKcFGCrvAiEAhHN2kDOhy2I6eGkOFmxNkOJ+L2y8oQ9A2T9GGJo6WJY=",
        ],
        [
            "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a",
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\n\
             kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==",
            r#"[{"token":"some_token","type":"some_type","url":"some_url"}]"#,
            "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=",
        ],
    ];
    /// A P-384 key, a key on another curve of the same size, a P-256 key with its point compressed, and the beginning of an
    /// RSA key.
    const OTHERS: [&str; 4] = [
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEjXEwOeHAF4FywM9Xk2pVXAANmkU/YH5r\n\
         +eWhmk+CWNk8F7QXhltJUAp3nf8Z96ljGhKilYNXiJok50XWZUWykqV/GuCkGttA\n\
         ENtiaaEwf2xHIM0RqMRZRmj5pmuzLpts",
        "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEsqOs6tCwW+WCCpKiBzYRu6eTMSjfCXks\n\
         HfKPuYLrK1jq00Gmf88qR/HO2q1I1dMuqpbEeya/nCxoSR0YbOSW5w==",
        "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADYAGMWO8XgCamYKMJS6jc/qgvSlAd\n\
         AjPuDPRcXU22Yxg=",
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy6c8ZjOGD4ErC9UOQmF3",
    ];

    fn pem(base64: &str) -> String {
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
    }

    fn signature(text: &str) -> Signature {
        Signature::from_base64(text).expect("base64")
    }

    #[test]
    fn the_examples_of_githubs_documentation_are_verified() {
        for [identifier, key, body, signed] in EXAMPLES {
            let key = PublicKey::from_pem(identifier, &pem(key)).expect("a key");
            assert!(key.has_signed(&signature(signed), body.as_bytes()), "{identifier}");
            assert_eq!(PublicKey::from_stored(identifier, &key.point()), Some(key));
        }
    }

    #[test]
    fn one_changed_byte_of_the_body_or_the_signature_is_refused() {
        for [identifier, key, body, signed] in EXAMPLES {
            let key = PublicKey::from_pem(identifier, &pem(key)).expect("a key");
            for at in 0..body.len() {
                let mut changed = body.as_bytes().to_vec();
                changed[at] ^= 1;
                assert!(!key.has_signed(&signature(signed), &changed), "{identifier} {at}");
            }
            let signed = signature(signed);
            for at in 0..signed.0.len() {
                let mut changed = signed.0.clone();
                changed[at] ^= 1;
                assert!(!key.has_signed(&Signature(changed), body.as_bytes()), "{identifier} {at}");
            }
        }
    }

    #[test]
    fn a_signature_of_another_key_is_refused() {
        let [[_, key, ..], [.., body, signed], _] = EXAMPLES;
        let key = PublicKey::from_pem("another", &pem(key)).expect("a key");
        assert!(!key.has_signed(&signature(signed), body.as_bytes()));
    }

    #[test]
    fn only_p256_keys_in_pem_are_read() {
        let good = EXAMPLES[0][1];
        let line_feeds = pem(good);
        assert!(PublicKey::from_pem("a", &line_feeds.replace('\n', "\r\n")).is_some());
        for bad in OTHERS.map(pem) {
            assert_eq!(PublicKey::from_pem("a", &bad), None);
        }
        for bad in [
            String::new(),
            good.to_owned(),
            line_feeds.replace("PUBLIC KEY", "EC PUBLIC KEY"),
            line_feeds.replace("MFkw", "MFkx"),
            line_feeds.replace("Vw==", "V"),
            line_feeds.replace("Vw==", "V1c="),
            format!("{line_feeds}{line_feeds}"),
            format!("x{line_feeds}"),
        ] {
            assert_eq!(PublicKey::from_pem("a", &bad), None, "{bad}");
        }
    }

    #[test]
    fn identifiers_and_signatures_have_limits() {
        let key = pem(EXAMPLES[0][1]);
        for (identifier, is_valid) in [
            ("", false),
            (&*"a".repeat(128), true),
            (&*"a".repeat(129), false),
            ("a b", false),
            ("a\n", false),
            ("ä", false),
        ] {
            assert_eq!(PublicKey::from_pem(identifier, &key).is_some(), is_valid, "{identifier}");
        }
        for (text, is_possible) in [
            ("", false),
            ("MEUC", true),
            ("MEU", false),
            ("MEU=", true),
            ("MEUC\n", false),
            (" MEUC", false),
            ("ME-_", false),
            (&*"A".repeat(256), true),
            (&*"A".repeat(260), false),
        ] {
            assert_eq!(Signature::from_base64(text).is_some(), is_possible, "{text}");
        }
    }
}
