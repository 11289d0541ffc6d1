//! Notes events, sends what is due, and notes what was sent.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    identifiers::AccountId,
    mails::{Ended, Happening, MailTopic, Sending},
};
use store::{
    CommitError, Service, ServiceWork, TableError,
    metrics::{Metric, count},
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    BatchItemFailure, Done, Failed, Mailer,
    news::{Message, NotUnderstood},
    ses::{Refused, Ses},
    text,
};

/// How much time must be left to send another mail: for the call, and to note the outcome.
const CALL_AND_NOTE: Duration = Duration::from_secs(15);
/// How long to wait after SES asked to send more slowly.
const PAUSE: Duration = Duration::from_secs(1);
/// How often.
const PAUSES: u32 = 5;

/// Messages about the same topic.
struct SameTopic {
    work: ServiceWork,
    topic: MailTopic,
    happenings: Vec<Happening>,
    identifiers: Vec<String>,
}

impl Mailer {
    /// Tells people about the events of these messages.
    pub(crate) async fn tell(
        &self,
        ses: &Ses,
        messages: Vec<(String, Result<Option<Message>, NotUnderstood>)>,
        until: Instant,
    ) -> Done {
        let (topics, failed) = by_topic(messages);
        let mut done = Done::default();
        let mut fail = |identifiers: Vec<String>| {
            let failures =
                identifiers.into_iter().map(|item_identifier| BatchItemFailure { item_identifier });
            done.answer.batch_item_failures.extend(failures);
        };
        if !failed.is_empty() {
            done.cause = Some("a message of the queue is no event".into());
            fail(failed);
        }
        for SameTopic { work, topic, happenings, identifiers } in topics {
            if Instant::now() + CALL_AND_NOTE > until {
                // The queue brings them again.
                fail(identifiers);
                continue;
            }
            match self.note(&work, &topic, happenings, until).await {
                Ok(Some(sending)) => {
                    let sent = Box::pin(self.send(ses, &work, &topic, sending, until)).await;
                    done.cause = sent.err().or(done.cause);
                }
                Ok(None) => {}
                Err(error) => {
                    done.cause = Some(error.into());
                    fail(identifiers);
                }
            }
        }
        done
    }

    /// Sends what is due, of all companies. What there is no time for remains due.
    pub(crate) async fn send_due(&self, ses: &Ses, until: Instant) -> Result<Done, Failed> {
        #[expect(clippy::disallowed_methods, reason = "the schedule is for all companies")]
        let due = self.service.tables.due_mails(self.service.clock.now()).await?;
        let mut done = Done::default();
        for (company_id, topic) in due {
            if Instant::now() + CALL_AND_NOTE > until {
                break;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "the stored item says which company the mail is for"
            )]
            let work = ServiceWork::on(company_id);
            let sent = match self.note(&work, &topic, Vec::new(), until).await {
                Ok(Some(sending)) => Box::pin(self.send(ses, &work, &topic, sending, until)).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            done.cause = sent.err().or(done.cause);
        }
        Ok(done)
    }

    /// Notes these events, and begins to send if that is due.
    async fn note(
        &self,
        work: &ServiceWork,
        topic: &MailTopic,
        happenings: Vec<Happening>,
        until: Instant,
    ) -> Result<Option<Sending>, TableError> {
        let noting = Noting { service: &self.service, work, topic, happenings };
        Box::pin(until_done(Pace::Person, until, noting)).await
    }

    /// Sends a mail to everybody who has not got it, and notes who has.
    async fn send(
        &self,
        ses: &Ses,
        work: &ServiceWork,
        topic: &MailTopic,
        sending: Sending,
        until: Instant,
    ) -> Result<(), Cause> {
        let mut outcome = Sent { reached: BTreeSet::new(), ended: Ended::Completed, cause: None };
        if let Err(error) = self.send_to_all(ses, work, topic, &sending, until, &mut outcome).await {
            outcome.ended = Ended::Refused;
            outcome.cause = Some(error.into());
        }
        let Sent { reached, ended, cause } = outcome;
        if ended != Ended::Completed && sending.is_over(self.service.clock.now()) {
            count(Metric::MailsRefused, None);
            tracing::error!(
                companyId = %work.company_id(),
                topic = %topic,
                "a mail was given up that SES refused for 14 days"
            );
        }
        let ending = Ending { service: &self.service, work, topic, sending, reached, ended };
        let noted = Box::pin(until_done(Pace::Person, until, ending)).await;
        cause.map_or(Ok(()), Err).and(noted.map_err(Cause::from))
    }

