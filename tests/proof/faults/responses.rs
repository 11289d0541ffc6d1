//! The meaning of responses.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::Answer;
use serde_json::{Value, json};

use super::{grants::Grants, operations::Operation};

/// The meaning of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The state is as requested.
    Done,
    /// The outcome is unknown, or nothing was done: ask again.
    Again,
    /// Any other response.
    Wrong,
}

impl Operation {
    /// The meaning of a response for a client. If the client's first response was lost, the repeat finds its own
    /// effect.
    pub(crate) fn verdict(self, answer: &Answer) -> Verdict {
        let done = match self {
            Self::CreateKey | Self::Grants(Grants::CreateUnderPolicy) => [200, 201].contains(&answer.status),
            Self::CreateUser => [201, 409].contains(&answer.status),
            Self::Leaks(_) => answer.status == 202,
            Self::DeleteUser => [204, 404].contains(&answer.status),
            Self::PersonSuspends | Self::PersonUnsuspends | Self::SuspendMany | Self::PersonSuspendsMany
                if answer.status == 200 =>
            {
                // A request for several accounts reports the outcome for each.
                let results = answer.json()["results"].as_array().expect("results").clone();
                let is = |result: &Value, kind: &str| {
                    result["problem"]["type"].as_str().is_some_and(|found| found.ends_with(kind))
                };
                if results.iter().any(|result| is(result, ":unavailable")) {
                    return Verdict::Again;
                }
                let expected = |(number, result): (usize, &Value)| {
                    if number == 2 { is(result, ":not-found") } else { result["outcome"] != "refused" }
                };
                results.iter().enumerate().all(expected)
            }
            _ => answer.status == 200,
        };
        let says = |text: &str| answer.json()["message"].as_str().is_some_and(|says| says.contains(text));
        let again = match self.function() {
            // Operators, and people who sign in, get an error with a sentence.
            "provision" => says("Run it again"),
            "token-gate" => says("Try again in a minute"),
            _ => [503, 504].contains(&answer.status) && answer.header("retry-after") == "1",
        };
        match (done, again) {
            (true, _) => Verdict::Done,
            (false, true) => Verdict::Again,
            (false, false) => Verdict::Wrong,
        }
    }

    /// The content of a 200, without values that change over time. A list has at least two entries, so that a missing
    /// one is noticed.
    pub(crate) fn content(self, answer: &Answer) -> Value {
        let mut content = answer.ok();
        let list = match self {
            Self::SignIn => {
                let token = content["access_token"].as_str().expect("a token").to_owned();
                let claims = token.split('.').nth(1).expect("three parts");
                let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
                let claims: Value = serde_json::from_slice(&claims).expect("JSON");
                return json!([claims["company_id"], claims["account_id"], claims["sub"]]);
            }
            Self::ListKeys => "apiKeys",
            Self::ListMembers => "accounts",
            Self::ListUsers | Self::SearchUsers => "Resources",
            Self::ReadLog | Self::PersonReadsLog => "data",
            _ => return content,
        };
        if list == "data" {
            // The token contains the time at which the log was read.
            content["nextToken"] = content["nextToken"].is_string().into();
        }
        let list = content[list].as_array_mut().expect("a list");
        assert!(list.len() >= 2, "{self:?}: {list:?}");
        for item in list {
            let item = item.as_object_mut().expect("an object");
            item.remove("lastUsedAt");
            item.remove("snapshotDate");
        }
        content
    }
}
