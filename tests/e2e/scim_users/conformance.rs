//! The service's description of itself is true.

use serde_json::{Value, json};

use super::Directory;

#[tokio::test]
async fn the_schema_describes_every_attribute_that_users_have_and_no_other() {
    let directory = Directory::start().await;
    let schemas = directory.get("/Schemas").await.ok();
    let schema = &schemas["Resources"][0];
    assert_eq!(
        &directory.get(&format!("/Schemas/{}", schema["id"].as_str().expect("an ID"))).await.ok(),
        schema
    );
    let user = directory
        .create(json!({
            "userName": "ghopper", "emails": [{"value": "grace@acme.example"}], "displayName": "G", "externalId": "7",
            "name": {"formatted": "G H", "givenName": "G", "familyName": "H"},
        }))
        .await;
    let names = |value: &Value| {
        let mut names: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
        names.sort();
        names
    };
    let described = |attributes: &Value| {
        let attributes = attributes.as_array().expect("attributes");
        let mut names: Vec<_> =
            attributes.iter().map(|a| a["name"].as_str().expect("a name").to_owned()).collect();
        names.sort();
        names
    };
    // RFC 7643 §3.1: these belong to every resource, and to no schema.
    let mut own = names(&user);
    own.retain(|name| !["schemas", "id", "externalId", "meta"].contains(&name.as_str()));
    assert_eq!(own, described(&schema["attributes"]));
    for attribute in schema["attributes"].as_array().expect("attributes") {
        for characteristic in [
            "type",
            "multiValued",
            "description",
            "required",
            "caseExact",
            "mutability",
            "returned",
            "uniqueness",
        ] {
            assert!(attribute.get(characteristic).is_some(), "{attribute}");
        }
        let value = &user[attribute["name"].as_str().expect("a name")];
        assert_eq!(attribute["multiValued"], value.is_array());
        if attribute["type"] == "complex" {
            let value = value.get(0).unwrap_or(value);
            assert_eq!(names(value), described(&attribute["subAttributes"]));
        }
    }
}

#[tokio::test]
async fn the_configuration_lists_exactly_the_supported_features() {
    let directory = Directory::start().await;
    let configuration = directory.get("/ServiceProviderConfig").await.ok();
    let supported = |feature: &str| configuration[feature]["supported"].as_bool().expect("said");
    assert!(supported("patch") && supported("filter"));
    for feature in ["bulk", "changePassword", "sort", "etag"] {
        assert!(!supported(feature), "{feature}");
    }
    assert_eq!(configuration["filter"]["maxResults"], 500);
    let types = directory.get("/ResourceTypes").await.ok();
    assert_eq!(types["totalResults"], 1);
    let user = &types["Resources"][0];
    assert_eq!((user["endpoint"].clone(), user["name"].clone()), (json!("/Users"), json!("User")));
    assert_eq!(&directory.get("/ResourceTypes/User").await.ok(), user);
    // Each document contains its URL, and that URL returns it.
    for document in [&configuration, user] {
        let location = document["meta"]["location"].as_str().expect("a location");
        let path = location.strip_prefix(&directory.world.stack.url).expect("our address");
        let answer = directory.world.send(directory.world.request("GET", path)).await;
        assert_eq!(&answer.ok(), document);
    }
}
