//! What a mail says: what happened, what it means, and what to do.

mod actions;
mod words;

use askama::Template;
use domain::mails::{Count, MailTopic, Told};
use store::TableError;

use crate::news::News;
use words::Sentence;

/// A mail to one person, apart from the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// What a mail says of the latest event of an action.
struct Story {
    /// The subject. It names the key.
    subject: Sentence,
    /// A heading of few words.
    title: &'static str,
    happened: Vec<Sentence>,
    means: Vec<Sentence>,
    steps: Vec<Sentence>,
    /// Where to look, below the dashboard's address, and the name of the link.
    page: String,
    link: &'static str,
}

/// Everything that the templates show.
#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    mail: &'a Contents,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    mail: &'a Contents,
}

struct Contents {
    subject: String,
    title: &'static str,
    happened: Vec<Sentence>,
    means: Vec<Sentence>,
    steps: Vec<Sentence>,
    /// What else happened with the same key.
    also: Vec<String>,
    link: &'static str,
    address: String,
    choices: String,
}

/// The page on which administrators choose their mails.
pub(crate) fn choices_address(dashboard: &str) -> String {
    format!("{dashboard}/dashboard/notifications")
}

/// Writes the mail about these events, the most serious first. `dashboard` is the address of the dashboard.
pub(crate) fn write(topic: &MailTopic, told: &[Told<'_>], dashboard: &str) -> Result<Letter, TableError> {
    let [first, others @ ..] = told else {
        return Err(TableError::Corrupt("a mail about nothing"));
    };
    let news = News::read(&first.latest.data);
    let Story { subject, title, mut happened, means, steps, page, link } =
        actions::story(first.latest.action, &news, topic.key.as_ref());
    if let Some(sentence) = repeated(first.count) {
        happened.push(Sentence::own(sentence));
    }
    let also = others.iter().map(|told| {
        let what = actions::in_short(told.latest.action);
        match numbered(told.count) {
            Some(events) => format!("{what}: {events}"),
            None => what.to_owned(),
        }
    });
    let contents = Contents {
        subject: subject.plain(),
        title,
        happened,
        means,
        steps,
        also: also.collect(),
        link,
        address: format!("{dashboard}{page}"),
        choices: choices_address(dashboard),
    };
    let failed = |_| TableError::Corrupt("a template");
    Ok(Letter {
        text: Text { mail: &contents }.render().map_err(failed)? + "\n",
        html: Html { mail: &contents }.render().map_err(failed)?,
        subject: contents.subject,
    })
}

fn numbered(count: Count) -> Option<String> {
    match count {
        Count { number, is_more: true } => Some(format!("more than {number} events")),
        Count { number: 0 | 1, .. } => None,
        Count { number, .. } => Some(format!("{number} events")),
    }
}

fn repeated(count: Count) -> Option<String> {
    let events = numbered(count)?;
    Some(format!(
        "This mail is about {events} of this kind. The details are those of the latest one. Activity has them all."
    ))
}

#[cfg(test)]
mod tests;
