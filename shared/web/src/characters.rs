//! The characters that confirm which secret a request is about.

use domain::key::Mask;
use schemars::JsonSchema;
use serde_json::Value;

use crate::{
    call::Input,
    fields::{Fields, string},
    problem::Problem,
};

/// The characters that identify a key: those of its secret, or of either secret while it has two.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "KeyCharacters")]
pub struct KeyCharacters {
    /// The first four characters of the API key.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{4}$"))]
    first_four: String,
    /// The last four characters of the API key.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{4}$"))]
    last_four: String,
}

impl KeyCharacters {
    /// Reads the characters.
    pub fn read(fields: &mut Fields) -> Option<Mask> {
        let first_four = fields.required("firstFour", four);
        let last_four = fields.required("lastFour", four);
        let (first_four, last_four) = first_four.zip(last_four)?;
        let read = Self { first_four, last_four };
        Mask::new(&read.first_four, &read.last_four)
    }
}

/// The characters of the new secret, which confirm which rotation the request is about. If they are absent, it is about the
/// rotation in progress.
#[derive(Debug, Default, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewSecretCharacters")]
#[schemars(extend("dependentRequired" = {"firstFour": ["lastFour"], "lastFour": ["firstFour"]}))]
pub struct NewSecretCharacters {
    /// The first four characters of the new secret.
    #[schemars(with = "String", regex(pattern = "^[0-9A-Za-z]{4}$"))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    first_four: Option<String>,
    /// The last four characters of the new secret.
    #[schemars(with = "String", regex(pattern = "^[0-9A-Za-z]{4}$"))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    last_four: Option<String>,
}

impl NewSecretCharacters {
    /// Reads the body, which may be absent.
    pub fn read(input: &Input) -> Result<Option<Mask>, Problem> {
        let mut fields = Fields::of_optional_body(input)?;
        let read = Self {
            first_four: fields.optional("firstFour", four),
            last_four: fields.optional("lastFour", four),
        };
        let mask = match (&read.first_four, &read.last_four) {
            (Some(first_four), Some(last_four)) => Mask::new(first_four, last_four),
            (None, None) => None,
            _ if fields.has_errors() => None,
            (first_four, _) => {
                let missing = if first_four.is_none() { "firstFour" } else { "lastFour" };
                fields.wrong(missing, "is missing: send both or neither");
                None
            }
        };
        fields.finish(Some(mask))
    }
}

fn four(value: &Value) -> Result<String, String> {
    let text = string(value)?;
    let fits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits { Ok(text.to_owned()) } else { Err("must be four letters or digits".into()) }
}
