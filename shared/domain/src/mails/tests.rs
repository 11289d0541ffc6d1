//! Many interleavings of events, attempts, crashes and refusals.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{identifiers::AccountId, time::Timestamp};

const PEOPLE: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    /// This event arrives, perhaps not for the first time.
    Arrive(u8),
    /// An attempt to send, if one is due. It breaks off or is refused after this many people.
    Attempt {
        crash: Option<usize>,
        refusal: Option<usize>,
        is_slow: bool,
    },
    Wait(u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let limit = || prop_oneof![2 => Just(None), 1 => (0..=PEOPLE).prop_map(Some)];
    let attempt = (limit(), limit(), any::<bool>());
    let attempt = attempt.prop_map(|(crash, refusal, is_slow)| Step::Attempt { crash, refusal, is_slow });
    vec(
        prop_oneof![3 => (0..12_u8).prop_map(Step::Arrive), 4 => attempt, 3 => (0..100_u16).prop_map(Step::Wait)],
        1..80,
    )
}

fn person(number: usize) -> AccountId {
    AccountId::parse(&format!("person-{number}")).expect("an ID")
}

/// Event `n` is by person `n % 4`, who is an administrator or not.
fn happening(number: u8) -> Happening {
    Happening {
        event_id: format!("event-{number:02}"),
        action: if number.is_multiple_of(3) { Action::CreateApiKey } else { Action::RotateApiKey },
        author: Some(person(usize::from(number % 4))),
        data: number.to_string(),
    }
}

/// A mail that somebody got.
#[derive(Debug)]
struct Mail {
    to: usize,
    id: String,
    at: Timestamp,
    count: usize,
    is_repeat: bool,
}

struct World {
    state: MailState,
    now: Timestamp,
    mails: Vec<Mail>,
    arrived: BTreeSet<u8>,
    /// The events of each mail.
    told: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    fn run(&mut self, step: &Step) {
        match *step {
            Step::Arrive(number) => {
                let is_new = self.state.note(happening(number));
                assert_eq!(is_new, self.arrived.insert(number));
            }
            Step::Wait(minutes) => self.now = self.now.plus(Duration::from_mins(minutes.into())),
            Step::Attempt { crash, refusal, is_slow } => self.attempt(crash, refusal, is_slow),
        }
    }

    fn attempt(&mut self, crash: Option<usize>, refusal: Option<usize>, is_slow: bool) {
        let Some(sending) = self.state.begin(self.now) else { return };
        let events = sending.batch.event_ids().map(str::to_owned).collect();
        let before = self.told.insert(sending.batch.id().into(), events);
        assert!(before.is_none_or(|before| before == self.told[sending.batch.id()]), "a mail changed");
        let (mut reached, mut ended) = (BTreeSet::new(), Ended::Completed);
        for number in 0..PEOPLE {
            if Some(number) == crash {
                return;
            }
            let to = person(number);
            let told = sending.batch.told(MailKind::MadeOrRotated.actions(), Some(&to));
            if told.is_empty() || sending.reached.contains(&to) {
                continue;
            }
            assert!(told.iter().all(|told| told.latest.author.as_ref() != Some(&to)));
            if refusal.is_some_and(|first| number >= first) {
                ended = Ended::Refused;
                continue;
            }
            let id = sending.batch.id().to_owned();
            let is_repeat = self.mails.iter().any(|mail| mail.to == number && mail.id == id);
            let count = told.iter().map(|told| told.count.number).sum();
            self.mails.push(Mail { to: number, id, at: self.now, count, is_repeat });
            reached.insert(to);
            self.now = self.now.plus(Duration::from_secs(if is_slow { 80 } else { 1 }));
        }
        if crash != Some(PEOPLE) {
            assert!(self.state.end(&sending, reached, ended, self.now));
        }
    }
}

fn check(steps: &[Step]) {
    let start = Timestamp::from_millis(1_800_000_000_000);
    let (state, mails, arrived, told) = Default::default();
    let mut world = World { state, now: start, mails, arrived, told };
    for step in steps {
        world.run(step);
    }
    // Nothing fails any more. What is due is sent.
    for _ in 0..3 {
        if let Some(due) = world.state.due_at() {
            world.now = world.now.max(due);
            world.attempt(None, None, false);
        }
    }
    assert_eq!(world.state.due_at(), None);
    for number in 0..PEOPLE {
        let mine: Vec<_> = world.mails.iter().filter(|mail| mail.to == number).collect();
        let first: Vec<_> = mine.iter().filter(|mail| !mail.is_repeat).collect();
        // Each event of anybody else was told once.
        let own = |event: &&u8| usize::from(**event % 4) == number;
        let expected = world.arrived.iter().filter(|event| !own(event)).count();
        assert_eq!(first.iter().map(|mail| mail.count).sum::<usize>(), expected, "{mine:?}");
        for pair in mine.windows(2) {
            let is_hour_later = pair[1].at >= pair[0].at.plus(HOUR);
            assert!(pair[0].id == pair[1].id || is_hour_later, "{pair:?}");
        }
    }
    let ids: Vec<_> = world.told.values().flatten().collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an event is in two mails");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_event_is_told_once_and_at_most_once_an_hour(steps in steps()) {
        check(&steps);
    }
}

