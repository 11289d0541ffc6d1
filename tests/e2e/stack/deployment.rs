//! The parameters of `template.yaml`.

use local::template::SOURCE;
use serde_json::{Value, json};

fn template() -> Value {
    serde_saphyr::from_str(SOURCE).expect("YAML")
}

/// Whether `CloudFormation` accepts a value for a parameter. It matches the complete value.
fn takes(parameter: &str, value: &str) -> bool {
    let pattern =
        template()["Parameters"][parameter]["AllowedPattern"].as_str().expect("a pattern").to_owned();
    let schema =
        jsonschema::validator_for(&json!({"pattern": format!("^(?:{pattern})$")})).expect("a pattern");
    schema.is_valid(&json!(value))
}

/// Cognito refuses these words only after the earlier resources were created.
#[test]
fn the_sign_in_prefix_has_no_word_that_cognito_reserves() {
    for good in ["acme", "acme-keys", "a", "0-0", "acme-aw-s", "keys-of-amazo-n"] {
        assert!(takes("SignInDomainPrefix", good), "{good}");
    }
    for bad in ["aws", "my-aws-keys", "laws", "amazon-keys", "keys-cognito", "Acme", "-a", "a-", "a.b", ""] {
        assert!(!takes("SignInDomainPrefix", bad), "{bad}");
    }
}

#[test]
fn optional_parameters_may_be_empty_and_are_otherwise_checked() {
    for (parameter, good, bad) in [
        ("MailIdentity", "arn:aws:ses:eu-west-1:111122223333:identity/acme.example", "keys@acme.example"),
        ("MailSender", "Acme Keys <keys@acme.example>", "acme.example"),
        ("ApiDomain", "api.acme.example", "https://api.acme.example"),
        ("ApiCertificate", "arn:aws:acm:eu-west-1:111122223333:certificate/0-a", "certificate/0-a"),
    ] {
        assert_eq!(template()["Parameters"][parameter]["Default"], "", "{parameter}");
        assert!(takes(parameter, "") && takes(parameter, good) && !takes(parameter, bad), "{parameter}");
    }
}

/// If a parameter were ignored without another one, the operator would notice only when its effect is missing.
#[test]
fn parameters_that_need_each_other_come_together_or_not_at_all() {
    let template = template();
    let rules: Vec<[&Value; 2]> = template["Rules"]
        .as_object()
        .expect("rules")
        .values()
        .map(|rule| [&rule["RuleCondition"][0][0], &rule["Assertions"][0]["Assert"][0][0]])
        .collect();
    for [one, other] in [["ApiDomain", "ApiCertificate"], ["MailIdentity", "MailSender"]] {
        assert!(rules.contains(&[&json!(one), &json!(other)]), "{one} without {other}");
        assert!(rules.contains(&[&json!(other), &json!(one)]), "{other} without {one}");
    }
}

/// Cognito writes mapped attributes with the client's rights. Without federation, a person's own token can't change
/// their address.
#[test]
fn the_client_may_write_what_an_identity_provider_maps_and_only_then() {
    let client = &template()["Resources"]["DashboardClient"]["Properties"];
    assert_eq!(client["SupportedIdentityProviders"], "IdentityProviders");
    assert_eq!(client["WriteAttributes"], json!(["IsFederated", ["email", "locale"], ["locale"]]));
    assert_eq!(template()["Parameters"]["IdentityProviders"]["Default"], "COGNITO");
    let documentation = include_str!("../../../docs/provisioning.md");
    assert!(documentation.contains("--attribute-mapping email="));
}

/// Every client contains the host name of the API, so all outputs and settings name the same host.
#[test]
fn the_page_and_the_outputs_name_the_same_address_of_the_api() {
    let address = r#"!If [HasApiDomain, !Sub "https://${ApiDomain}", !GetAtt Api.ApiEndpoint]"#;
    assert_eq!(SOURCE.matches("Api.ApiEndpoint").count(), SOURCE.matches(address).count());
    assert_eq!(SOURCE.matches(address).count(), 3);
    let template = template();
    assert_eq!(template["Outputs"]["ApiAddress"]["Value"][0], "HasApiDomain");
    for resource in ["ApiDomainName", "ApiDomainMapping"] {
        assert_eq!(template["Resources"][resource]["Condition"], "HasApiDomain");
    }
}

#[test]
fn emails_are_sent_by_cognito_or_through_ses() {
    let mail = &template()["Resources"]["People"]["Properties"]["EmailConfiguration"];
    assert_eq!(mail["EmailSendingAccount"], json!(["HasMailIdentity", "DEVELOPER", "COGNITO_DEFAULT"]));
    assert_eq!(mail["SourceArn"][1], "MailIdentity");
}
