//! Sends mails with Amazon SES, API v2.

use std::time::Duration;

use aws_sdk_sesv2::{
    Client,
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::{BuildError, ProvideErrorMetadata, SdkError},
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};
use domain::identifiers::Email;
use store::{Cause, Settings};
use thiserror::Error;

use crate::text::Letter;

/// The time limit of a call. It isn't repeated at once, because SES may have accepted the mail.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// The header with the identifier that all copies of a mail have in common.
const EVENT_HEADER: &str = "X-Company-Api-Keys-Event";

/// The client of SES, and the sender.
#[derive(Clone, Debug)]
pub(crate) struct Ses {
    client: Client,
    sender: String,
    /// The ARN of the identity that may use the sender's address, if it isn't one of this region's account.
    identity: Option<String>,
}

/// Why SES did not accept a mail.
#[derive(Debug, Error)]
pub(crate) enum Refused {
    /// It sends no mail at all, or could not be called. There is no use in trying the next one now.
    #[error("SES sends no mail: {0}")]
    Everybody(Cause),
    /// It asks to send more slowly.
    #[error("SES is busy: {0}")]
    TooFast(Cause),
    /// It failed, or may have accepted the mail.
    #[error("SES failed: {0}")]
    ForNow(Cause),
    /// It doesn't send this mail to this address.
    #[error("SES refused the mail: {0}")]
    ThisMail(Cause),
}

impl Ses {
    pub(crate) fn new(
        settings: &Settings,
        endpoint: Option<&str>,
        sender: String,
        identity: Option<String>,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_timeout(CALL_TIMEOUT)
            .operation_attempt_timeout(CALL_TIMEOUT)
            .build();
        let shared = settings.for_service(endpoint);
        let config = Builder::from(&shared).timeout_config(timeouts).retry_config(RetryConfig::disabled());
        Self { client: Client::from_conf(config.build()), sender, identity }
    }

    /// Sends a mail to one person. `id` is the same for every copy of the mail.
    pub(crate) async fn send(
        &self,
        to: &Email,
        letter: &Letter,
        id: &str,
        choices: &str,
    ) -> Result<(), Refused> {
        if !is_one_address(to.as_str()) {
            return Err(Refused::ThisMail("the address may be read as several or as another one".into()));
        }
        let content = content(letter, id, choices);
        let content = content.map_err(|_| Refused::ThisMail("the mail could not be made".into()))?;
        let destination = Destination::builder().to_addresses(to.as_str()).build();
        let request = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .set_from_email_address_identity_arn(self.identity.clone())
            .destination(destination)
            .content(content);
        request.send().await.map(drop).map_err(|error| refused(&error))
    }
}

/// Whether mail software reads an address as one, and as this one.
fn is_one_address(address: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '<' | '>' | '"' | '(' | ')' | '\\');
    address.chars().all(is_plain) && address.matches('@').count() == 1
}

fn content(letter: &Letter, id: &str, choices: &str) -> Result<EmailContent, BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(utf8(&letter.text)?).html(utf8(&letter.html)?).build();
    let message = Message::builder().subject(utf8(&letter.subject)?).body(body);
    let headers = [(EVENT_HEADER, id.to_owned()), ("List-Unsubscribe", format!("<{choices}>"))];
    let message = headers.into_iter().try_fold(message, |message, (name, value)| {
        let header = MessageHeader::builder().name(name).value(value).build();
        header.map(|header| message.headers(header))
    })?;
    Ok(EmailContent::builder().simple(message.build()).build())
}

/// The codes are those of `SendEmail`
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>).
fn refused<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Refused {
    let cause = Cause::of(error);
    match error {
        SdkError::ServiceError(context) => match context.err().code() {
            Some("TooManyRequestsException" | "ThrottlingException") => Refused::TooFast(cause),
            Some("MessageRejected" | "BadRequestException") => Refused::ThisMail(cause),
            _ if context.raw().status().as_u16() >= 500 => Refused::ForNow(cause),
            _ => Refused::Everybody(cause),
        },
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => Refused::Everybody(cause),
        _ => Refused::ForNow(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_plain_address_is_sent_to() {
        assert!(is_one_address("grace.hopper+keys@acme.example") && is_one_address("o'hara@acme.example"));
        for address in [
            "a@acme.example,b@acme.example",
            "a@acme.example;b@acme.example",
            "A <a@acme.example>",
            "\"a\"@acme.example",
            "a@b@acme.example",
            "a b@acme.example",
            "grâce@acme.example",
            "acme.example",
        ] {
            assert!(!is_one_address(address), "{address}");
        }
    }
}
