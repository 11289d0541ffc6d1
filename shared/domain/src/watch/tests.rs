use super::*;
use crate::{
    identifiers::{AccountId, Email, KeyId},
    key::{ApiKey, EXAMPLE, KeyActor, OldSecret, Person},
    suspensions::SuspensionLimit,
};

/// Days after the key was made.
fn day(days: i64) -> Timestamp {
    hour(24 * days)
}

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + hours * 3_600_000)
}

/// A key that was made on day 0.
fn key(expires_at: Option<Timestamp>) -> ApiKeyRecord {
    let secret = ApiKey::parse(EXAMPLE).expect("a key");
    let person = Person {
        account_id: AccountId::parse("acme-admin").expect("an ID"),
        email: Email::parse("admin@acme.example").expect("an address"),
    };
    ApiKeyRecord {
        key_id: KeyId::parse("01KDXJ7Q9W3T5V8YB2C4E6G8HA").expect("an ID"),
        digest: secret.digest(),
        name: "Test".into(),
        note: None,
        mask: secret.mask(),
        scopes: std::iter::empty().collect(),
        created_by: person,
        created_at: day(0),
        secret_created_at: day(0),
        expires_at,
        second: None,
        rotated_at: None,
        self_rotation: None,
        networks: None,
        suspension_limit: SuspensionLimit::default(),
        hold: None,
        released_at: None,
        version: 0,
        last_used_at: None,
        secret_used_at: None,
        limited: None,
        leaked: None,
        revocation_began: None,
        revoked: None,
    }
}

/// The same key, used just now.
fn used(key: &ApiKeyRecord, at: Timestamp) -> ApiKeyRecord {
    ApiKeyRecord { last_used_at: Some(at), ..key.clone() }
}

/// The key with a new secret that was made at this time.
fn rotated(key: &ApiKeyRecord, made_at: Timestamp, expires_at: Option<Timestamp>) -> ApiKeyRecord {
    let new = NewSecret {
        digest: key.digest.clone(),
        mask: key.mask.clone(),
        created_at: made_at,
        created_by: KeyActor::Itself,
        expires_at,
        unused_until: made_at.plus(crate::key::UNUSED_LIFE),
        overlap_seconds: 60,
    };
    ApiKeyRecord { second: Some(SecondSecret::New(new)), rotated_at: Some(made_at), ..key.clone() }
}

/// Looks at the key, which is always in use, at these times, and returns what is told.
fn tell(told: &mut Told, key: &ApiKeyRecord, times: impl IntoIterator<Item = Timestamp>) -> Vec<Finding> {
    let mut all = Vec::new();
    for now in times {
        for finding in findings(&used(key, now), false, now) {
            if told.lacks(&finding) {
                *told = told.and(&finding);
                assert!(!told.lacks(&finding));
                all.push(finding);
            }
        }
    }
    all
}

fn expires(days: u16, at: Timestamp) -> Finding {
    Finding::Expires { days, at }
}

#[test]
fn each_level_and_the_end_are_told_once() {
    let at = day(100);
    let told = tell(&mut Told::default(), &key(Some(at)), (0..200).map(day));
    assert_eq!(told, [expires(30, at), expires(7, at), expires(1, at), Finding::Expired { at }]);
    assert_eq!(tell(&mut Told::default(), &key(None), (0..2_000).map(day)), []);
}

#[test]
fn a_level_begins_when_its_days_are_left() {
    let at = day(100);
    for (days, days_left) in [(30, 30), (7, 7), (1, 1)] {
        let before = hour(24 * (100 - days_left) - 1);
        let is_told = |now| findings(&used(&key(Some(at)), now), false, now).contains(&expires(days, at));
        assert!(!is_told(before) && is_told(day(100 - days_left)), "{days}");
    }
    let last = Timestamp::from_millis(at.millis() - 1);
    assert_eq!(findings(&used(&key(Some(at)), last), false, last), [expires(1, at)]);
    assert_eq!(findings(&key(Some(at)), false, at), [Finding::Expired { at }]);
}

#[test]
fn after_missed_days_only_the_most_urgent_is_told() {
    let at = day(100);
    let told = tell(&mut Told::default(), &key(Some(at)), [day(60), hour(24 * 99 + 12), hour(24 * 99 + 13)]);
    assert_eq!(told, [expires(1, at)]);
    // Never announced, and told that it has expired.
    assert_eq!(tell(&mut Told::default(), &key(Some(at)), [day(60), day(500)]), [Finding::Expired { at }]);
}

#[test]
fn a_clock_that_goes_backwards_repeats_nothing() {
    let at = day(100);
    let mut told = Told::default();
    assert_eq!(tell(&mut told, &key(Some(at)), [day(99)]), [expires(1, at)]);
    assert_eq!(tell(&mut told, &key(Some(at)), (60..100).rev().map(day)), []);
    assert_eq!(tell(&mut told, &key(Some(at)), [day(100)]), [Finding::Expired { at }]);
    assert_eq!(tell(&mut told, &key(Some(at)), (60..102).rev().map(day)), []);
}

#[test]
fn a_level_that_had_passed_when_the_secret_was_made_is_not_told() {
    let weeks = key(Some(day(25)));
    let told = tell(&mut Told::default(), &weeks, (0..30).map(day));
    assert_eq!(told, [expires(7, day(25)), expires(1, day(25)), Finding::Expired { at: day(25) }]);
    let exactly = tell(&mut Told::default(), &key(Some(day(30))), (0..23).map(day));
    assert_eq!(exactly, []);
    let hours = tell(&mut Told::default(), &key(Some(hour(12))), (0..48).map(hour));
    assert_eq!(hours, [Finding::Expired { at: hour(12) }]);
}

