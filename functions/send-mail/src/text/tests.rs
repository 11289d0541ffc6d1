use domain::{
    audit::Action,
    mails::{Happening, MailKind},
};
use serde_json::{Value, json};

use super::*;

const KEY_ID: &str = "01KDXJ7Q9W3T5V8YB2C4E6G8HA";
const DASHBOARD: &str = "https://dashboard.example";

/// An event with all members that any event has, of a key and a person with these names.
fn data(action: Action, key: &str, person: &str) -> String {
    let event = json!({
        "action": action.id(),
        "actor": {"id": "acme-admin", "email": "ada@acme.example", "name": person, "type": "USER"},
        "affected": {"id": KEY_ID, "name": key, "mask": "K7fQ…mibC", "type": "API_KEY"},
        "date": "2026-11-27T12:31:05.123Z",
        "ip": "203.0.113.7",
        "times": 3,
        "days": 7,
        "expiresAt": "2026-12-04T12:00:00.000Z",
        "lastUsedAt": "2026-08-29T12:00:00.000Z",
        "leakedMask": "aB3d…xY9z",
        "place": "query",
        "suspensionsPerHour": 100,
        "secret": {"mask": "Zz9Y…Ab1c", "endsAt": "2026-12-20T12:00:00.000Z"},
    });
    event.to_string()
}

fn topic(kind: MailKind) -> MailTopic {
    MailTopic { kind, key: domain::identifiers::KeyId::parse(KEY_ID) }
}

fn letter(kind: MailKind, actions: &[Action], count: Count, key: &str, person: &str) -> Letter {
    let happenings: Vec<_> = actions
        .iter()
        .map(|action| Happening {
            event_id: "01KDXJ7Q9W3T5V8YB2C4E6G8HB".into(),
            action: *action,
            author: None,
            data: data(*action, key, person),
        })
        .collect();
    let told: Vec<_> = happenings.iter().map(|latest| Told { latest, count }).collect();
    write(&topic(kind), &told, DASHBOARD).expect("a letter")
}

const ONCE: Count = Count { number: 1, is_more: false };

fn each() -> impl Iterator<Item = (MailKind, Action)> {
    MailKind::ALL.into_iter().flat_map(|kind| kind.actions().iter().map(move |action| (kind, *action)))
}

/// The text between tags, with entities as characters.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").expect("a body").1;
    let text =
        body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect::<String>();
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

#[test]
fn every_mail_says_what_happened_what_it_means_and_what_to_do() {
    for (kind, action) in each() {
        let letter = letter(kind, &[action], ONCE, "Nightly offboarding", "Ada Lovelace");
        for text in [letter.text.clone(), shown(&letter.html)] {
            assert!(text.contains("Nightly offboarding"), "{action:?}: {text}");
            for part in ["What it means", "What to do", "You get this mail because", "/dashboard/"] {
                assert!(text.contains(part), "{action:?}: {part}: {text}");
            }
            assert!(text.contains("K7fQ…mibC") || text.contains("aB3d…xY9z"), "{action:?}: {text}");
            assert!(!text.contains("{}") && !text.contains("  ."), "{action:?}: {text}");
        }
        let pages = [
            format!("{DASHBOARD}/dashboard/api-keys/{KEY_ID}"),
            format!("{DASHBOARD}/dashboard/api-keys/{KEY_ID}?step=replace"),
            format!("{DASHBOARD}/dashboard/activity?range=30d&involving={KEY_ID}"),
        ];
        assert!(pages.iter().any(|page| letter.text.contains(&format!("\n{page}\n"))), "{}", letter.text);
        assert!(letter.text.contains("\nhttps://dashboard.example/dashboard/notifications\n"));
        assert!(letter.subject.contains("“Nightly offboarding” (K7fQ…mibC)"), "{}", letter.subject);
        assert!(letter.subject.chars().count() < 90, "{}", letter.subject);
        // HTML and text say the same.
        for line in letter.text.lines().filter(|line| !line.is_empty() && !line.starts_with("http")) {
            let line = line.trim_start_matches("- ").trim_end_matches(':');
            assert!(line == "--" || shown(&letter.html).contains(line), "{action:?}: {line}");
        }
    }
}

