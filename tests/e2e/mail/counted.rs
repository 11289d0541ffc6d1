use harness::{ADMIN, SECOND_ADMIN};
use serde_json::json;

use super::{HOUR, MINUTE, Scene, both, count, event, used};

#[tokio::test]
async fn the_first_mail_comes_at_once_and_the_hour_after_it_is_counted() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    assert_eq!(scene.sent(), both(1));
    for number in 2..=4 {
        scene.world.advance(10 * MINUTE);
        scene.deliver(&mailer, &[used(number)]).await;
        scene.due(&mailer).await.expect("an answer");
        assert_eq!(scene.sent(), [].into(), "{number}");
    }
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), both(3));
    // Nothing is left, whatever comes twice.
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    scene.deliver(&mailer, &(1..=4).map(used).collect::<Vec<_>>()).await;
    assert_eq!(scene.sent(), [].into());
    // After an hour without a mail, the next one comes at once.
    scene.deliver(&mailer, &[used(5)]).await;
    assert_eq!(scene.sent(), both(1));
}

#[tokio::test]
async fn events_that_arrive_together_are_one_mail() {
    let scene = Scene::new().await;
    scene.deliver(&scene.mailer(), &[used(1), used(2), used(1), used(3)]).await;
    assert_eq!(scene.sent(), both(3));
}

/// Each topic has its own hour.
#[tokio::test]
async fn mails_about_other_things_do_not_wait() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1), event(2, "EXPIRE_API_KEY", json!({}))]).await;
    let subjects: Vec<_> = scene.ses.take().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 4, "{subjects:?}");
    let other = json!({"affected": {"id": "01KDXJ7Q9W3T5V8YB2C4E6G8HB", "name": "Other", "mask": "AAAA…BBBB", "type": "API_KEY"}});
    scene.deliver(&mailer, &[event(3, "USE_REVOKED_API_KEY", other), used(4)]).await;
    assert_eq!(scene.sent(), both(1));
}

#[tokio::test]
async fn more_events_than_a_mail_names_are_counted_as_such() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    for first in (2..=662).step_by(10) {
        scene.deliver(&mailer, &(first..first + 10).map(used).collect::<Vec<_>>()).await;
    }
    assert_eq!(scene.sent(), both(1));
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    let mails = scene.ses.take();
    assert_eq!(mails.len(), 2);
    assert!(
        mails[0].text.contains("This mail is about more than 650 events of this kind"),
        "{}",
        mails[0].text
    );
}

/// What is due in one company doesn't wait for another's, and a day that has passed is not forgotten.
#[tokio::test]
async fn what_was_due_days_ago_is_sent() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    scene.deliver(&mailer, &[used(2)]).await;
    assert_eq!(scene.sent(), both(1));
    scene.world.advance(24 * 10 * HOUR);
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), both(1));
}

/// Two instances get events about the same thing at the same time.
#[tokio::test]
async fn instances_at_the_same_time_send_one_mail() {
    let scene = Scene::new().await;
    let mailers: Vec<_> = (0..4).map(|_| scene.mailer()).collect();
    let deliver = async |place: usize| {
        let number = u32::try_from(place).expect("small");
        scene.deliver(&mailers[place], &[used(2 * number), used(2 * number + 1)]).await;
    };
    tokio::join!(deliver(0), deliver(1), deliver(2), deliver(3));
    let mut mails = scene.ses.take();
    assert_eq!(mails.len(), 2, "{mails:?}");
    scene.world.advance(HOUR);
    scene.due(&mailers[0]).await.expect("an answer");
    mails.extend(scene.ses.take());
    for to in [ADMIN, SECOND_ADMIN] {
        assert_eq!(mails.iter().filter(|mail| mail.to == to).map(count).sum::<usize>(), 8);
    }
}
