use domain::{audit::Action, mails::MailKind};
use harness::{ADMIN, SECOND_ADMIN};
use send_mail::{BatchItemFailure, Failed};
use serde_json::{Value, json};

use super::{KEY_ID, MASK, Scene, both, event, person, queue, used};

/// The events of every kind, with what such events have.
fn each() -> impl Iterator<Item = (MailKind, Action, Value)> {
    let more = json!({
        "actor": person("acme-member-1"), "heldBy": "policy", "days": 7, "expiresAt": "2026-12-04T12:00:00.000Z",
        "place": "query", "leakedMask": "aB3d…xY9z", "foundAt": ["https://evil.example/paste"], "suspensionsPerHour": 100,
        "secret": {"mask": "Zz9Y…Ab1c", "endsAt": "2026-12-20T12:00:00.000Z"}, "ip": "203.0.113.7",
    });
    let actions =
        MailKind::ALL.into_iter().flat_map(|kind| kind.actions().iter().map(move |action| (kind, *action)));
    actions.map(move |(kind, action)| (kind, action, more.clone()))
}

#[tokio::test]
async fn every_kind_is_told_to_those_who_want_it() {
    for (kind, action, more) in each() {
        let scene = Scene::new().await;
        scene.deliver(&scene.mailer(), &[event(1, action.id(), more)]).await;
        let expected = if kind.is_default() { both(1) } else { [].into() };
        assert_eq!(scene.sent(), expected, "{action:?}");
    }
}

/// What SES gets, member by member.
#[tokio::test]
async fn a_mail_names_its_sender_its_event_and_the_page_to_unsubscribe() {
    let scene = Scene::new().await;
    scene.deliver(&scene.mailer(), &[used(1)]).await;
    for mail in scene.ses.take() {
        let request = &mail.request;
        assert_eq!(request["FromEmailAddress"], "Company API Keys <keys@acme.example>");
        assert!(request.get("FromEmailAddressIdentityArn").is_none());
        let simple = &request["Content"]["Simple"];
        assert_eq!(
            simple["Headers"],
            json!([
                {"Name": "X-Company-Api-Keys-Event", "Value": "01KDXJ7Q9W3T5V8YB2C4000001"},
                {"Name": "List-Unsubscribe", "Value": "<https://dashboard.example/dashboard/notifications>"},
            ])
        );
        let page = format!("https://dashboard.example/dashboard/activity?range=30d&involving={KEY_ID}");
        assert!(mail.text.contains(&page), "{}", mail.text);
        let html = simple["Body"]["Html"]["Data"].as_str().expect("HTML");
        assert!(html.contains(&page.replace('&', "&#38;")), "{html}");
        assert_eq!(mail.subject, format!("API key “Nightly offboarding” ({MASK}) is used after its end"));
    }
}

/// Neither a key nor its digest is in a mail, and no address that a stranger chose, whatever names contain.
#[tokio::test]
async fn mails_have_no_more_of_a_key_than_its_mask() {
    let scene = Scene::new().await;
    let admin = scene.world.sign_in(ADMIN).await;
    let key = scene.world.create_key(&admin).await;
    let digest = domain::key::Digest::of(key.secret.as_bytes()).to_hex();
    let mailer = scene.mailer();
    for (number, (_, action, mut more)) in (1..).zip(each()) {
        let hostile = json!({"id": key.id, "name": "a\r\nBcc: x@evil.example\n\n<script>", "mask": key.mask(), "type": "API_KEY"});
        more["affected"] = hostile;
        more["key"] = key.secret.clone().into();
        more["digest"] = digest.clone().into();
        more["secret"]["mask"] = key.secret.clone().into();
        more["leakedMask"] = key.secret.clone().into();
        scene.deliver(&mailer, &[event(number, action.id(), more)]).await;
    }
    let mails = scene.ses.take();
    assert!(mails.len() >= 10, "{}", mails.len());
    for mail in mails {
        let request = mail.request.to_string();
        for secret in [&key.secret, &digest, &key.secret[4..20]] {
            assert!(!request.contains(secret), "{request}");
        }
        assert!(!request.contains("evil.example"), "{request}");
        let html = mail.request["Content"]["Simple"]["Body"]["Html"]["Data"].as_str().expect("HTML");
        assert!(!html.contains("<script"), "{html}");
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(mail.subject.contains(&key.mask()), "{}", mail.subject);
    }
    let stored = format!("{:?}", scene.world.dynamodb.items("Notices").await);
    assert!(!stored.contains(&digest) && !stored.contains("evil.example/paste"), "{stored}");
}

/// The newer release of the publisher may be there first.
#[tokio::test]
async fn events_that_only_a_later_release_knows_are_skipped() {
    let scene = Scene::new().await;
    let by_admin =
        event(2, "HOLD_API_KEY", json!({"heldBy": "administrator", "actor": person("acme-admin")}));
    let later = event(3, "HOLD_API_KEY", json!({"heldBy": "moonlight"}));
    let other = event(4, "SUSPEND_ACCOUNT", json!({}));
    let mut known = used(5);
    known["detail"]["data"]["weather"] = json!({"rain": true});
    let events = [event(1, "PAINT_API_KEY", json!({})), by_admin, later, other, known];
    scene.deliver(&scene.mailer(), &events).await;
    assert_eq!(scene.sent(), both(1));
}

#[tokio::test]
async fn messages_that_are_no_events_fail_and_the_others_go_on() {
    let scene = Scene::new().await;
    let mut foreign = used(1);
    foreign["detail"]["source"] = "urn:somebody-else:company:acme".into();
    let mut broken = used(2);
    broken["detail"]["data"]["affected"] = "a key".into();
    let mut unnamed = used(3);
    unnamed["detail"]["id"] = "../..".into();
    let events = [json!({}), foreign, used(4), broken, unnamed, json!("text")];
    let answer = Box::pin(send_mail::handle(&scene.mailer(), queue(&events), "test-request")).await;
    let failed =
        [0, 1, 3, 4, 5].map(|place| BatchItemFailure { item_identifier: format!("message-{place}") });
    assert_eq!(answer.expect("an answer").batch_item_failures, failed);
    assert_eq!(scene.sent(), both(1));
    for invocation in [json!({}), json!({"due": false}), json!([]), json!({"Records": [{"messageId": 7}]})] {
        let answer = Box::pin(send_mail::handle(&scene.mailer(), invocation, "test-request")).await;
        assert!(matches!(answer, Err(Failed::NotUnderstood)));
    }
}

#[tokio::test]
async fn without_a_sender_nothing_is_sent_and_nothing_waits() {
    let scene = Scene::new().await;
    let silent = scene.mailer_of(None);
    scene.deliver(&silent, &[used(1)]).await;
    scene.due(&silent).await.expect("an answer");
    assert_eq!(scene.world.dynamodb.items("Notices").await, Vec::<Value>::new());
    let mailer = scene.mailer();
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), [].into());
    scene.deliver(&mailer, &[event(2, "CREATE_API_KEY", json!({"actor": person("acme-admin")}))]).await;
    assert_eq!(scene.sent(), [(SECOND_ADMIN.to_owned(), 1)].into());
}
