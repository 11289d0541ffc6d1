use std::time::Duration;

use harness::{ADMIN, Delivery, SECOND_ADMIN};

use super::{ATTEMPT, HOUR, MINUTE, Scene, both, event, used};
use serde_json::json;

/// SES refuses everything for a while.
#[tokio::test]
async fn what_ses_refuses_is_tried_again() {
    let refusals = [
        Delivery::Refuse(400, "MessageRejected"),
        Delivery::Refuse(400, "AccountSuspendedException"),
        Delivery::Refuse(400, "SendingPausedException"),
        Delivery::Refuse(403, "AccessDeniedException"),
        Delivery::Refuse(500, "InternalFailure"),
    ];
    for refusal in refusals {
        let scene = Scene::new().await;
        let mailer = scene.mailer();
        let meets = refusal.clone();
        scene.ses.decide(move |_| meets.clone());
        scene.deliver(&mailer, &[used(1)]).await;
        scene.deliver(&mailer, &[used(2)]).await;
        scene.world.advance(ATTEMPT);
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), [].into(), "{refusal:?}");
        scene.ses.accept();
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), [].into(), "the pause after {refusal:?}");
        scene.world.advance(10 * MINUTE);
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), both(1), "{refusal:?}");
        // The hour begins with the mail.
        scene.world.advance(50 * MINUTE);
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), [].into());
        scene.world.advance(10 * MINUTE);
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), both(1));
    }
}

/// Who got the mail doesn't get it again.
#[tokio::test]
async fn a_refusal_of_one_recipient_repeats_nothing_for_the_others() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.ses.decide(|mail| {
        if mail.to == SECOND_ADMIN { Delivery::Refuse(503, "ServiceUnavailable") } else { Delivery::Accept }
    });
    scene.deliver(&mailer, &[used(1)]).await;
    assert_eq!(scene.sent(), [(ADMIN.to_owned(), 1)].into());
    scene.ses.accept();
    scene.world.advance(ATTEMPT);
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), [(SECOND_ADMIN.to_owned(), 1)].into());
}

/// An address that SES doesn't accept, ever.
#[tokio::test]
async fn a_wrong_address_does_not_hold_up_the_mails_of_others() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.ses.decide(|mail| {
        if mail.to == ADMIN { Delivery::Refuse(400, "BadRequestException") } else { Delivery::Accept }
    });
    for number in 1..=3 {
        scene.deliver(&mailer, &[used(number)]).await;
        assert_eq!(scene.sent(), [(SECOND_ADMIN.to_owned(), 1)].into());
        scene.world.advance(HOUR);
    }
}

/// SES asks to send more slowly.
#[tokio::test]
async fn a_busy_ses_is_asked_again_after_a_second() {
    let scene = Scene::new().await;
    let mut refusals = 2;
    scene.ses.decide(move |_| {
        refusals -= 1;
        if refusals >= 0 { Delivery::Refuse(429, "TooManyRequestsException") } else { Delivery::Accept }
    });
    scene.deliver(&scene.mailer(), &[used(1)]).await;
    assert_eq!(scene.sent(), both(1));
}

/// It hangs before it accepts, hangs after that, or the connection ends after that.
#[tokio::test]
async fn a_lost_response_repeats_the_mail_with_the_same_identifier() {
    for delivery in [Delivery::Hang, Delivery::AcceptAndHang, Delivery::AcceptAndDisconnect] {
        let scene = Scene::new().await;
        let mailer = scene.mailer();
        let (meets, mut first) = (delivery.clone(), true);
        scene.ses.decide(move |_| if std::mem::take(&mut first) { meets.clone() } else { Delivery::Accept });
        scene.deliver(&mailer, &[used(1)]).await;
        scene.world.advance(ATTEMPT);
        scene.due(&mailer).await.expect("an answer");
        let mails = scene.ses.take();
        assert_eq!(mails.len(), if delivery == Delivery::Hang { 2 } else { 3 }, "{delivery:?}: {mails:?}");
        assert!(mails.iter().all(|mail| mail.id == mails[0].id));
        scene.world.advance(HOUR);
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), [].into());
    }
}

/// A mail that nobody accepts is given up in the end, and the next one is sent.
#[tokio::test]
async fn a_mail_is_given_up_after_two_weeks() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.ses.decide(|_| Delivery::Refuse(400, "SendingPausedException"));
    scene.deliver(&mailer, &[used(1)]).await;
    scene.deliver(&mailer, &[event(2, "USE_REVOKED_API_KEY", json!({"ip": "198.51.100.9"}))]).await;
    scene.world.advance(Duration::from_hours(13 * 24));
    scene.due(&mailer).await.expect("an answer");
    scene.world.advance(Duration::from_hours(2 * 24));
    scene.due(&mailer).await.expect("an answer");
    scene.ses.accept();
    scene.due(&mailer).await.expect("an answer");
    let mails = scene.ses.take();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[0].text.contains("198.51.100.9"), "{}", mails[0].text);
}
