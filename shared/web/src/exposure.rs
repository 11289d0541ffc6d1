//! API keys in places of a request that are often logged.

use domain::{
    key::{Digest, api_keys_in},
    leaks::Place,
};
use serde_json::Value;

/// A well-formed API key in a place that is often logged. It may be made up: nobody has looked it up. Only the digest is kept, and
/// `Debug` doesn't show it.
#[derive(Clone, Debug)]
pub(crate) struct Exposure {
    pub(crate) place: Place,
    pub(crate) digest: Digest,
}

impl Exposure {
    /// The first key in these texts, if there is one.
    pub(crate) fn in_texts<'t>(place: Place, texts: impl IntoIterator<Item = &'t [u8]>) -> Option<Self> {
        let key = texts.into_iter().find_map(|text| api_keys_in(text).next())?;
        Some(Self { place, digest: key.digest() })
    }

    /// The first key in a member name or string of the value, after unescaping.
    pub(crate) fn in_json(place: Place, value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::in_texts(place, [text.as_bytes()]),
            Value::Array(values) => values.iter().find_map(|value| Self::in_json(place, value)),
            Value::Object(members) => members.iter().find_map(|(name, value)| {
                Self::in_texts(place, [name.as_bytes()]).or_else(|| Self::in_json(place, value))
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::key::{ApiKey, EXAMPLE};
    use serde_json::json;

    use super::*;
    use crate::{call::Call, event::GatewayEvent};

    fn found(event: &Value) -> Option<Place> {
        let event: GatewayEvent = serde_json::from_value(event.clone()).expect("an event");
        let exposure = Call::new(event).misplaced_key()?;
        assert_eq!(exposure.digest, ApiKey::parse(EXAMPLE).expect("a key").digest());
        assert!(!format!("{exposure:?}").contains(&EXAMPLE[..8]));
        Some(exposure.place)
    }

    /// A body as API Gateway passes on one that isn't text.
    const ENCODED: &str =
        "a2V5PUs3ZlFtMlZkOHNUeldiNEhuOVJwTGNfY2FrMV94RTNnVXk2SmtBb1o1dE53UXZCMWZNMVRtaWJDJg==";

    #[test]
    fn each_place_is_told_from_the_others() {
        let among = format!("a={EXAMPLE}&b=1");
        for (part, place) in [
            (json!({"rawQueryString": among}), Some(Place::Query)),
            (json!({"queryStringParameters": {"a": EXAMPLE}}), Some(Place::Query)),
            (json!({"queryStringParameters": {EXAMPLE: ""}}), Some(Place::Query)),
            (json!({"rawPath": format!("/enterprise/{EXAMPLE}/")}), Some(Place::Path)),
            (json!({"pathParameters": {"account": EXAMPLE}}), Some(Place::Path)),
            (json!({"cookies": ["a=b", among]}), Some(Place::Cookie)),
            (json!({"headers": {"Cookie": among}}), Some(Place::Cookie)),
            (json!({"headers": {"referer": format!("https://a.example/?{among}")}}), Some(Place::Header)),
            (json!({"headers": {EXAMPLE: "1"}}), Some(Place::Header)),
            (json!({"body": among}), Some(Place::Body)),
            (json!({"body": ENCODED, "isBase64Encoded": true}), Some(Place::Body)),
            (json!({"headers": {"Authorization": format!("apikey {EXAMPLE}")}}), None),
            (json!({"body": "{}", "rawPath": "/enterprise"}), None),
        ] {
            let mut event = json!({"routeKey": "POST /enterprise/v1/accounts/suspend"});
            event.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
            assert_eq!(found(&event), place, "{event}");
        }
    }

    #[test]
    fn reports_of_leaked_keys_have_them_in_the_body_and_nowhere_else() {
        for (route, place) in [
            ("POST /leaks/v1/revoke", None),
            ("POST /leaks/v1/github", None),
            ("POST /leaks-of-others/v1/revoke", Some(Place::Body)),
            ("POST /admin/v1/leaks/revoke", Some(Place::Body)),
            ("ANY /enterprise/v1/scim/{proxy+}", Some(Place::Body)),
            ("$default", Some(Place::Body)),
        ] {
            assert_eq!(found(&json!({"routeKey": route, "body": EXAMPLE})), place, "{route}");
            let query = json!({"routeKey": route, "body": EXAMPLE, "rawQueryString": EXAMPLE});
            assert_eq!(found(&query), Some(Place::Query), "{route}");
            let header = json!({"routeKey": route, "headers": {"referer": EXAMPLE}});
            assert_eq!(found(&header), Some(Place::Header), "{route}");
        }
    }

    #[test]
    fn keys_are_found_in_json_after_unescaping() {
        let escaped = format!("{{\"a\": [{{\"b\": \"\\u004b{}\"}}]}}", &EXAMPLE[1..]);
        let value: Value = serde_json::from_str(&escaped).expect("JSON");
        assert!(!escaped.contains(EXAMPLE) && Exposure::in_json(Place::Body, &value).is_some());
        assert!(Exposure::in_json(Place::Body, &json!({EXAMPLE: null})).is_some());
        assert!(Exposure::in_json(Place::Body, &json!({"a": &EXAMPLE[1..], "b": 1, "c": true})).is_none());
    }
}