/// A mail is repeated only after a crash.
#[test]
fn without_crashes_nobody_gets_a_mail_twice() {
    let mut world = World {
        state: MailState::default(),
        now: Timestamp::from_millis(1_800_000_000_000),
        mails: Vec::new(),
        arrived: BTreeSet::new(),
        told: BTreeMap::new(),
    };
    for number in 0..12 {
        world.run(&Step::Arrive(number));
        for refusal in [Some(1), Some(2), None] {
            world.run(&Step::Attempt { crash: None, refusal, is_slow: false });
            world.run(&Step::Wait(30));
        }
    }
    assert!(world.mails.iter().all(|mail| !mail.is_repeat), "{:?}", world.mails);
    assert!(world.mails.len() > PEOPLE * 3);
}

#[test]
fn events_beyond_those_that_are_named_are_counted_as_more() {
    let mut state = MailState::default();
    for number in 0..NAMED + 50 {
        let event_id = format!("event-{number:04}");
        let (action, author) = (Action::UseRevokedApiKey, None);
        state.note(Happening { event_id, action, author, data: number.to_string() });
    }
    let told = state.waiting.told(MailKind::UsedAfterEnd.actions(), None);
    assert_eq!(told[0].count, Count { number: NAMED, is_more: true });
    assert_eq!(told[0].latest.data, (NAMED + 49).to_string());
}

/// The latest event is the one with the greatest identifier, in whatever order they arrive.
#[test]
fn the_latest_event_is_told_whatever_the_order() {
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let mut state = MailState::default();
        for number in order {
            let author = Some(person(usize::from(number == 3)));
            let event_id = format!("event-{number}");
            state.note(Happening { event_id, author, ..happening(number) });
        }
        let actions = MailKind::MadeOrRotated.actions();
        let told = |who: usize| {
            let told = state.waiting.told(actions, Some(&person(who)));
            let events = told.iter().map(|told| told.latest.event_id.clone()).collect::<Vec<_>>();
            (events, told.iter().map(|told| told.count.number).sum::<usize>())
        };
        assert_eq!(told(2), (vec!["event-3".into(), "event-2".into()], 3), "{order:?}");
        assert_eq!(told(1), (vec!["event-2".into()], 2), "{order:?}");
        assert_eq!(told(0), (vec!["event-3".into()], 1), "{order:?}");
    }
}

#[test]
fn an_attempt_that_another_one_replaced_changes_nothing() {
    let mut state = MailState::default();
    let now = Timestamp::from_millis(1_800_000_000_000);
    state.note(happening(1));
    let first = state.begin(now).expect("due");
    assert_eq!(state.begin(now.plus(ATTEMPT).minus(Duration::from_millis(1))), None);
    let second = state.begin(now.plus(ATTEMPT)).expect("due again");
    assert_eq!((second.batch.id(), second.attempts), (first.batch.id(), 2));
    let before = state.clone();
    assert!(!state.end(&first, BTreeSet::new(), Ended::Completed, now.plus(ATTEMPT)));
    assert_eq!(state, before);
    assert!(state.end(&second, BTreeSet::new(), Ended::Completed, now.plus(ATTEMPT)));
    // Nobody got it, so the next event need not wait.
    assert!(state.note(happening(2)));
    assert!(state.begin(now.plus(ATTEMPT)).is_some());
}

#[test]
fn a_mail_that_is_always_refused_is_given_up() {
    let mut state = MailState::default();
    let start = Timestamp::from_millis(1_800_000_000_000);
    state.note(happening(1));
    let (mut now, mut attempts) = (start, 0);
    while let Some(due) = state.due_at() {
        now = now.max(due);
        let sending = state.begin(now).expect("due");
        attempts += 1;
        assert!(state.end(&sending, BTreeSet::new(), Ended::Refused, now));
    }
    assert!(now >= start.plus(PATIENCE) && now <= start.plus(PATIENCE + HOUR));
    assert!((300..400).contains(&attempts), "{attempts}");
    assert!(state.knows("event-01"));
}

#[test]
fn only_so_many_events_are_remembered() {
    let mut state = MailState::default();
    let mut now = Timestamp::from_millis(1_800_000_000_000);
    for number in 0..2 * REMEMBERED {
        let event_id = format!("event-{number:04}");
        state.note(Happening { event_id, ..happening(1) });
        if let Some(sending) = state.begin(now) {
            state.end(&sending, BTreeSet::from([person(0)]), Ended::Completed, now);
        }
        now = now.plus(Duration::from_mins(7));
    }
    assert_eq!(state.told.len(), REMEMBERED);
    assert!(state.knows(&format!("event-{:04}", 2 * REMEMBERED - 10)) && !state.knows("event-0001"));
}
