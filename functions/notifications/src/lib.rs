//! Which mails a Company Administrator gets: `GET` and `PUT /admin/v1/notifications`.
//!
//! Promises: An administrator reads and changes nobody's choice but their own. A kind that a request doesn't name stays as it
//! is. A change commits only if the person still is an administrator.

mod wire;

use domain::mails::{MailChoices, MailKind};
use serde_json::Value;
use store::{
    AdministratorRefused, CommitError, CompanyAdministrator, PlanRule, Service, TableError,
    retry::{Attempt, Contended, Operation, Pace, until_done},
};
use thiserror::Error;
use web::{Call, Problem, Reply, auth::company_administrator, fields::Fields};
use wire::NotificationsView;

pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "notifications";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let is_change = match call.route() {
        wire::READ => false,
        wire::CHANGE => true,
        _ => return Err(Problem::unknown_route()),
    };
    let (mut admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
    if is_change {
        let mut fields = Fields::of_body(&input)?;
        let chosen = fields.required("kinds", kinds);
        let chosen = &fields.finish(chosen)?;
        let choosing = Choosing { admin: &mut admin, service: &service, chosen, is_current: true };
        until_done(Pace::Person, input.deadline(), choosing).await?;
    } else {
        Fields::of_query(&input)?.finish(Some(()))?;
    }
    let choices = service.tables.mail_choices(&admin).await?;
    Ok(Reply::json(200, &NotificationsView::new(&choices, service.mail_sender().is_some())))
}

/// Reads an object with `true` or `false` for some of the kinds.
fn kinds(value: &Value) -> Result<MailChoices, String> {
    let expected = || {
        let kinds = MailKind::ALL.map(MailKind::id).join(", ");
        format!("must be an object with true or false for at least one of: {kinds}")
    };
    let members = value.as_object().filter(|members| !members.is_empty()).ok_or_else(expected)?;
    let chosen = members.iter().map(|(kind, wanted)| Some((MailKind::from_id(kind)?, wanted.as_bool()?)));
    chosen.collect::<Option<MailChoices>>().ok_or_else(expected)
}

#[derive(Debug, Error)]
enum ChoosingError {
    #[error(transparent)]
    AuthorityLost(#[from] AdministratorRefused),
    #[error(transparent)]
    Contended(#[from] Contended),
    #[error(transparent)]
    Failed(#[from] TableError),
}

impl From<ChoosingError> for Problem {
    fn from(error: ChoosingError) -> Self {
        match error {
            ChoosingError::AuthorityLost(refused) => refused.into(),
            ChoosingError::Contended(contended) => contended.into(),
            ChoosingError::Failed(error) => error.into(),
        }
    }
}

struct Choosing<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    chosen: &'a MailChoices,
    is_current: bool,
}

impl Operation for Choosing<'_> {
    type Done = ();
    type Refused = ChoosingError;

    async fn attempt(&mut self) -> Result<Attempt<()>, ChoosingError> {
        if !std::mem::replace(&mut self.is_current, false) {
            self.admin.refresh(self.service, PlanRule::Any).await?;
        }
        let now = self.service.clock.now();
        match self.service.tables.choose_mails(self.admin, self.chosen, now).await {
            Ok(()) => Ok(Attempt::Done(())),
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_known_and_chosen() {
        let read = kinds(&json!({"expiring": false, "unused": true})).expect("choices");
        assert_eq!(read, MailChoices::from_iter([(MailKind::Expiring, false), (MailKind::Unused, true)]));
        for wrong in [json!({}), json!([]), json!(null), json!({"expiring": 1}), json!({"expiring": null})] {
            assert!(kinds(&wrong).is_err(), "{wrong}");
        }
        assert!(kinds(&json!({"expiring": true, "weekly": true})).is_err());
    }
}
