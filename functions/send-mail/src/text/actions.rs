//! The sentences about each action.

use domain::{audit::Action, identifiers::KeyId};

use super::{
    Story,
    words::{Readable, ReadableDay, Sentence, from_address, key},
};
use crate::news::{News, Party};

/// The scene of an event: the key, and when it happened.
struct Scene<'a> {
    news: &'a News,
    /// The key by its name and mask.
    key: Sentence,
    /// ` on 27 November 2026 at 12:31 UTC`
    on: String,
    page: String,
}

/// What a mail says of the latest event of an action.
pub(super) fn story(action: Action, news: &News, key_id: Option<&KeyId>) -> Story {
    let page = key_id.map_or("/dashboard/activity".into(), |key_id| format!("/dashboard/api-keys/{key_id}"));
    let scene = Scene {
        key: key(news.affected.name.as_deref(), news.affected.mask().as_ref()),
        on: news.at().map(|at| format!(" on {}", Readable(at))).unwrap_or_default(),
        news,
        page,
    };
    match action {
        Action::AnnounceApiKeyExpiry => scene.expires_soon(),
        Action::ExpireApiKey => scene.expired(),
        Action::RevokeLeakedApiKey => scene.leaked_and_revoked(),
        Action::ReportLeakedApiKey => scene.leaked(),
        Action::ExposeApiKey => scene.exposed(),
        Action::UseRevokedApiKey => scene.used_after_its_end(key_id),
        Action::ReachSuspensionLimit => scene.limit_reached(),
        Action::RotateApiKey => scene.rotated(),
        Action::HoldApiKey => scene.held(),
        Action::ReportUnusedApiKey => scene.unused(),
        Action::ReportUnusedApiKeySecret => scene.secret_unused(),
        // No other action has a kind of mail.
        _ => scene.created(),
    }
}

/// What happened, for a list of further events.
pub(super) const fn in_short(action: Action) -> &'static str {
    match action {
        Action::AnnounceApiKeyExpiry => "The key expires soon",
        Action::ExpireApiKey => "The key expired",
        Action::RevokeLeakedApiKey => "Somebody reported the key as leaked, and it was revoked",
        Action::ReportLeakedApiKey => "GitHub found the key in public",
        Action::ExposeApiKey => "A request contained the key in a place that is often logged",
        Action::UseRevokedApiKey => "Somebody used the key after its end",
        Action::ReachSuspensionLimit => "The key reached its suspension limit",
        Action::RotateApiKey => "A new secret was made for the key",
        Action::HoldApiKey => "The key policy holds the key",
        Action::ReportUnusedApiKey => "Nobody uses the key",
        Action::ReportUnusedApiKeySecret => "Nobody uses the new secret of the key",
        _ => "The key was created",
    }
}

