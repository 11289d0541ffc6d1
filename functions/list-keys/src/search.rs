//! Searches for keys by what people know of them.

use domain::{
    identifiers::KeyId,
    key::{ApiKeyRecord, Mask},
    text::NAME_LENGTH,
};

/// The largest number of characters to search for: those of the longest name.
pub(crate) const LENGTH: usize = NAME_LENGTH;

/// A part of a key's name in any case, the mask of one of its secrets or one end of it, or its ID.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    text: String,
    lowercase: String,
    key_id: Option<KeyId>,
}

impl Search {
    /// Reads what to search for.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > LENGTH {
            return Err(format!("must have 1 to {LENGTH} characters, not only spaces"));
        }
        let key_id = KeyId::parse(&text.trim().to_uppercase());
        Ok(Self { text: text.into(), lowercase: text.trim().to_lowercase(), key_id })
    }

    /// The text that was read.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key is one of those searched for.
    pub(crate) fn finds(&self, key: &ApiKeyRecord) -> bool {
        let text = self.text.trim().replace("...", "…");
        let is_mask = |mask: &Mask| {
            let mask = mask.to_string();
            mask == text || mask.split('…').any(|end| end == text)
        };
        key.name.to_lowercase().contains(&self.lowercase)
            || is_mask(&key.mask)
            || key.second.as_ref().is_some_and(|second| is_mask(second.mask()))
            || self.key_id.as_ref() == Some(&key.key_id)
    }
}
