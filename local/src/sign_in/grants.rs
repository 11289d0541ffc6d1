//! The open grants of the issuer: authorization codes and refresh tokens, in memory. After a restart they are gone, and
//! people sign in again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::time::Timestamp;

/// How long a code can be redeemed. RFC 6749 §4.1.2 allows ten minutes.
const CODE_LIFETIME: Duration = Duration::from_mins(1);
/// How long a refresh token is valid after the sign-in, the same as in `template.yaml` for Cognito.
const REFRESH_LIFETIME: Duration = Duration::from_hours(12);
/// How long a used refresh token can be used again, because the page may have lost the response. The same as in
/// `template.yaml` for Cognito.
const GRACE: Duration = Duration::from_secs(10);
/// The maximum number of codes, and of refresh tokens. If there are more, the oldest are removed.
const CAPACITY: usize = 10_000;

/// A sign-in: who signed in, when, and with which scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignIn {
    /// Who signed in.
    pub(super) subject: String,
    /// The time of the sign-in, in seconds since the epoch.
    pub(super) auth_time: i64,
    /// The value to repeat in the ID token.
    pub(super) nonce: Option<String>,
    /// The scopes that were granted.
    pub(super) scope: String,
}

/// The request for which a code was issued. Only a matching request can redeem it.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) sign_in: SignIn,
    pub(super) redirect_uri: String,
    /// BASE64URL(SHA256(verifier)), RFC 7636 §4.2.
    pub(super) challenge: String,
}

#[derive(Debug)]
struct Issued<T> {
    grant: T,
    /// Identifies everything that was issued for one sign-in. All of it ends when a part is stolen.
    family: u64,
    at: Timestamp,
    used: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct State {
    codes: HashMap<String, Issued<Code>>,
    refresh_tokens: HashMap<String, Issued<SignIn>>,
    families: u64,
}

/// The open grants.
#[derive(Debug, Default)]
pub(super) struct Grants(Mutex<State>);

impl Grants {
    /// Issues a code for a sign-in.
    pub(super) fn issue_code(&self, code: Code, now: Timestamp) -> String {
        let mut state = self.state();
        state.families += 1;
        let family = state.families;
        insert(&mut state.codes, Issued { grant: code, family, at: now, used: None })
    }

    /// Redeems a code that `fits`, once. Returns the sign-in and its first refresh token. A second attempt ends everything
    /// that was issued for this sign-in (RFC 6749 §4.1.2).
    pub(super) fn redeem(
        &self,
        code: &str,
        fits: impl FnOnce(&Code) -> bool,
        now: Timestamp,
    ) -> Option<(SignIn, String)> {
        let mut state = self.state();
        let issued = state.codes.get_mut(code)?;
        let family = issued.family;
        if issued.used.is_some() {
            state.end(family);
            return None;
        }
        if issued.at < now.minus(CODE_LIFETIME) || !fits(&issued.grant) {
            return None;
        }
        issued.used = Some(now);
        let sign_in = issued.grant.sign_in.clone();
        let token =
            insert(&mut state.refresh_tokens, Issued { grant: sign_in.clone(), family, at: now, used: None });
        Some((sign_in, token))
    }

    /// The sign-in of a refresh token. A token that was already used, longer ago than `GRACE`, ends its family.
    pub(super) fn sign_in(&self, token: &str, now: Timestamp) -> Option<SignIn> {
        let mut state = self.state();
        let issued = state.refresh_tokens.get(token)?;
        let family = issued.family;
        if issued.used.is_some_and(|used| used < now.minus(GRACE)) {
            state.end(family);
            return None;
        }
        (issued.at >= now.minus(REFRESH_LIFETIME)).then(|| issued.grant.clone())
    }

    /// The next refresh token after this one. It expires at the same time.
    pub(super) fn rotate(&self, token: &str, now: Timestamp) -> Option<String> {
        let mut state = self.state();
        let issued = state.refresh_tokens.get_mut(token)?;
        issued.used.get_or_insert(now);
        let next = Issued { grant: issued.grant.clone(), family: issued.family, at: issued.at, used: None };
        Some(insert(&mut state.refresh_tokens, next))
    }

    /// Ends a refresh token and everything that was issued for its sign-in.
    pub(super) fn revoke(&self, token: &str) {
        let mut state = self.state();
        if let Some(family) = state.refresh_tokens.get(token).map(|issued| issued.family) {
            state.end(family);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end(&mut self, family: u64) {
        self.refresh_tokens.retain(|_, issued| issued.family != family);
    }
}

/// Stores a grant under a new secret. Returns the secret.
fn insert<T>(grants: &mut HashMap<String, Issued<T>>, issued: Issued<T>) -> String {
    if grants.len() >= CAPACITY {
        let mut times: Vec<_> = grants.values().map(|issued| issued.at).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        grants.retain(|_, issued| issued.at > middle);
    }
    let secret = random_secret();
    grants.insert(secret.clone(), issued);
    secret
}

/// 256 random bits, as text.
fn random_secret() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    fn code() -> Code {
        let sign_in = SignIn { subject: "ada".into(), auth_time: 1, nonce: None, scope: "openid".into() };
        Code { sign_in, redirect_uri: "http://localhost/callback".into(), challenge: String::new() }
    }

    #[test]
    fn a_code_can_be_redeemed_once_and_for_a_minute() {
        let grants = Grants::default();
        let late = grants.issue_code(code(), at(0));
        assert_eq!(grants.redeem(&late, |_| true, at(61)), None);
        let unfit = grants.issue_code(code(), at(0));
        assert_eq!(grants.redeem(&unfit, |_| false, at(1)), None);
        let good = grants.issue_code(code(), at(0));
        let (sign_in, token) = grants.redeem(&good, |_| true, at(60)).expect("a sign-in");
        assert_eq!(grants.sign_in(&token, at(60)), Some(sign_in));
        assert_eq!(grants.redeem(&good, |_| true, at(60)), None);
        assert_eq!(grants.sign_in(&token, at(60)), None, "a code that is sent twice was stolen");
    }

    #[test]
    fn a_refresh_token_rotates_and_ends_with_the_sign_in() {
        let grants = Grants::default();
        let good = grants.issue_code(code(), at(0));
        let (_, first) = grants.redeem(&good, |_| true, at(0)).expect("a sign-in");
        let second = grants.rotate(&first, at(100)).expect("a token");
        assert!(grants.sign_in(&first, at(110)).is_some(), "the response may have got lost");
        assert!(grants.sign_in(&second, at(12 * 3600)).is_some());
        assert!(grants.sign_in(&second, at(12 * 3600 + 1)).is_none());
        assert!(grants.sign_in(&first, at(111)).is_none());
        assert!(grants.sign_in(&second, at(112)).is_none(), "a token that is sent again was stolen");
    }

    #[test]
    fn the_oldest_grants_are_removed() {
        let grants = Grants::default();
        let old = grants.issue_code(code(), at(0));
        for _ in 0..CAPACITY {
            grants.issue_code(code(), at(1));
        }
        assert!(grants.state().codes.len() <= CAPACITY);
        assert!(grants.redeem(&old, |_| true, at(1)).is_none());
    }
}
