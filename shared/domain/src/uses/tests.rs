use super::*;

fn day(n: i64) -> Day {
    Day::of(Timestamp::from_millis(1_800_000_000_000)).plus(n)
}

/// Uses on these days, each with what was needed.
fn uses(counted_since: i64, needed: &[(i64, Scope)]) -> Uses {
    let mut days: Vec<_> = needed
        .iter()
        .map(|(n, scope)| DayOfUses {
            day: day(*n),
            counts: [(Use::Needed(*scope), 1), (Use::Refused(Refusal::Scope), 1)].into(),
            networks: ByNetwork::new(),
            last: Some(LastUse { at: day(*n).start(), ip: None, scope: Some(*scope) }),
        })
        .collect();
    days.sort_by_key(|day| std::cmp::Reverse(day.day));
    Uses { days, counted_since: Some(day(counted_since)), networks_counted_since: None, suspensions: None }
}

fn scopes(scopes: &[Scope]) -> Scopes {
    scopes.iter().copied().collect()
}

const BOTH: [Scope; 2] = [Scope::Scim, Scope::AuditLog];

#[test]
fn ninety_days_are_read_and_today_is_the_first() {
    let days: Vec<_> = days_until(day(0)).collect();
    assert_eq!((days.len(), days[0], days[89]), (90, day(0), day(-89)));
}

#[test]
fn the_last_use_is_that_of_the_newest_day() {
    let uses = uses(-200, &[(-3, Scope::Scim), (-1, Scope::AuditLog), (-2, Scope::Scim)]);
    assert_eq!(uses.last().map(|last| last.at), Some(day(-1).start()));
    assert_eq!(uses.last_needed(Scope::Scim), Some(day(-2)));
    assert_eq!(uses.last_needed(Scope::Deprovisioning), None);
    assert_eq!(Uses::default().last(), None);
}

#[test]
fn a_scope_that_no_request_needed_can_be_taken_away() {
    let uses = uses(-90, &[(-89, Scope::Scim), (0, Scope::Deprovisioning)]);
    let unused = uses.unused(&scopes(&BOTH), day(-90), day(0)).expect("unused");
    // The key no longer has the third scope that it used.
    assert_eq!((unused.scopes, unused.narrowed), (scopes(&[Scope::AuditLog]), Some(scopes(&[Scope::Scim]))));
}

#[test]
fn a_refused_request_needed_nothing() {
    let mut uses = uses(-90, &[(0, Scope::Scim)]);
    uses.days[0].counts.remove(&Use::Needed(Scope::Scim));
    let unused = uses.unused(&scopes(&BOTH), day(-90), day(0)).expect("unused");
    assert_eq!((unused.scopes, unused.narrowed), (scopes(&BOTH), None));
}

#[test]
fn nothing_is_said_about_young_keys_and_young_counts() {
    let used = [(0, Scope::Scim)];
    assert!(uses(-90, &used).unused(&scopes(&BOTH), day(-90), day(0)).is_some());
    assert!(uses(-89, &used).unused(&scopes(&BOTH), day(-90), day(0)).is_none());
    assert!(uses(-90, &used).unused(&scopes(&BOTH), day(-89), day(0)).is_none());
    let unknown = Uses { counted_since: None, ..uses(-90, &used) };
    assert!(unknown.unused(&scopes(&BOTH), day(-90), day(0)).is_none());
    // A key that uses all it has is as it should be.
    assert!(uses(-90, &used).unused(&scopes(&[Scope::Scim]), day(-90), day(0)).is_none());
}

#[test]
fn a_request_that_any_scope_admits_needs_none() {
    assert_eq!(Use::admitted(None), Use::AnyScope);
    assert_eq!(Use::admitted(Some(Scope::Scim)), Use::Needed(Scope::Scim));
}

/// A key that only reads needs no scope that also writes.
#[test]
fn a_key_is_narrowed_to_the_least_scopes_that_its_requests_needed() {
    let narrowed = |has: &[Scope], needed: &[(i64, Scope)]| {
        let unused = uses(-90, needed).unused(&scopes(has), day(-90), day(0));
        unused.map(|unused| (unused.scopes, unused.narrowed.expect("needed scopes")))
    };
    let read = [(-3, Scope::ScimRead), (0, Scope::ScimRead)];
    let expected = (scopes(&[Scope::Scim]), scopes(&[Scope::ScimRead]));
    assert_eq!(narrowed(&[Scope::Scim], &read), Some(expected.clone()));
    assert_eq!(narrowed(&[Scope::Scim, Scope::ScimRead], &read), Some(expected));
    let both = [(0, Scope::ScimRead), (-1, Scope::Scim)];
    assert_eq!(narrowed(&[Scope::Scim], &both), None);
    let expected = (scopes(&[Scope::AuditLog]), scopes(&[Scope::Scim]));
    assert_eq!(narrowed(&BOTH, &both), Some(expected));
}
