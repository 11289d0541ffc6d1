use std::time::Duration;

use harness::{ADMIN, SECOND_ADMIN, World};
use serde_json::json;

use super::{HOUR, Scene, both, event, person, used};

async fn change_role(world: &World, account: &str, role: &str) {
    let request =
        json!({"operation": "change-role", "companyId": "acme", "accountId": account, "role": role});
    world.provision(request).await.expect("carried out");
}

fn only(to: &str) -> std::collections::BTreeSet<(String, usize)> {
    [(to.to_owned(), 1)].into()
}

/// The instance remembers who administers the company, but not that they still do.
#[tokio::test]
async fn former_administrators_get_nothing() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    assert_eq!(scene.sent(), both(1));
    let told = async |number: u32| {
        scene.world.advance(Duration::from_mins(1));
        let more = json!({"affected": {"id": format!("01KDXJ7Q9W3T5V8YB2C4E6G8{number:02}"), "name": "K", "type": "API_KEY"}});
        scene.deliver(&mailer, &[event(number, "EXPIRE_API_KEY", more)]).await;
        scene.sent()
    };
    change_role(&scene.world, "acme-second-admin", "member").await;
    assert_eq!(told(20).await, only(ADMIN));
    change_role(&scene.world, "acme-second-admin", "company_admin").await;
    assert_eq!(told(21).await, both(1));
    let admin = scene.world.sign_in(ADMIN).await;
    let key = scene.world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    scene.world.suspend(&key, "acme-second-admin").await.ok();
    assert_eq!(told(22).await, only(ADMIN));
    scene
        .world
        .call("POST", "/admin/v1/accounts/unsuspend", &admin, json!({"accounts": ["acme-second-admin"]}))
        .await
        .ok();
    assert_eq!(told(23).await, both(1));
    // A directory can delete members only.
    change_role(&scene.world, "acme-second-admin", "member").await;
    let path = "/enterprise/v1/scim/Users/acme-second-admin";
    let deleted = scene.world.call("DELETE", path, &key.authorization(), json!(null)).await;
    assert_eq!(deleted.status, 204, "{}", deleted.text);
    assert_eq!(told(24).await, only(ADMIN));
}

/// Somebody is no longer an administrator when the hour has passed.
#[tokio::test]
async fn recipients_are_those_of_the_time_of_sending() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    scene.deliver(&mailer, &[used(2)]).await;
    assert_eq!(scene.sent(), both(1));
    change_role(&scene.world, "acme-second-admin", "member").await;
    change_role(&scene.world, "acme-member-1", "company_admin").await;
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    let expected = [(ADMIN.to_owned(), 1), ("member-1@acme.example".to_owned(), 1)];
    assert_eq!(scene.sent(), expected.into());
}

#[tokio::test]
async fn an_address_that_changed_gets_the_mail() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    scene.deliver(&mailer, &[used(1)]).await;
    assert_eq!(scene.sent(), both(1));
    let update = json!({
        "TableName": "Accounts",
        "Key": {"companyId": {"S": "acme"}, "accountId": {"S": "acme-second-admin"}},
        "UpdateExpression": "SET email = :email", "ExpressionAttributeValues": {":email": {"S": "renamed@acme.example"}},
    });
    scene.world.dynamodb.ask("UpdateItem", &update).await;
    scene.deliver(&mailer, &[event(2, "EXPIRE_API_KEY", json!({}))]).await;
    assert_eq!(scene.sent(), [(ADMIN.to_owned(), 1), ("renamed@acme.example".to_owned(), 1)].into());
}

/// Who made or rotated a key knows it.
#[tokio::test]
async fn authors_are_spared() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    let made = |number, action, author: &str| event(number, action, json!({"actor": person(author)}));
    scene.deliver(&mailer, &[made(1, "CREATE_API_KEY", "acme-admin")]).await;
    assert_eq!(scene.sent(), only(SECOND_ADMIN));
    let rotated = [("acme-admin", 2), ("acme-second-admin", 3), ("acme-admin", 4), ("acme-member-1", 5)];
    for (author, number) in rotated {
        scene.deliver(&mailer, &[made(number, "ROTATE_API_KEY", author)]).await;
    }
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), [(ADMIN.to_owned(), 2), (SECOND_ADMIN.to_owned(), 3)].into());
    // A key that rotates itself has no author among people.
    scene.world.advance(HOUR);
    scene.deliver(&mailer, &[event(6, "ROTATE_API_KEY", json!({}))]).await;
    assert_eq!(scene.sent(), both(1));
    // Other kinds spare nobody.
    scene.deliver(&mailer, &[event(7, "EXPOSE_API_KEY", json!({"actor": person("acme-admin")}))]).await;
    assert_eq!(scene.sent(), both(1));
}

#[tokio::test]
async fn choices_are_respected_and_are_those_of_the_time_of_sending() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    let choose = async |email: &str, kinds: serde_json::Value| {
        let admin = scene.world.sign_in(email).await;
        scene.world.call("PUT", "/admin/v1/notifications", &admin, json!({"kinds": kinds})).await.ok();
    };
    choose(ADMIN, json!({"used-after-end": false, "unused": true})).await;
    scene.deliver(&mailer, &[used(1), event(2, "REPORT_UNUSED_API_KEY", json!({"days": 90}))]).await;
    assert_eq!(scene.sent(), [(ADMIN.to_owned(), 1), (SECOND_ADMIN.to_owned(), 1)].into());
    scene.deliver(&mailer, &[used(3)]).await;
    choose(ADMIN, json!({"used-after-end": true})).await;
    choose(SECOND_ADMIN, json!({"used-after-end": false})).await;
    scene.world.advance(HOUR);
    scene.due(&mailer).await.expect("an answer");
    assert_eq!(scene.sent(), only(ADMIN));
}

/// A company with more accounts than one read returns at once.
#[tokio::test]
async fn administrators_are_found_among_many_accounts() {
    let scene = Scene::new().await;
    scene.world.add_members("many", 150).await;
    scene.deliver(&scene.mailer(), &[used(1)]).await;
    assert_eq!(scene.sent(), both(1));
}