/// An event of which a release recorded less, or more.
#[test]
fn members_that_are_missing_or_odd_are_left_out() {
    for (kind, action) in each() {
        for data in [
            "{}",
            "",
            "[]",
            r#"{"affected": {"type": "API_KEY", "mask": "K7fQ…mibCmibC", "id": "x"}, "date": "soon"}"#,
        ] {
            let latest = Happening { event_id: "1".into(), action, author: None, data: data.into() };
            let told = [Told { latest: &latest, count: ONCE }];
            let letter = write(&topic(kind), &told, DASHBOARD).expect("a letter");
            assert!(letter.text.contains("What to do"), "{action:?}");
            assert!(!letter.html.contains("mibC"), "{action:?}");
        }
    }
}

#[test]
fn counts_are_told() {
    let expectations = [
        (Count { number: 2, is_more: false }, "This mail is about 2 events of this kind."),
        (Count { number: 100, is_more: true }, "This mail is about more than 100 events of this kind."),
    ];
    for (count, sentence) in expectations {
        let letter = letter(MailKind::UsedAfterEnd, &[Action::UseRevokedApiKey], count, "A", "B");
        assert!(letter.text.contains(sentence) && letter.html.contains(sentence), "{}", letter.text);
    }
    let (first, second) = (Action::RevokeLeakedApiKey, Action::ExposeApiKey);
    let twice = Count { number: 2, is_more: false };
    let both = letter(MailKind::Leaked, &[first, second], twice, "A", "B");
    let line = "A request contained the key in a place that is often logged: 2 events";
    assert!(
        both.text.contains(&format!("\n- {line}\n")) && shown(&both.html).contains(line),
        "{}",
        both.text
    );
    assert!(both.subject.contains("was revoked"));
}

/// Names that try to be more than names.
const HOSTILE: [&str; 7] = [
    "</p><script>alert(1)</script><a href=\"https://evil.example\">here</a>",
    "\"><img src=x onerror=alert(1)>",
    "line\r\nBcc: victim@evil.example\r\n\r\nforged",
    "https://evil.example/sign-in",
    "safe\u{202E}gnp.exe\u{2066}",
    "{{ mail.title }} {} {% raw %}",
    "\u{5D0}\u{5D1}\u{5D2} (K7fQ…mibC)",
];

#[test]
fn names_from_outside_forge_nothing() {
    for (kind, action) in each() {
        let plain = letter(kind, &[action], ONCE, "A", "B");
        for name in HOSTILE {
            let letter = letter(kind, &[action], ONCE, name, name);
            // The same tags, lines and links as with harmless names.
            let tags = |html: &str| {
                html.split('<')
                    .skip(1)
                    .map(|part| part.split('>').next().expect("a tag").to_owned())
                    .collect::<Vec<_>>()
            };
            let (own, forged) = (tags(&plain.html), tags(&letter.html));
            assert_eq!(forged.len(), own.len(), "{action:?}: {name}");
            assert!(forged.iter().all(|tag| !tag.contains("evil") && !tag.contains("onerror")), "{name}");
            assert_eq!(letter.text.lines().count(), plain.text.lines().count(), "{action:?}: {name}");
            for text in [&letter.subject, &letter.text, &letter.html] {
                assert!(!text.contains("evil.example"), "{action:?}: {text}");
                assert!(!text.contains(['\u{202E}', '\u{2066}', '\r']), "{action:?}");
            }
            assert!(!letter.subject.contains('\n'));
        }
        let hebrew = letter(kind, &[action], ONCE, HOSTILE[6], "B");
        assert!(hebrew.subject.contains("\u{2068}\u{5D0}\u{5D1}\u{5D2}"), "{}", hebrew.subject);
        assert!(hebrew.html.contains("<bdi>\u{5D0}\u{5D1}\u{5D2}"));
    }
}

/// Nothing is loaded, and nothing runs.
#[test]
fn mails_load_nothing() {
    for (kind, action) in each() {
        let html = letter(kind, &[action], ONCE, "A", "B").html.to_lowercase();
        for unwanted in ["<img", "<script", "<link", "url(", "@import", "src=", "http://", "<iframe", "<form"]
        {
            assert!(!html.contains(unwanted), "{unwanted}");
        }
        assert!(html.contains("prefers-color-scheme: dark") && html.contains("name=\"color-scheme\""));
        assert!(html.len() < 20_000, "{}", html.len());
    }
}

/// Nobody else's words are in the mail but names and an address.
#[test]
fn no_address_that_a_stranger_chose_is_in_a_mail() {
    let event: Value = serde_json::from_str(&data(Action::RevokeLeakedApiKey, "A", "B")).expect("JSON");
    let mut event = event;
    event["foundAt"] = json!(["https://evil.example/paste"]);
    event["note"] = json!("evil.example");
    let news = News::read(&event.to_string());
    assert!(!serde_json::to_string(&news).expect("JSON").contains("evil"));
}
