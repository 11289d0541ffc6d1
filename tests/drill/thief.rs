//! A thief with a key, who suspends people as fast as possible: batches and single calls, over several connections.

use futures_util::future::join_all;
use harness::{Answer, Key, World};
use serde_json::json;

/// The accounts of one batch.
const BATCH: usize = 100;
/// The connections with single calls.
const SINGLE: usize = 4;

/// What the thief got.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Harm {
    pub(crate) requests: usize,
    pub(crate) suspended: usize,
    pub(crate) refused: usize,
}

impl Harm {
    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            suspended: self.suspended + other.suspended,
            refused: self.refused + other.refused,
        }
    }

    /// What one response says.
    fn of(answer: &Answer) -> Self {
        let limit = "suspension-limit-reached";
        let outcomes = match answer.status {
            // A change of one account says the account.
            200 if answer.json().get("results").is_none() => vec!["changed".to_owned()],
            200 => answer.outcomes(),
            429 => {
                assert!(!answer.header("retry-after").is_empty());
                vec![answer.problem().1]
            }
            status => panic!("{status} {}", answer.text),
        };
        let count = |wanted: &str| outcomes.iter().filter(|outcome| *outcome == wanted).count();
        assert_eq!(count("changed") + count("unchanged") + count(limit), outcomes.len(), "{outcomes:?}");
        Self { requests: 1, suspended: count("changed"), refused: count(limit) }
    }
}

/// Wants to suspend all of these, four fifths in batches at the same moment, and the rest one by one meanwhile.
pub(crate) async fn suspend(world: &World, key: &Key, wanted: &[String]) -> Harm {
    let (many, single) = wanted.split_at(wanted.len() / 5 * 4);
    let batches = many.chunks(BATCH).map(async |accounts| {
        let body = json!({"accounts": accounts});
        let answer = world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), body).await;
        Harm::of(&answer)
    });
    let connections = single.chunks(single.len().div_ceil(SINGLE)).map(async |accounts| {
        let mut harm = Harm::default();
        for account in accounts {
            harm = harm.add(Harm::of(&world.suspend(key, account).await));
        }
        harm
    });
    let (batches, connections) = tokio::join!(join_all(batches), join_all(connections));
    batches.into_iter().chain(connections).fold(Harm::default(), Harm::add)
}
