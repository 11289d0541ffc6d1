//! Recounts keys: their secrets, the items that verify these, the company's maps of keys, and the gates.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    recount::{Revocations, Tables, number, set, text},
    recount_holds::wrong_holds,
};

impl Tables<'_> {
    /// Checks the maps of active keys and of rotating keys, that each secret is the same in both tables and frozen according
    /// to the plan, that one or two secrets of a key work, and that no revocation is in progress.
    pub(super) fn recount_keys(&self, company: &Value) {
        let (id, what) = (text(company, "companyId"), self.what);
        let keys: Vec<_> = self.of("ApiKeys", Some(id)).collect();
        let active = keys.iter().filter(|key| !is_revoked(key));
        let ends = |key: &Value| key.get("expiresAt").map(|_| ends_at(key));
        let expected: BTreeMap<_, _> = active.clone().map(|key| (text(key, "keyId"), ends(key))).collect();
        let listed = company["activeKeys"].as_object().expect("a map");
        let listed: BTreeMap<_, _> = listed.iter().map(|(id, at)| (id.as_str(), at.as_i64())).collect();
        assert_eq!(listed, expected, "{what}: the active keys of {id}");
        let seconds = active.filter_map(|key| Some((text(key, "keyId"), second_ends_at(key)?)));
        let expected: BTreeMap<_, _> = seconds.collect();
        let rotating = company["rotatingKeys"].as_object().into_iter().flatten();
        let rotating: BTreeMap<_, _> =
            rotating.map(|(id, at)| (id.as_str(), at.as_i64().expect("a time"))).collect();
        // A place whose time has come may have been given to another key.
        let may_be_missing = |(_, at): &(&&str, &i64)| **at <= self.now;
        let missing = expected.iter().filter(|(id, _)| !rotating.contains_key(**id));
        assert!(missing.clone().all(|one| may_be_missing(&one)), "{what}: {id}: {rotating:?}, {expected:?}");
        assert!(
            rotating.iter().all(|one| expected.get_key_value(one.0) == Some(one)),
            "{what}: {rotating:?}"
        );
        let digests: Vec<_> = self.of("KeyDigests", Some(id)).collect();
        for key in keys {
            assert_eq!(key.get("ending"), None, "{what}: a revocation of {key} has not ended");
            let theirs: Vec<_> =
                digests.iter().filter(|item| item["keyId"] == key["keyId"]).copied().collect();
            self.recount_secrets(company, key, &theirs);
        }
        let keys: Vec<_> = self.of("ApiKeys", Some(id)).collect();
        assert_eq!(wrong_holds(company, &keys, &digests, self.now), Vec::<String>::new(), "{what}");
        let known: BTreeSet<_> = keys.iter().map(|key| text(key, "keyId")).collect();
        let strange = digests.iter().find(|item| !known.contains(text(item, "keyId")));
        assert_eq!(strange, None, "{what}: a secret of no key");
    }

    /// Compares a key with the items that verify its secrets.
    fn recount_secrets(&self, company: &Value, key: &Value, digests: &[&Value]) {
        let what = self.what;
        let mut known = BTreeSet::new();
        let mut find = |secret: &Value| {
            let digest = digests.iter().find(|item| item["digest"] == secret["digest"]);
            let digest = digest.unwrap_or_else(|| panic!("{what}: {secret} of {key} can't be verified"));
            known.insert(text(digest, "digest"));
            assert_eq!(digest["mask"], secret["mask"], "{what}: {key}");
            *digest
        };
        let same = |digest: &Value, member: &str, expected: Option<&Value>| {
            assert_eq!(digest.get(member), expected, "{what}: {member} of {digest} in {key}");
        };
        let current = find(key);
        for member in ["expiresAt", "revokedAt"] {
            same(current, member, key.get(member));
        }
        same(current, "unusedUntil", None);
        same(current, "replaced", None);
        let (new, old) = (key.get("newSecret"), key.get("oldSecret"));
        assert!(new.is_none() || old.is_none(), "{what}: {key}");
        if let Some(new) = new {
            let digest = find(new);
            same(digest, "expiresAt", new.get("expiresAt"));
            same(digest, "unusedUntil", new.get("unusedUntil"));
            same(digest, "revokedAt", key.get("revokedAt"));
            same(digest, "replaced", None);
        }
        if let Some(old) = old {
            let digest = find(old);
            if let Some(generation) = old.get("endedIn") {
                same(digest, "generation", Some(generation));
                // It may have expired before.
                let ends = ["expiresAt", "revokedAt"].into_iter().filter_map(|name| digest[name].as_i64());
                assert_eq!(ends.min(), old["endsAt"].as_i64(), "{what}: {digest} in {key}");
                assert!(is_revoked(digest), "{what}: {digest} in {key}");
            } else {
                same(digest, "expiresAt", old.get("endsAt"));
                same(digest, "replaced", Some(&true.into()));
                same(digest, "revokedAt", key.get("revokedAt"));
            }
            same(digest, "unusedUntil", None);
        }
        for digest in digests {
            for member in ["keyId", "name"] {
                assert_eq!(digest[member], key[member], "{what}: {member} of {key}");
            }
            assert_eq!(set(digest, "scopes"), set(key, "scopes"), "{what}: {key}");
            assert_eq!(digest.get("ending"), None, "{what}: a revocation of {key} has not ended");
            // What the key has forgotten has ended.
            let is_known = known.contains(text(digest, "digest"));
            assert!(is_known || is_revoked(digest), "{what}: {digest} is no secret of {key}");
            // A secret that was revoked or has ended stays unchanged.
            let frozen = company["plan"] != "enterprise";
            let is_settled = is_revoked(digest) || !self.is_in_time(digest);
            assert!(is_settled || digest.get("frozen").is_some() == frozen, "{what}: {digest}");
        }
        let living = digests.iter().filter(|digest| !is_revoked(digest) && self.is_in_time(digest)).count();
        let has_expired = ends_at(key) <= self.now;
        let expected = if is_revoked(key) || has_expired { 0..=0 } else { 1..=2 };
        assert!(expected.contains(&living), "{what}: {living} secrets of {key} work: {digests:?}");
    }

    /// Whether the time of a secret has not come yet.
    fn is_in_time(&self, digest: &Value) -> bool {
        let ends = ["expiresAt", "unusedUntil"].into_iter().filter_map(|name| digest[name].as_i64());
        ends.min().is_none_or(|at| at > self.now)
    }

    /// Checks that all gates of a secret stand at its generation, so that no write of an earlier one can commit, and none
    /// of this one is refused. The gates of a secret whose first generation goes on were never raised. A secret that was
    /// ended is in a later generation than the one in which it worked, unless nobody had used it, or its time had come.
    pub(super) fn recount_gates(&self) {
        let what = self.what;
        let mut gates = BTreeMap::<&str, BTreeMap<&str, i64>>::new();
        for gate in self.of("KeyGates", None) {
            let (digest, place) = text(gate, "gate").split_once('#').expect("a digest and a number");
            gates.entry(digest).or_default().insert(place, number(gate, "from"));
        }
        for key in self.of("KeyDigests", None) {
            let generation = key.get("generation").map_or(0, |_| number(key, "generation"));
            let places = if generation == 0 { 0 } else { 16 };
            let expected = (0..places).map(|place| (format!("{place:x}"), generation)).collect::<Vec<_>>();
            let found = gates.remove(text(key, "digest")).unwrap_or_default();
            if key.get("replaced").is_some() && !self.is_in_time(key) {
                // What came after its time may have raised its gates once more.
                let is_closed =
                    found.len() >= expected.len() && found.values().all(|from| *from >= generation);
                assert!(is_closed, "{what}: the gates of {key}: {found:?}");
                continue;
            }
            if self.revocations == Revocations::AtOnce && is_revoked(key) {
                let is_closed =
                    found.len() == expected.len() && found.values().all(|from| *from <= generation);
                assert!(is_closed, "{what}: the gates of {key}: {found:?}");
                continue;
            }
            let found: Vec<_> = found.into_iter().map(|(place, from)| (place.to_owned(), from)).collect();
            assert_eq!(found, expected, "{what}: the gates of {key}");
            let needs_none = ["unusedUntil", "replaced"].iter().any(|name| key.get(name).is_some());
            assert!(generation > 0 || needs_none || !is_revoked(key), "{what}: {key}");
        }
        assert!(gates.is_empty(), "{what}: gates of no key: {gates:?}");
    }
}

fn is_revoked(item: &Value) -> bool {
    item.get("revokedAt").is_some()
}

/// When the second secret ends that has a place among the rotating keys. One that an administrator ended has none.
fn second_ends_at(key: &Value) -> Option<i64> {
    if let Some(new) = key.get("newSecret") {
        let ends = ["expiresAt", "unusedUntil"].into_iter().filter_map(|name| new[name].as_i64());
        return ends.min();
    }
    let old = key.get("oldSecret").filter(|old| old.get("endedIn").is_none())?;
    Some(number(old, "endsAt"))
}

/// When the last secret of a key ends.
fn ends_at(key: &Value) -> i64 {
    let Some(expiry) = key["expiresAt"].as_i64() else { return i64::MAX };
    let ended = key.get("oldSecret").map(|old| number(old, "endsAt"));
    second_ends_at(key).or(ended).map_or(expiry, |second| second.max(expiry))
}
