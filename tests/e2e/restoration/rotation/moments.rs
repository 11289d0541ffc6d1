//! Tables of different moments.

use std::time::Duration;

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::{
    Scene,
    Step::{Complete, Rotate, Use},
};
use crate::restoration::{Backup, back_up, put_back, scan};

/// The two tables with the items of a key are of different moments, and the log has nothing to say. No secret works that
/// the restored items of the secrets don't admit, or that ended before the moment of the other table.
#[tokio::test]
async fn a_key_and_its_secrets_may_be_of_different_moments() {
    let expected: [[&[usize]; 4]; 4] = [
        [&[0], &[0], &[0], &[]],
        [&[0], &[0, 1], &[0, 1], &[1]],
        [&[0], &[0, 1], &[0, 1], &[1]],
        [&[], &[1], &[1], &[1]],
    ];
    let mut scene = Scene::start().await;
    let mut backups = vec![back_up(&scene.world).await];
    for step in [Rotate, Use(1), Complete] {
        scene.take(&[step]).await;
        backups.push(back_up(&scene.world).await);
    }
    let mask = scene.secrets[0].mask();
    let old = |items: &[Value]| {
        items.iter().find(|item| item["mask"]["S"] == *mask).expect("the old secret").clone()
    };
    let end = old(&backups[2]["KeyDigests"])["expiresAt"].clone();
    assert!(end.is_object());
    for (of_keys, row) in expected.into_iter().enumerate() {
        for (of_digests, expected) in row.into_iter().enumerate() {
            // No event is later than the restored time.
            scene.world.advance(Duration::from_mins(2));
            let mut backup: Backup = backups[0].clone();
            backup.insert("ApiKeys", backups[of_keys]["ApiKeys"].clone());
            backup.insert("KeyDigests", backups[of_digests]["KeyDigests"].clone());
            put_back(&scene.world, &backup).await;
            let done = scene.repaired(scene.world.clock.now()).await;
            let what = format!("keys {of_keys}, digests {of_digests}: {done:?}");
            let working = scene.working().await;
            assert_eq!(working, expected, "{what}");
            for secret in &working {
                let mask = scene.secrets[*secret].mask();
                let granted = &backup["KeyDigests"];
                let item = granted.iter().find(|item| item["mask"]["S"] == *mask).expect("granted before");
                assert!(item.get("revokedAt").is_none(), "{what}");
            }
            if working.contains(&0) && (of_keys == 2 || of_digests == 2) {
                let old = old(&scan(&scene.world, "KeyDigests").await);
                assert_eq!((&old["expiresAt"], &old["replaced"]["BOOL"]), (&end, &json!(true)), "{what}");
                let listed = scene.listed().await;
                let shown = if listed["mask"] == *mask {
                    &listed["expiresAt"]
                } else {
                    &listed["oldSecret"]["endsAt"]
                };
                let shown = shown.as_str().and_then(Timestamp::parse_rfc3339).expect("a time").millis();
                assert_eq!(end["N"], shown.to_string(), "{what}");
            }
            if !working.is_empty() {
                scene.shows(&working).await;
                scene.is_repaired().await;
            }
        }
    }
}

/// The item of a new secret says that the secret was used, and no other item does. Without the repair it would work and never
/// become the current one.
#[tokio::test]
async fn a_new_secret_without_its_first_use_waits_for_it_again() {
    let mut scene = Scene::start().await;
    scene.take(&[Rotate]).await;
    let digests = scan(&scene.world, "KeyDigests").await;
    let new = digests.iter().find(|item| item.get("unusedUntil").is_some()).expect("the new secret");
    let update = json!({
        "TableName": "KeyDigests", "Key": {"digest": new["digest"]}, "UpdateExpression": "REMOVE unusedUntil",
    });
    scene.world.dynamodb.ask("UpdateItem", &update).await;
    scene.repaired(scene.world.clock.now()).await;
    assert_eq!(
        scan(&scene.world, "KeyDigests")
            .await
            .iter()
            .filter(|item| item.get("unusedUntil") == new.get("unusedUntil"))
            .count(),
        1
    );
    scene.take(&[Use(1)]).await;
    assert_eq!(scene.shows(&[0, 1]).await["mask"], scene.secrets[1].mask());
}

