//! Texts with and without API keys.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use domain::key::{ApiKey, LENGTH};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const MARKER_AT: usize = 22;
const MARKER_END: usize = 28;

/// A generator that gives the same numbers in every run.
pub fn random(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

/// Real keys.
pub fn keys(count: usize) -> Vec<ApiKey> {
    let mut random = random(1);
    (0..count).map(|_| ApiKey::generate(&mut random)).collect()
}

/// What is around keys that leak. `§` stands for the key.
pub const SURROUNDINGS: [&str; 52] = [
    "§",
    "\"§\"",
    "'§'",
    "`§`",
    " § ",
    "\t§\t",
    "(§)",
    "key §.",
    "**§**",
    "[key](§)",
    "<apiKey>§</apiKey>",
    "<input value=&quot;§&quot;>",
    "API_KEY=§",
    "export API_KEY=\"§\"",
    "ENV API_KEY §",
    "set API_KEY=§\r",
    "+API_KEY=§",
    "api_key: §",
    "  - §  # ours",
    "apiKey: '§'",
    "api_key = \"§\"",
    "{\"key\":\"§\"}",
    "{\"body\":\"{\\\"key\\\":\\\"§\\\"}\"}",
    "{\"body\":\"first\\n§\\nlast\"}",
    "{\"body\":\"key\\t§\\r\\n\"}",
    "{\"body\":\"api_key\\u003d§\\u0026b\"}",
    "['§', 'other']",
    "name,§,2026-01-01",
    "name;§;2026-01-01",
    "name|§|2026-01-01",
    "const KEY_OF_ACME: &str = \"§\";",
    "os.environ[\"API_KEY\"] = '§'",
    "curl -H 'Authorization: apikey §' https://api.example/",
    "Authorization: apikey §\r",
    "Authorization: Basic admin:§",
    "Cookie: a=b; key=§; c=d",
    "https://api.example/v1?api_key=§&page=2",
    "https://api.example/v1?api_key=§#top",
    "https://api.example/v1/§/accounts",
    "https://admin:§@api.example/",
    "https://login.example/?next=https%3A%2F%2Fapi.example%2F%3Fkey%3D§%26page%3D2",
    "file-§.txt",
    "backup_§_2026",
    "2026-01-01T00:00:00Z INFO GET /v1?api_key=§ 401 12ms",
    "2026-01-01T00:00:00Z level=warn key=§ status=401",
    "\u{1b}[31m§\u{1b}[0m refused",
    "\u{1b}[1;38;2;255;128;0m§\u{1b}[0m refused",
    "{\"log\":\"\\u001b[33m§\\u001b[0m refused\"}",
    "„§“",
    "é§é",
    "🔑§🔑",
    "//§",
];

/// The key in each of the surroundings.
pub fn surrounded(key: &str) -> Vec<String> {
    SURROUNDINGS.map(|surrounding| surrounding.replace('§', key)).into()
}

/// The key with one character changed into another of the alphabet: one text for each of the 50 random or checking
/// characters.
pub fn altered<'a>(key: &'a str, random: &'a mut StdRng) -> impl Iterator<Item = String> + 'a {
    let places = (0..LENGTH).filter(|at| !(MARKER_AT..MARKER_END).contains(at));
    places.map(|at| {
        let mut text = key.as_bytes().to_vec();
        while text[at] == key.as_bytes()[at] {
            text[at] = alphanumeric(random);
        }
        String::from_utf8(text).expect("ASCII")
    })
}

fn alphanumeric(random: &mut StdRng) -> u8 {
    *ALPHANUMERIC.choose(random).expect("not empty")
}

/// Texts that are almost a key: one character replaced by one outside the alphabet, removed or added, or another marker.
pub fn near_misses(key: &str, random: &mut StdRng) -> Vec<String> {
    let (first, last) = (&key[..MARKER_AT], &key[MARKER_END..]);
    let mut texts = Vec::new();
    for at in 0..LENGTH {
        let (before, after) = (&key[..at], &key[at + 1..]);
        if !(MARKER_AT..MARKER_END).contains(&at) {
            let other = *["-", "_", ".", "/", "+", "=", " ", "%", "é"].choose(random).expect("not empty");
            texts.push(format!("{before}{other}{after}"));
        }
        texts.push(format!("{before}{after}"));
    }
    for at in 0..=LENGTH {
        texts.push(format!("{}{}{}", &key[..at], char::from(alphanumeric(random)), &key[at..]));
    }
    for marker in
        ["_CAK1_", "_cak2_", "_cak_", "-cak1-", "cak1", "_cak1", "cak1_", "__cak1_", "_cak1__", "_cak1_cak1_"]
    {
        texts.push(format!("{first}{marker}{last}"));
    }
    texts
}

/// A kind of text without keys.
pub struct Kind {
    /// The kind's name, also of a file with it.
    pub name: &'static str,
    /// Appends some of it.
    append: fn(&mut Vec<u8>, &mut StdRng),
}

impl Kind {
    /// At least so many bytes of it. Another number gives another text.
    pub fn text(&self, number: u64, length: usize) -> Vec<u8> {
        let mut random = random(1_000 + number);
        let mut text = Vec::with_capacity(length + 64 * 1024);
        while text.len() < length {
            (self.append)(&mut text, &mut random);
        }
        text
    }
}

/// What repositories and logs are full of.
pub const KINDS: [Kind; 6] = [
    Kind { name: "source", append: source },
    Kind { name: "minified", append: minified },
    Kind { name: "base64", append: base64 },
    Kind { name: "tokens", append: tokens },
    Kind { name: "hexadecimal", append: hexadecimal },
    Kind { name: "near-misses", append: almost_keys },
];

const WORDS: [&str; 24] = [
    "account",
    "apiKey",
    "cak1",
    "company_api_key",
    "_cak1_",
    "const",
    "create_key",
    "fn",
    "for",
    "get",
    "id",
    "if",
    "let",
    "match",
    "name",
    "PREFIX_cak1_SUFFIX",
    "request",
    "return",
    "self",
    "String",
    "suspend",
    "token",
    "value",
    "x1",
];
const SEPARATORS: [&str; 16] =
    [" ", " ", " ", " ", ".", "(", ")", " = ", ": ", ", ", ";\n    ", "::", " {\n", "\n}\n", "\"", "_"];

fn source(text: &mut Vec<u8>, random: &mut StdRng) {
    text.extend_from_slice(WORDS.choose(random).expect("not empty").as_bytes());
    text.extend_from_slice(SEPARATORS.choose(random).expect("not empty").as_bytes());
}

fn minified(text: &mut Vec<u8>, random: &mut StdRng) {
    let [a, b, c] = [(); 3].map(|()| char::from(alphanumeric(random)));
    text.extend_from_slice(
        format!("function {a}{b}({c},_{a}){{return {c}._cak1_{b}?_{a}[{b}]:e(_{c})}};").as_bytes(),
    );
}

fn base64(text: &mut Vec<u8>, random: &mut StdRng) {
    let bytes: [u8; 1026] = random.random();
    let encoded = STANDARD.encode(bytes);
    // Certificates have lines of 76 characters, data URLs have one line.
    if random.random() {
        encoded.as_bytes().chunks(76).for_each(|line| text.extend(line.iter().chain(b"\n")));
    } else {
        text.extend_from_slice(encoded.as_bytes());
    }
}

fn tokens(text: &mut Vec<u8>, random: &mut StdRng) {
    let (claims, signature): ([u8; 300], [u8; 256]) = (random.random(), random.random());
    let [claims, signature] = [URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(signature)];
    text.extend_from_slice(format!("eyJhbGciOiJSUzI1NiJ9.{claims}.{signature}\n").as_bytes());
    // Keys of other services: a prefix, an underscore and letters.
    for length in [22, 28, 36, 50] {
        text.extend_from_slice(b"ghp_");
        text.extend((0..length).map(|_| alphanumeric(random)));
        text.push(b'_');
    }
    text.push(b'\n');
}

fn hexadecimal(text: &mut Vec<u8>, random: &mut StdRng) {
    let bytes: [u8; 32] = random.random();
    let digits = bytes.map(|byte| format!("{byte:02x}")).concat();
    text.extend_from_slice(digits.as_bytes());
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]];
    text.extend_from_slice(format!(" {}\n", parts.join("-")).as_bytes());
}

fn almost_keys(text: &mut Vec<u8>, random: &mut StdRng) {
    let key = ApiKey::generate(random);
    for line in near_misses(key.expose(), random) {
        text.extend(line.bytes());
        text.push(b'\n');
    }
    // Where scanners may cut a large file into pieces.
    text.push(b'\n');
}
