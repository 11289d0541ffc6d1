//! The mails of the outbox, in a folder or in memory.

use std::{
    collections::VecDeque,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use store::Clock;

use crate::engine::{create_private, make_folder};

/// How many mails are shown, and kept in memory.
const SHOWN: usize = 200;

/// A mail that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Mail {
    /// Its place in the outbox: when it was sent, and a number.
    #[serde(skip)]
    pub id: String,
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The other headers, each with its value.
    pub headers: Vec<(String, String)>,
    /// The text.
    #[serde(skip)]
    pub text: String,
    /// The same as HTML.
    #[serde(skip)]
    pub html: String,
}

/// The mails that are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    folder: Option<PathBuf>,
    clock: Clock,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The mails, the latest at the end. Without a folder only.
    mails: VecDeque<Mail>,
    sent: u64,
}

impl Kept {
    pub(super) fn new(folder: Option<PathBuf>, clock: Clock) -> Self {
        Self { folder, clock, memory: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a mail under a new place.
    pub(super) fn keep(&self, mail: Mail) -> Result<(), String> {
        let mut memory = self.lock();
        memory.sent += 1;
        let time = self.clock.now().to_string().replace([':', '.'], "-");
        let id = format!("{time}-{:06}", memory.sent);
        let Some(folder) = &self.folder else {
            memory.mails.push_back(Mail { id, ..mail });
            let excess = memory.mails.len().saturating_sub(SHOWN);
            memory.mails.drain(..excess);
            return Ok(());
        };
        let folder = folder.join(id);
        make_folder(&folder)?;
        let described = serde_json::to_string_pretty(&mail).map_err(|error| error.to_string())?;
        let files = [("mail.txt", &mail.text), ("mail.html", &mail.html), ("mail.json", &described)];
        files
            .into_iter()
            .try_for_each(|(name, text)| write(&folder.join(name), text))
            .map_err(|error| error.to_string())
    }

    /// The latest mails, the latest first.
    pub(super) fn latest(&self) -> Vec<Mail> {
        let Some(folder) = &self.folder else {
            return self.lock().mails.iter().rev().cloned().collect();
        };
        let names = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable_by(|one, other| other.cmp(one));
        names.iter().filter_map(|name| self.find(name)).take(SHOWN).collect()
    }

    /// The mail at this place.
    pub(super) fn find(&self, id: &str) -> Option<Mail> {
        if !id.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'T' | b'Z')) {
            return None;
        }
        let Some(folder) = &self.folder else {
            return self.lock().mails.iter().find(|mail| mail.id == id).cloned();
        };
        let file = |name: &str| fs::read_to_string(folder.join(id).join(name)).ok();
        let mail: Mail = serde_json::from_str(&file("mail.json")?).ok()?;
        Some(Mail { id: id.into(), text: file("mail.txt")?, html: file("mail.html")?, ..mail })
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    create_private(path)?.write_all(text.as_bytes())
}