    async fn send_to_all(
        &self,
        ses: &Ses,
        work: &ServiceWork,
        topic: &MailTopic,
        sending: &Sending,
        until: Instant,
        outcome: &mut Sent,
    ) -> Result<(), TableError> {
        let choices = text::choices_address(&self.dashboard);
        let (mut refused_mails, mut failed_mails) = (0, 0);
        let recipients = self.recipients.of(&self.service, work, topic.kind);
        let Ok(recipients) = timeout_at(until - CALL_AND_NOTE, recipients).await else {
            outcome.ended = Ended::Refused;
            outcome.cause = Some("the accounts of the company could not be read in time".into());
            return Ok(());
        };
        for account in recipients? {
            let spared = Some(&account.id).filter(|_| topic.kind.spares_its_author());
            let told = sending.batch.told(topic.kind.actions(), spared);
            if told.is_empty() || sending.reached.contains(&account.id) {
                continue;
            }
            if Instant::now() + CALL_AND_NOTE > until {
                if outcome.ended == Ended::Completed {
                    outcome.ended = Ended::OutOfTime;
                }
                break;
            }
            let letter = text::write(topic, &told, &self.dashboard)?;
            let mut sent = ses.send(&account.email, &letter, sending.batch.id(), &choices).await;
            for _ in 0..PAUSES {
                if !matches!(sent, Err(Refused::TooFast(_))) || Instant::now() + CALL_AND_NOTE > until {
                    break;
                }
                tokio::time::sleep(PAUSE).await;
                sent = ses.send(&account.email, &letter, sending.batch.id(), &choices).await;
            }
            let Err(refused) = sent else {
                count(Metric::MailsSent, None);
                outcome.reached.insert(account.id);
                continue;
            };
            count(Metric::MailsRefused, None);
            failed_mails += u32::from(matches!(refused, Refused::ForNow(_)));
            let is_for_all =
                matches!(refused, Refused::Everybody(_) | Refused::TooFast(_)) || failed_mails > 1;
            if matches!(refused, Refused::ThisMail(_)) {
                refused_mails += 1;
            } else {
                outcome.ended = Ended::Refused;
            }
            outcome.cause = Some(refused.into());
            if is_for_all {
                break;
            }
        }
        // Where others got the mail, an address that SES doesn't accept must not hold up the next one.
        if refused_mails > 0 && outcome.reached.is_empty() && sending.reached.is_empty() {
            outcome.ended = Ended::Refused;
        }
        Ok(())
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How an attempt went.
struct Sent {
    reached: BTreeSet<AccountId>,
    ended: Ended,
    cause: Option<Cause>,
}

/// The messages by their topics, in the order of the first message of each, and the identifiers of those that are no events.
fn by_topic(
    messages: Vec<(String, Result<Option<Message>, NotUnderstood>)>,
) -> (Vec<SameTopic>, Vec<String>) {
    let (mut topics, mut failed) = (Vec::<SameTopic>::new(), Vec::new());
    for (identifier, message) in messages {
        let Message { company_id, topic, happening } = match message {
            Ok(Some(message)) => message,
            // No mail is sent about it.
            Ok(None) => continue,
            Err(NotUnderstood) => {
                failed.push(identifier);
                continue;
            }
        };
        let is_same = |other: &&mut SameTopic| *other.work.company_id() == company_id && other.topic == topic;
        if let Some(other) = topics.iter_mut().find(is_same) {
            other.happenings.push(happening);
            other.identifiers.push(identifier);
            continue;
        }
        #[expect(clippy::disallowed_methods, reason = "only the stack's own bus puts events into the queue")]
        let work = ServiceWork::on(company_id);
        topics.push(SameTopic { work, topic, happenings: vec![happening], identifiers: vec![identifier] });
    }
    (topics, failed)
}

struct Noting<'a> {
    service: &'a Service,
    work: &'a ServiceWork,
    topic: &'a MailTopic,
    happenings: Vec<Happening>,
}

impl Operation for Noting<'_> {
    type Done = Option<Sending>;
    type Refused = TableError;

    async fn attempt(&mut self) -> Result<Attempt<Option<Sending>>, TableError> {
        let Self { service, work, topic, happenings } = self;
        let (known, now) = (service.tables.mails(work, topic).await?, service.clock.now());
        let mut state = known.state.clone();
        let news = happenings.iter().filter(|happening| state.note((*happening).clone())).count();
        let sending = state.begin(now);
        if news == 0 && sending.is_none() {
            return Ok(Attempt::Done(None));
        }
        committed(service.tables.change_mails(work, topic, &known, &state, now).await, sending)
    }
}

struct Ending<'a> {
    service: &'a Service,
    work: &'a ServiceWork,
    topic: &'a MailTopic,
    sending: Sending,
    reached: BTreeSet<AccountId>,
    ended: Ended,
}

impl Operation for Ending<'_> {
    type Done = ();
    type Refused = TableError;

    async fn attempt(&mut self) -> Result<Attempt<()>, TableError> {
        let Self { service, work, topic, sending, reached, ended } = self;
        let (known, now) = (service.tables.mails(work, topic).await?, service.clock.now());
        let mut state = known.state.clone();
        if !state.end(sending, reached.clone(), *ended, now) {
            return Ok(Attempt::Done(()));
        }
        committed(service.tables.change_mails(work, topic, &known, &state, now).await, ())
    }
}

fn committed<T>(outcome: Result<(), CommitError>, done: T) -> Result<Attempt<T>, TableError> {
    match outcome {
        Ok(()) => Ok(Attempt::Done(done)),
        // Another invocation was faster. Read again.
        Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
        Err(CommitError::Failed(error)) => Err(error),
    }
}