#[test]
fn a_changed_expiry_begins_anew_and_one_that_comes_back_does_not() {
    let (near, far) = (key(Some(day(100))), key(Some(day(110))));
    let mut told = Told::default();
    assert_eq!(tell(&mut told, &near, (60..94).map(day)), [expires(30, day(100)), expires(7, day(100))]);
    assert_eq!(tell(&mut told, &far, (94..104).map(day)), [expires(30, day(110)), expires(7, day(110))]);
    // A restore, for example, brings the earlier expiry back.
    assert_eq!(tell(&mut told, &near, (80..99).map(day)), []);
    assert_eq!(tell(&mut told, &near, [day(99)]), [expires(1, day(100))]);
    assert_eq!(tell(&mut told, &key(None), (0..500).map(day)), []);
    assert_eq!(tell(&mut told, &far, [day(109), day(110)]).len(), 2);
}

#[test]
fn what_is_remembered_is_bounded_and_has_the_newest_expiry() {
    let mut told = Told::default();
    for days in (100..200).chain([50]) {
        assert_eq!(tell(&mut told, &key(Some(day(days))), [day(days - 1)]).len(), 1);
        assert!(told.expiries.len() <= EXPIRIES);
        assert_eq!(told.expiries.get(&day(days)), Some(&1));
    }
    assert_eq!(told.expiries.keys().filter(|at| **at >= day(193)).count(), EXPIRIES - 1);
}

#[test]
fn disuse_is_told_once_for_each_last_use() {
    let unused = key(None);
    let since = |now| findings(&unused, false, now);
    assert_eq!(since(hour(24 * 90 - 1)), []);
    assert_eq!(since(day(90)), [Finding::Unused { since: day(0) }]);
    assert_eq!(findings(&unused, true, day(90)), [], "a held key");
    let told = Told::default().and(&since(day(90))[0]);
    assert!(!told.lacks(&since(day(300))[0]));
    let used_again = findings(&used(&unused, day(100)), false, day(190));
    assert_eq!(used_again, [Finding::Unused { since: day(100) }]);
    assert!(told.lacks(&used_again[0]));
    assert_eq!(findings(&used(&unused, day(100)), false, day(189)), []);
    // A restore forgets the last use.
    assert!(!told.and(&used_again[0]).lacks(&since(day(300))[0]));
}

#[test]
fn an_expired_or_revoked_key_is_not_reported_as_unused() {
    let expired = key(Some(day(10)));
    assert_eq!(findings(&expired, false, day(200)), [Finding::Expired { at: day(10) }]);
    let revoked = ApiKeyRecord { revoked: Some((day(1), KeyActor::Itself)), ..expired };
    assert_eq!(findings(&revoked, false, day(200)), []);
}

#[test]
fn each_new_secret_is_told_once_if_nobody_uses_it() {
    let base = key(None);
    let first = rotated(&base, day(10), None);
    let mut told = Told::default();
    assert_eq!(tell(&mut told, &first, (0..17).map(day)), []);
    assert_eq!(tell(&mut told, &first, (17..40).map(day)), [Finding::UnusedSecret { made_at: day(10) }]);
    // It has ended.
    assert_eq!(tell(&mut told, &first, (40..60).map(day)), []);
    let second = rotated(&base, day(50), None);
    assert_eq!(tell(&mut told, &second, (50..70).map(day)), [Finding::UnusedSecret { made_at: day(50) }]);
    assert_eq!(tell(&mut told, &first, (17..40).map(day)), [], "after a restore");
    let finding = Finding::UnusedSecret { made_at: day(50) };
    let secrets = finding.details(&second).secrets.expect("a secret");
    assert_eq!(secrets.ended.map(|(_, ends_at)| ends_at), Some(day(80)));
}

#[test]
fn a_key_with_two_secrets_expires_with_the_last_one() {
    let base = key(Some(day(20)));
    // Its new secret lives longer, but ends on day 45 if nobody uses it.
    let waits = rotated(&base, day(15), Some(day(400)));
    let mut told = Told::default();
    let end = day(45);
    let expected = [
        Finding::UnusedSecret { made_at: day(15) },
        expires(7, end),
        expires(1, end),
        Finding::Expired { at: end },
    ];
    assert_eq!(tell(&mut told, &waits, (15..60).map(day)), expected);
    // A key that never expires has a new secret that does.
    assert_eq!(tell(&mut Told::default(), &rotated(&key(None), day(0), Some(day(5))), (0..50).map(day)), []);
    // The new secret ends before the current one.
    let shorter = rotated(&key(Some(day(100))), day(50), Some(day(60)));
    let told = tell(&mut Told::default(), &shorter, [day(56), day(69), day(70)]);
    assert_eq!(told, [expires(30, day(100))]);
}

#[test]
fn an_old_secret_extends_nothing() {
    let base = key(Some(day(60)));
    let old = OldSecret {
        digest: base.digest.clone(),
        mask: base.mask.clone(),
        ends_at: day(3),
        last_used_at: None,
        ended_in: None,
    };
    let replaced =
        ApiKeyRecord { second: Some(SecondSecret::Old(old)), secret_created_at: day(1), ..base.clone() };
    let told = tell(&mut Told::default(), &replaced, (0..70).map(day));
    let levels = [expires(30, day(60)), expires(7, day(60)), expires(1, day(60))];
    assert_eq!(told[..3], levels);
    assert_eq!(told[3..], [Finding::Expired { at: day(60) }]);
}
