use std::time::Duration;

use serde_json::json;

use super::{Log, actions};

#[tokio::test]
async fn by_action() {
    let log = Log::start().await;
    let key = log.world.create_key(&log.admin).await;
    log.world.suspend(&key, "acme-member-1").await.ok();
    log.world.unsuspend(&key, "acme-member-1").await.ok();
    let one = log.list(&[("filter[action]", "SUSPEND_ACCOUNT")]).await;
    assert_eq!(actions(&one), ["SUSPEND_ACCOUNT"]);
    let two = log.list(&[("filter[action]", "SUSPEND_ACCOUNT, UNSUSPEND_ACCOUNT")]).await;
    assert_eq!(actions(&two), ["UNSUSPEND_ACCOUNT", "SUSPEND_ACCOUNT"]);
    // API Gateway joins a parameter that is sent twice.
    let twice = log.list(&[("filter[action]", "SUSPEND_ACCOUNT"), ("filter[action]", "CHANGE_PLAN")]).await;
    assert_eq!(actions(&twice), ["SUSPEND_ACCOUNT"]);
}

#[tokio::test]
async fn events_are_filtered_by_actor_and_by_affected_party() {
    let log = Log::start().await;
    let key = log.world.create_key(&log.admin).await;
    log.world.suspend(&key, "acme-member-1").await.ok();
    log.world.suspend(&key, "acme-member-2").await.ok();
    log.world.revoke(&log.admin, &key).await.ok();
    for actor in ["acme-admin", "ADMIN@acme.example", " admin@acme.example "] {
        let theirs = actions(&log.list(&[("filter[actor]", actor)]).await);
        assert_eq!(theirs, ["REVOKE_API_KEY", "CREATE_API_KEY", "CREATE_API_KEY"], "{actor}");
    }
    assert_eq!(
        actions(&log.list(&[("filter[actor]", &key.id)]).await),
        ["SUSPEND_ACCOUNT", "SUSPEND_ACCOUNT"]
    );
    // A key by its ID, its name, and its mask, both as it is shown and as people type it.
    let (first, last) = (&key.secret[..4], &key.secret[52..]);
    for named in [key.id.clone(), "test".into(), format!("{first}…{last}"), format!("{first}...{last}")] {
        let involving = actions(&log.list(&[("filter[involving]", &named)]).await);
        let expected = ["REVOKE_API_KEY", "SUSPEND_ACCOUNT", "SUSPEND_ACCOUNT", "CREATE_API_KEY"];
        assert_eq!(involving, expected, "{named}");
    }
    for member in ["acme-member-1", "Member-1@acme.example"] {
        let theirs = actions(&log.list(&[("filter[involving]", member)]).await);
        assert_eq!(theirs, ["SUSPEND_ACCOUNT", "CREATE_ACCOUNT"], "{member}");
    }
    let both = [("filter[involving]", "acme-member-1"), ("filter[actor]", key.id.as_str())];
    assert_eq!(actions(&log.list(&both).await), ["SUSPEND_ACCOUNT"]);
    assert_eq!(actions(&log.list(&[("filter[actor]", "nobody")]).await), Vec::<String>::new());
}

/// Account IDs are opaque: two that differ only in case are two accounts.
#[tokio::test]
async fn an_account_id_in_another_case_is_another_account() {
    let log = Log::start().await;
    for (id, email) in [("grace", "grace@acme.example"), ("Grace", "hopper@acme.example")] {
        let account = json!({"accountId": id, "email": email, "name": "Grace"});
        let request = json!({"operation": "add-account", "companyId": "acme", "account": account});
        log.world.provision(request).await.expect("added");
    }
    for id in ["grace", "Grace"] {
        let page = log.list(&[("filter[involving]", id)]).await.ok();
        let affected: Vec<_> =
            page["data"].as_array().expect("data").iter().map(|event| &event["affected"]["id"]).collect();
        assert_eq!(affected, [id]);
    }
}

#[tokio::test]
async fn a_date_range_includes_its_beginning_but_not_its_end() {
    let log = Log::start().await;
    let day = domain::time::Timestamp::parse_rfc3339("2026-01-31T00:00:00Z").expect("a date");
    let at = |millis: u64| day.plus(Duration::from_millis(millis));
    for millis in [0, 1, 41_000, 41_841, 86_399_999, 86_400_000] {
        log.put(at(millis), "CHANGE_PLAN", json!({"expiry": {"N": "4000000000"}})).await;
    }
    for (since, until, expected) in [
        ("2026-01-31", "2026-02-01", 5),
        ("2026-01-31 00:00:41", "2026-02-01", 3),
        ("2026-01-31T00:00:41.841Z", "2026-02-01 00:00:00", 2),
        ("2026-01-31T00:00:41.842Z", "2026-02-01T00:00:00.001Z", 2),
        ("2026-01-31T01:00:41.841+01:00", "2026-02-01", 2),
        ("2026-01-31", "2026-01-31T00:00:00.001Z", 1),
        ("2026-01-31", "2026-01-31", 0),
        ("2026-01-02", "2026-02-01", 5),
    ] {
        let query = [("filter[date][since]", since), ("filter[date][until]", until)];
        assert_eq!(actions(&log.list(&query).await).len(), expected, "{since} {until}");
        assert_eq!(actions(&log.collect(&query).await).len(), expected, "{since} {until}");
    }
}

#[tokio::test]
async fn the_default_range_is_seven_days() {
    let log = Log::start().await;
    let day = Duration::from_hours(24);
    let old = log.put(log.now().minus(day * 8), "CHANGE_PLAN", json!({})).await;
    log.put(log.now().minus(day * 6), "CHANGE_PLAN", json!({})).await;
    let filter = ("filter[action]", "CHANGE_PLAN");
    assert_eq!(actions(&log.list(&[filter]).await).len(), 1);
    let since = log.now().minus(day * 30).to_string();
    let (found, _) = log.all(&[filter, ("filter[date][since]", &since)]).await;
    assert_eq!((found.len(), super::ids(&found)[1].clone()), (2, old));
    // The default is the seven days before the end.
    let until = log.now().minus(day * 7).to_string();
    assert_eq!(actions(&log.list(&[filter, ("filter[date][until]", &until)]).await).len(), 1);
    // A range that begins in the future is still empty.
    let future = log.now().plus(day).to_string();
    assert_eq!(actions(&log.collect(&[("filter[date][since]", &future)]).await).len(), 0);
}
