use std::time::Duration;

use harness::{ADMIN, KEYS, World};
use serde_json::json;

use super::{back_up, put_back, restore};

/// The backup says that a thief suspended the account. Since then, somebody unsuspended it, and the directory suspended it.
#[tokio::test]
async fn an_undo_does_not_take_back_what_somebody_else_wanted_since_then() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (thief, directory) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let since_theft = world.clock.now().to_string();
    for account in ["acme-member-1", "acme-member-2"] {
        world.suspend(&thief, account).await.ok();
    }
    world.advance(Duration::from_mins(10));
    let (backup, since) = (back_up(&world).await, world.clock.now());
    world.advance(Duration::from_secs(10));
    world.unsuspend(&directory, "acme-member-1").await.ok();
    world.advance(Duration::from_secs(10));
    world.suspend(&directory, "acme-member-1").await.ok();
    put_back(&world, &backup).await;
    restore(&world, since, true).await;
    assert_eq!(restore(&world, since, true).await, [] as [String; 0], "once is enough");
    let path = format!("{KEYS}/{}/undo-suspensions", thief.id);
    let body = json!({"since": since_theft, "accounts": ["acme-member-1", "acme-member-2"]});
    let undone = world.call("POST", &path, &admin, body).await;
    assert_eq!(undone.outcomes(), ["unchanged", "changed"]);
    assert_eq!(world.read(&directory, "acme-member-1").await.ok()["state"], "suspended");
    assert_eq!(world.read(&directory, "acme-member-2").await.ok()["state"], "active");
}
