//! The pages that show the mails.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::{
    PLACE,
    kept::{Kept, Mail},
};
use crate::http::{escaped, refusal};

/// Only the style sheet and the mail itself are loaded.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// The mail has its own styles. It loads nothing and runs nothing. Its links open other tabs.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self'; \
                           sandbox allow-popups allow-popups-to-escape-sandbox";

pub(super) fn answer(kept: &Kept, path: &str) -> Option<Response> {
    let rest = path.strip_prefix(PLACE)?;
    let rest = if rest.is_empty() { rest } else { rest.strip_prefix('/')? };
    let missing = || refusal(StatusCode::NOT_FOUND, "The outbox has no such mail");
    let shown =
        |id: &str, show: fn(&Mail) -> Response| kept.find(id).map_or_else(missing, |mail| show(&mail));
    Some(match rest.split('/').collect::<Vec<_>>().as_slice() {
        [""] => list(&kept.latest()),
        ["style.css"] => style(),
        [id] => shown(id, one),
        [id, "html"] => shown(id, html),
        _ => missing(),
    })
}

fn list(mails: &[Mail]) -> Response {
    let items = mails.iter().map(|mail| {
        let Mail { id, to, subject, .. } = mail;
        let (subject, to, at) = (escaped(subject), escaped(&to.join(", ")), escaped(&sent_at(id)));
        format!(
            "<li><a href=\"{PLACE}/{id}\"><strong>{subject}</strong><span>To {to}, {at}</span></a></li>\n"
        )
    });
    let items: String = items.collect();
    let content = if items.is_empty() {
        "<p>No mail was sent yet. Create an API key as admin@acme.example: the company's other administrator gets a mail \
         about it.</p>"
            .to_owned()
    } else {
        format!("<ul>\n{items}</ul>")
    };
    let why = "<p>These are the mails that the stack on this machine sent. They went nowhere else.</p>";
    page("Outbox", &format!("<h1>Outbox</h1>\n{why}\n{content}"))
}

fn one(mail: &Mail) -> Response {
    let Mail { id, from, to, subject, headers, text, .. } = mail;
    let facts = [("From", from.clone()), ("To", to.join(", ")), ("Sent", sent_at(id))];
    let facts = facts.iter().map(|(name, value)| (*name, value));
    let facts = facts.chain(headers.iter().map(|(name, value)| (name.as_str(), value)));
    let facts = facts.map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value)));
    let facts = facts.collect::<Vec<_>>().join("\n");
    let (subject, text) = (escaped(subject), escaped(text));
    let content = format!(
        "<p><a href=\"{PLACE}\">Outbox</a></p>\n<h1>{subject}</h1>\n<dl>\n{facts}\n</dl>\n<h2>HTML</h2>\n\
         <iframe title=\"The mail as HTML\" src=\"{PLACE}/{id}/html\" \
         sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>\n<h2>Text</h2>\n<pre>{text}</pre>"
    );
    page(&subject, &content)
}

/// The mail alone, with links that open other tabs.
fn html(mail: &Mail) -> Response {
    let html = mail.html.replacen("<head>", "<head>\n<base target=\"_blank\">", 1);
    respond(MAIL_POLICY, Html(html))
}

fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "no-store")];
    (headers, include_str!("style.css")).into_response()
}

/// The time in the place of a mail.
fn sent_at(id: &str) -> String {
    let time = id.rsplit_once('-').map_or(id, |(time, _)| time);
    let (day, clock) = time.split_once('T').unwrap_or((time, ""));
    let clock: Vec<_> = clock.split('-').take(3).collect();
    format!("{day} {} UTC", clock.join(":"))
}

/// `title` is HTML.
fn page(title: &str, content: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"{PLACE}/style.css\">\n</head>\n<body>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
    );
    respond(POLICY, Html(html))
}

fn respond(policy: &'static str, html: Html<String>) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, html).into_response()
}
