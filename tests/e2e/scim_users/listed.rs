use super::{Directory, error, names};
use serde_json::{Value, json};

#[tokio::test]
async fn all_users_are_listed_page_by_page_in_a_stable_order() {
    let directory = Directory::start().await;
    directory.world.suspend(&deprovisioning(&directory).await, "acme-member-3").await.ok();
    let whole = directory.list(&[]).await.ok();
    assert_eq!((whole["totalResults"].clone(), whole["startIndex"].clone()), (json!(22), json!(1)));
    let everybody = names(&directory.list(&[]).await);
    assert_eq!(everybody.len(), 22);
    let suspended =
        whole["Resources"].as_array().expect("users").iter().find(|user| user["id"] == "acme-member-3");
    assert_eq!(suspended.expect("listed")["active"], false);
    for size in ["1", "5", "7", "22"] {
        let mut paged = Vec::new();
        while paged.len() < 22 {
            let start = (paged.len() + 1).to_string();
            let page = directory.list(&[("startIndex", &start), ("count", size)]).await;
            assert_eq!(page.ok()["totalResults"], 22);
            assert_eq!(page.ok()["startIndex"], paged.len() + 1);
            paged.extend(names(&page));
        }
        assert_eq!(paged, everybody, "{size}");
    }
}

async fn deprovisioning(directory: &Directory) -> harness::Key {
    directory.world.create_key(&directory.admin).await
}

#[tokio::test]
async fn counts_and_starts_out_of_range_are_corrected() {
    let directory = Directory::start().await;
    for (start, count, listed) in [
        ("0", "3", 3),
        ("-5", "3", 3),
        ("23", "3", 0),
        ("20", "10", 3),
        ("99999999999", "10", 0),
        ("1", "0", 0),
        ("1", "-1", 0),
        ("1", "99999999999", 22),
    ] {
        let page = directory.list(&[("startIndex", start), ("count", count)]).await;
        assert_eq!(
            (names(&page).len(), page.ok()["totalResults"].clone()),
            (listed, json!(22)),
            "{start} {count}"
        );
    }
    for query in [("count", "x"), ("startIndex", "1.5"), ("count", "")] {
        let refused = directory.list(&[query]).await;
        assert_eq!(
            error(&refused),
            (400, Some("invalidValue".into()), "invalid-request".into()),
            "{query:?}"
        );
    }
}