/// The company's item may be older than the first rotation, or count a second secret that has ended.
#[tokio::test]
async fn the_keys_of_a_company_are_counted_again() {
    let mut scene = Scene::start().await;
    scene.take(&[Rotate]).await;
    // The second secret of another key lives longer than its current one.
    let admin = scene.admin().await;
    let expiry =
        |hours| json!({"expiresAt": scene.world.clock.now().plus(Duration::from_hours(hours)).to_string()});
    let other = scene.world.create_key_with(&admin, expiry(1)).await;
    scene.world.rotate_with(&admin, &other, expiry(48)).await;
    let right = scene.world.company("acme").await;
    let id = scene.secrets[0].id.clone();
    let company = json!({"companyId": {"S": "acme"}});
    let stale = json!({":stale": {"M": {"01KDXJ7Q9W3T5V8YB2C4E6G8HC": {"N": "1"}}}});
    for (expression, values) in [("REMOVE rotatingKeys", None), ("SET rotatingKeys = :stale", Some(stale))] {
        let mut update = json!({"TableName": "Companies", "Key": company, "UpdateExpression": expression});
        if let Some(values) = values {
            update["ExpressionAttributeValues"] = values;
        }
        scene.world.dynamodb.ask("UpdateItem", &update).await;
        let done = scene.repaired(scene.world.clock.now()).await;
        assert!(done.contains(&"acme: corrected values: rotatingKeys".to_owned()), "{done:?}");
        let counted = scene.world.company("acme").await;
        assert_eq!(counted["rotatingKeys"], right["rotatingKeys"]);
        assert_eq!(counted["activeKeys"], right["activeKeys"]);
        assert!(counted["rotatingKeys"].get(&id).is_some());
    }
    scene.works_on().await;
}

/// A revocation that didn't end is in only one of the key's three items.
#[tokio::test]
async fn a_revocation_in_progress_covers_both_secrets() {
    let mut scene = Scene::start().await;
    scene.take(&[Rotate]).await;
    let backup = back_up(&scene.world).await;
    let digests: Vec<_> = scan(&scene.world, "KeyDigests").await;
    let mut keys: Vec<_> = digests
        .iter()
        .filter(|item| item["keyId"]["S"] == *scene.secrets[0].id)
        .map(|item| ("KeyDigests", json!({"digest": item["digest"]})))
        .collect();
    keys.push(("ApiKeys", json!({"companyId": {"S": "acme"}, "keyId": {"S": scene.secrets[0].id}})));
    assert_eq!(keys.len(), 3);
    for (table, key) in keys {
        // The event of the revocation below is older than the next restored time.
        scene.world.advance(Duration::from_mins(2));
        let since = scene.world.clock.now();
        put_back(&scene.world, &backup).await;
        let update = json!({
            "TableName": table, "Key": key, "UpdateExpression": "ADD ending :attempt",
            "ExpressionAttributeValues": {":attempt": {"SS": ["01KDXJ7Q9W3T5V8YB2C4E6G8HA"]}},
        });
        scene.world.dynamodb.ask("UpdateItem", &update).await;
        let done = scene.repaired(since).await;
        assert_eq!(done.iter().filter(|line| line.contains("revocation didn't end")).count(), 1, "{done:?}");
        assert_eq!(scene.working().await, Vec::<usize>::new());
        assert!(scene.listed().await["revocationBeganAt"].is_string());
        let admin = scene.admin().await;
        scene.world.revoke(&admin, &scene.secrets[1]).await.ok();
        assert!(scene.listed().await["revokedAt"].is_string());
    }
}