impl Scene<'_> {
    fn story(self, subject: &str, title: &'static str, parts: [Vec<Sentence>; 3]) -> Story {
        let [happened, means, steps] = parts;
        let subject = Sentence::of(subject, &[&self.key]);
        Story { subject, title, happened, means, steps, page: self.page, link: "Open the page of the key" }
    }

    /// A sentence about the key.
    fn of_key(&self, ours: &str) -> Sentence {
        Sentence::of(ours, &[&self.key])
    }

    fn expires_soon(self) -> Story {
        let (day, time) = match self.news.expires_at() {
            Some(at) => (format!("on {}", ReadableDay(at)), format!("on {}", Readable(at))),
            None => ("soon".into(), "soon".into()),
        };
        let title = match self.news.days {
            Some(1) => "An API key expires within a day",
            Some(7) => "An API key expires within 7 days",
            Some(30) => "An API key expires within 30 days",
            _ => "An API key expires soon",
        };
        let happened = vec![self.of_key(&format!("The key {{}} expires {time}."))];
        let means = vec![
            "From then on, every request with the key is refused.".into(),
            "The programs that use it stop working.".into(),
        ];
        let steps = vec![
            "Before that, rotate the key on its page and give the new secret to the programs that use it."
                .into(),
            "If nobody needs the key any more, revoke it.".into(),
        ];
        self.story(&format!("API key {{}} expires {day}"), title, [happened, means, steps])
    }

    fn expired(self) -> Story {
        let time = self.news.expires_at().map(|at| format!(" on {}", Readable(at))).unwrap_or_default();
        let happened = vec![self.of_key(&format!("The key {{}} expired{time}."))];
        let means = vec![
            "Every request with the key is refused.".into(),
            "The programs that use it no longer work.".into(),
        ];
        let steps = vec![
            "If a program still needs a key, create a replacement and give it to the program.".into(),
            "An expired key can't be rotated.".into(),
        ];
        self.story("API key {} has expired", "An API key has expired", [happened, means, steps])
            .with_replacement()
    }

    /// The key by its name and the secret that was found.
    fn found(&self) -> Sentence {
        let mask = self.news.leaked_mask().or_else(|| self.news.affected.mask());
        key(self.news.affected.name.as_deref(), mask.as_ref())
    }

    /// Who found it.
    fn finder(&self) -> &'static str {
        if self.news.actor.r#type == "GITHUB" {
            "GitHub found the key {} in public"
        } else {
            "Somebody found the key {}"
        }
    }

    fn leaked_and_revoked(self) -> Story {
        let ours = format!("{} and reported it{}.", self.finder(), self.on);
        let happened = vec![
            Sentence::of(&ours, &[&self.found()]),
            "The service revoked the key at once, with all its secrets.".into(),
        ];
        let means = vec![
            "Nobody can use the key any more. That includes your own programs.".into(),
            "Before that, anybody who had seen the key could use it.".into(),
        ];
        let steps = vec![
            "Check on the key's page what it was used for, and undo what it suspended.".into(),
            "If a program needs a key, create a replacement on that page.".into(),
            "Remove the old key from where it was found. Activity lists the places that were reported."
                .into(),
        ];
        self.story("Leaked API key {} was revoked", "A leaked API key was revoked", [happened, means, steps])
    }

    fn leaked(self) -> Story {
        let ours = format!("{} and reported it{}.", self.finder(), self.on);
        let happened = vec![
            Sentence::of(&ours, &[&self.found()]),
            "The key was not revoked, because your company's key policy says so.".into(),
        ];
        let means = vec!["Anybody who sees the key there can use it.".into()];
        let steps = vec![
            "Revoke the key now.".into(),
            "If your own programs must go on, rotate the key instead, give them the new secret, and complete the rotation."
                .into(),
        ];
        self.story("Leaked API key {} still works", "A leaked API key still works", [happened, means, steps])
    }

    fn exposed(self) -> Story {
        let place = match self.news.place.as_deref() {
            Some("query" | "path") => "in its URL",
            Some("body") => "in its body",
            Some("cookie") => "in a cookie",
            Some("header") => "in a wrong header",
            _ => "in a wrong place",
        };
        let from = from_address(self.news.ip.as_deref());
        let happened = vec![
            self.of_key(&format!("A request{from} contained the key {{}} {place}{}.", self.on)),
            "The request was refused.".into(),
        ];
        let means = vec![
            "Servers on the way often log this part of a request.".into(),
            "Anybody who can read such a log can use the key.".into(),
        ];
        let steps = vec![
            "Correct the program: a key belongs in the header Authorization.".into(),
            "Then rotate the key, give the new secret to the program, and complete the rotation. Until then, the secret that may be in \
             a log still works."
                .into(),
        ];
        let title = "An API key was sent in a place that is often logged";
        self.story("API key {} may be in a log", title, [happened, means, steps])
    }

    fn used_after_its_end(self, key_id: Option<&KeyId>) -> Story {
        let from = from_address(self.news.ip.as_deref());
        let happened = vec![
            self.of_key(&format!("Somebody used the key {{}}{from}{}.", self.on)),
            "The key was revoked before, or a rotation ended this secret. The requests were refused.".into(),
        ];
        let means =
            vec!["Either one of your programs still has the old secret, or somebody else has it.".into()];
        let steps = vec![
            "See in Activity how often it was used, and from which addresses.".into(),
            "If it is your program, give it a key that works.".into(),
            "If you don't know the program, check what the key did before its end.".into(),
        ];
        let mut story = self.story(
            "API key {} is used after its end",
            "An API key is used after its end",
            [happened, means, steps],
        );
        if let Some(key_id) = key_id {
            story.page = format!("/dashboard/activity?range=30d&involving={key_id}");
            story.link = "Show what happened with the key";
        }
        story
    }

    fn limit_reached(self) -> Story {
        let limit = match self.news.suspensions_per_hour {
            Some(limit) => format!("more than {limit} accounts in an hour, which is its limit"),
            None => "more accounts in an hour than it may".into(),
        };
        let happened =
            vec![self.of_key(&format!(
                "The key {{}} tried to suspend or delete {limit}. It was refused{}.",
                self.on
            ))];
        let means = vec![
            "Its requests to suspend or delete further accounts are refused until the next full hour.".into(),
            "It can still do everything else that its scopes allow.".into(),
        ];
        let steps = vec![
            "If you don't know why the key suspends so many accounts, hold or revoke it on its page. Then undo what it suspended."
                .into(),
            "If all is well, release the key on its page, or wait until the hour is over.".into(),
        ];
        let title = "An API key reached its suspension limit";
        self.story("API key {} reached its suspension limit", title, [happened, means, steps])
    }

    fn created(self) -> Story {
        let happened = vec![Sentence::of(
            &format!("{{}} created the key {{}}{}.", self.on),
            &[&who(&self.news.actor), &self.key],
        )];
        let means =
            vec!["A program that has the key can do for your company what the key's scopes allow.".into()];
        let steps = vec![
            "If you expected this, there is nothing to do.".into(),
            "If not, ask the person. If in doubt, hold or revoke the key on its page.".into(),
        ];
        self.story("API key {} was created", "An API key was created", [happened, means, steps])
    }

    fn rotated(self) -> Story {
        let mask = self.news.secret_mask().map(|mask| format!(" {mask}")).unwrap_or_default();
        let happened = if self.news.actor.key().is_some() {
            self.of_key(&format!("The key {{}} made a new secret{mask} for itself{}.", self.on))
        } else {
            let ours = format!("{{}} made a new secret{mask} for the key {{}}{}.", self.on);
            Sentence::of(&ours, &[&who(&self.news.actor), &self.key])
        };
        let means = vec![
            "A program that has the new secret can do what the key's scopes allow.".into(),
            "The first use of the new secret sets the end of the old one.".into(),
        ];
        let steps = vec![
            "If you expected this, there is nothing to do.".into(),
            "If not, cancel the rotation on the key's page. If the new secret is in use already, hold or revoke the key."
                .into(),
        ];
        self.story(
            "API key {} has a new secret",
            "An API key has a new secret",
            [vec![happened], means, steps],
        )
    }

    fn held(self) -> Story {
        let happened = vec![
            self.of_key("Your company's key policy holds the key {}."),
            Sentence::own(format!("A request with it was refused{}.", self.on)),
        ];
        let means =
            vec!["Every request with the key is refused. The programs that use it no longer work.".into()];
        let steps = vec![
            "The key's page says which rule the key breaks, and what to do: to correct the key, or to release it if nobody had used it."
                .into(),
            "If nobody needs the key any more, revoke it.".into(),
        ];
        self.story(
            "API key {} is held by the key policy",
            "The key policy holds an API key",
            [happened, means, steps],
        )
    }

    fn unused(self) -> Story {
        let days = self.news.days.map_or("a long time".into(), |days| format!("{days} days"));
        let last = match self.news.last_used_at() {
            Some(at) => format!("It was last used on {}.", ReadableDay(at)),
            None => "It was never used.".into(),
        };
        let happened =
            vec![self.of_key(&format!("Nobody has used the key {{}} for {days}.")), Sentence::own(last)];
        let means = vec!["A key that nobody needs can still be stolen and used.".into()];
        let steps = vec![
            "If nobody needs the key any more, revoke it on its page.".into(),
            "If somebody does, there is nothing to do. This mail comes again only after a new use.".into(),
        ];
        self.story("API key {} is not used", "Nobody uses an API key", [happened, means, steps])
    }

    fn secret_unused(self) -> Story {
        let days = self.news.days.map_or("some days".into(), |days| format!("{days} days"));
        let mask = self.news.secret_mask().map(|mask| format!(" {mask}")).unwrap_or_default();
        let happened = vec![self.of_key(&format!(
            "The key {{}} was rotated {days} ago or earlier, and nobody has used its new secret{mask}."
        ))];
        let mut means: Vec<Sentence> =
            vec!["The programs that use the key still have the old secret.".into()];
        means.extend(
            self.news.secret_ends_at().map(|at| {
                Sentence::own(format!("If nobody uses the new secret, it ends on {}.", Readable(at)))
            }),
        );
        let steps = vec![
            "Give the new secret to the programs that use the key.".into(),
            "If you no longer have it, cancel the rotation on the key's page and rotate the key again."
                .into(),
        ];
        let title = "Nobody uses the new secret of an API key";
        self.story("The new secret of API key {} is not used", title, [happened, means, steps])
    }
}

impl Story {
    /// With a link to the form in which a replacement of the key is created.
    fn with_replacement(mut self) -> Self {
        if self.page.starts_with("/dashboard/api-keys/") {
            self.page += "?step=replace";
            self.link = "Create a replacement";
        }
        self
    }
}

/// A person, a key, or somebody of whom nothing is known.
fn who(party: &Party) -> Sentence {
    match (party.name.as_deref(), party.email.as_deref()) {
        _ if party.r#type == "API_KEY" => {
            Sentence::of("The key {}", &[&key(party.name.as_deref(), party.mask().as_ref())])
        }
        (Some(name), Some(email)) if name != email => {
            Sentence::of("{} ({})", &[&Sentence::outside(name), &Sentence::outside(email)])
        }
        (_, Some(one)) | (Some(one), None) => Sentence::outside(one),
        (None, None) => "Somebody".into(),
    }
}