#[tokio::test]
async fn filters_that_find_one_user() {
    let directory = Directory::start().await;
    let user = json!({"userName": "GHopper", "externalId": "00u1", "emails": [{"value": "Grace@acme.example", "type": "work"}]});
    let id = directory.create(user).await["id"].as_str().expect("an ID").to_owned();
    let by_id = format!(r#"id eq "{id}""#);
    for filter in [
        r#"userName eq "ghopper""#,
        r#"USERNAME EQ "GHOPPER""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ghopper""#,
        r#"emails.value eq "grace@acme.example""#,
        r#"emails eq "GRACE@acme.example""#,
        r#"emails[type eq "work"].value eq "grace@acme.example""#,
        r#"emails[type eq "Work" and value eq "grace@acme.example"]"#,
        r#"emails[primary eq true].value eq "grace@acme.example""#,
        r#"externalId eq "00u1""#,
        r#"externalId eq "00u1" and active eq true"#,
        r#"active eq "True" and (userName eq "ghopper")"#,
        &by_id,
    ] {
        assert_eq!(names(&directory.filter(filter).await), ["GHopper"], "{filter}");
    }
    for filter in [
        // The address isn't the user name.
        r#"userName eq "grace@acme.example""#,
        r#"emails.value eq "ghopper""#,
        r#"externalId eq "00U1""#,
        r#"id eq "ghopper""#,
        r#"id eq "grace@acme.example""#,
        r#"userName eq "ghopper" and active eq false"#,
        r#"userName eq "ghopper" and externalId eq "other""#,
        r#"emails[type eq "home"].value eq "grace@acme.example""#,
        r#"userName eq """#,
        r#"userName eq "nobody""#,
        r#"emails[type eq "home"]"#,
    ] {
        let found = directory.filter(filter).await;
        assert_eq!((names(&found).len(), found.ok()["totalResults"].clone()), (0, json!(0)), "{filter}");
    }
    // The parameters of a page also apply to a list with one user.
    let page = directory.list(&[("filter", r#"userName eq "ghopper""#), ("startIndex", "2")]).await;
    assert_eq!((names(&page).len(), page.ok()["totalResults"].clone()), (0, json!(1)));
}

#[tokio::test]
async fn by_state_alone() {
    let directory = Directory::start().await;
    let key = deprovisioning(&directory).await;
    for account in ["acme-member-3", "acme-member-7"] {
        directory.world.suspend(&key, account).await.ok();
    }
    let found = directory.filter("active eq false").await;
    assert_eq!(names(&found), ["member-3@acme.example", "member-7@acme.example"]);
    assert_eq!(found.ok()["totalResults"], 2);
    assert_eq!(directory.filter("active eq true").await.ok()["totalResults"], 20);
    assert_eq!(directory.filter("active eq true and active eq false").await.ok()["totalResults"], 0);
    let page = directory.list(&[("filter", "active eq true"), ("startIndex", "19"), ("count", "5")]).await;
    assert_eq!((names(&page).len(), page.ok()["totalResults"].clone()), (2, json!(20)));
}

#[tokio::test]
async fn filters_that_are_not_supported_are_refused() {
    let directory = Directory::start().await;
    for filter in [
        r#"userName sw "a""#,
        r#"userName eq "a" or userName eq "b""#,
        "not (active eq true)",
        "title pr",
        r#"displayName eq "Ada""#,
        r#"meta.created gt "2026-01-01T00:00:00Z""#,
        r#"active eq "maybe""#,
        "userName eq true",
        "externalId eq null",
        r#"userName eq "a"#,
        "",
        "\u{0}",
        "💥",
    ] {
        let refused = directory.filter(filter).await;
        assert_eq!(
            error(&refused),
            (400, Some("invalidFilter".into()), "invalid-request".into()),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn only_the_requested_attributes_are_returned() {
    let directory = Directory::start().await;
    let members = |answer: &Value| {
        let user = answer["Resources"].get(0).unwrap_or(answer);
        let mut members: Vec<_> = user.as_object().expect("a user").keys().cloned().collect();
        members.sort();
        members
    };
    let whole = ["active", "displayName", "emails", "id", "meta", "name", "roles", "schemas", "userName"];
    for (query, expected) in [
        ("", whole.to_vec()),
        ("?attributes=userName", vec!["id", "schemas", "userName"]),
        ("?attributes=USERNAME,%20active", vec!["active", "id", "schemas", "userName"]),
        ("?attributes=emails.value,meta.location", vec!["emails", "id", "meta", "schemas"]),
        ("?attributes=name.givenName", vec!["id", "name", "schemas"]),
        ("?ATTRIBUTES=name.middleName", vec!["id", "schemas"]),
        ("?attributes=unknown,%E2%9C%94,a..b", vec!["id", "schemas"]),
        (
            "?excludedAttributes=emails,meta,id,schemas,roles",
            vec!["active", "displayName", "id", "name", "schemas", "userName"],
        ),
    ] {
        let user = directory.get(&format!("/Users/acme-member-1{query}")).await.ok();
        assert_eq!(members(&user), expected, "{query}");
        let list = directory.get(&format!("/Users{query}")).await.ok();
        assert_eq!(members(&list), expected, "{query}");
    }
    let user = directory.get("/Users/acme-member-1?attributes=emails.value").await.ok();
    assert_eq!(user["emails"], json!([{"value": "member-1@acme.example"}]));
    let user = directory.get("/Users/acme-member-1?excludedAttributes=meta.created,emails.type").await.ok();
    assert!(user["meta"].get("created").is_none() && user["meta"]["resourceType"] == "User");
    assert_eq!(user["emails"], json!([{"value": "member-1@acme.example", "primary": true}]));
}

#[tokio::test]
async fn a_search_by_post_gives_the_same_result() {
    let directory = Directory::start().await;
    for path in ["/.search", "/Users/.search"] {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": r#"userName eq "member-1@acme.example""#, "attributes": ["userName"], "startIndex": 1, "count": 10,
        });
        let found = directory.call("POST", path, body).await.ok();
        assert_eq!(found["totalResults"], 1);
        assert_eq!(found["Resources"][0]["userName"], "member-1@acme.example");
        assert!(found["Resources"][0].get("emails").is_none());
        assert_eq!(directory.call("POST", path, json!({})).await.ok()["totalResults"], 22);
        for body in [json!({"count": "many"}), json!([]), json!({"filter": 7})] {
            assert_eq!(directory.call("POST", path, body).await.status, 400);
        }
    }
}

/// A company with more accounts than one read returns: the embedded engine ends a read at a megabyte, as `DynamoDB`
/// does.
#[tokio::test]
async fn a_search_by_state_is_refused_in_a_too_large_company() {
    let directory = Directory::start().await;
    let long = "x".repeat(100_000);
    for number in 0..90 {
        // Each is as large as about 300 accounts.
        let item = json!({
            "companyId": {"S": "acme"}, "accountId": {"S": format!("heavy-{number:03}")}, "email": {"S": format!("h{number}@acme.example")},
            "name": {"S": "H"}, "role": {"S": "member"}, "state": {"S": "active"}, "version": {"N": "1"}, "ballast": {"S": long},
        });
        directory.world.dynamodb.ask("PutItem", &json!({"TableName": "Accounts", "Item": item})).await;
    }
    let refused = directory.filter("active eq false").await;
    assert_eq!(error(&refused), (400, Some("tooMany".into()), "invalid-request".into()));
    assert_eq!(
        names(&directory.filter(r#"userName eq "member-1@acme.example" and active eq true"#).await).len(),
        1
    );
    // Later pages take several reads.
    let deep = directory.list(&[("startIndex", "60"), ("count", "40")]).await;
    assert_eq!(names(&deep).len(), 40);
}
