//! The stack that is checked: a deployed or a local one.

use std::{env, time::SystemTime};

use serde_json::{Value, json};

use super::{
    aws::Aws,
    http::{Answer, send},
};
use crate::stack::Stack;

/// The company that belongs to these checks.
pub const COMPANY: &str = "smoke";
/// Its administrator.
pub const ADMINISTRATOR: &str = "smoke-admin";
const ADDRESS: &str = "admin@smoke.example";

/// An API key.
pub struct Key {
    pub id: String,
    pub secret: String,
}

/// Where the stack is.
pub enum Target {
    Aws(Aws),
    Local(Stack),
}

impl Target {
    /// The address of the API.
    pub fn api(&self) -> Result<&str, String> {
        match self {
            Self::Aws(aws) => aws.output("ApiAddress"),
            Self::Local(stack) => Ok(&stack.url),
        }
    }

    /// The origin of the page.
    pub fn page(&self) -> Result<&str, String> {
        match self {
            Self::Aws(aws) => aws.output("PageAddress").map(|address| address.trim_end_matches('/')),
            Self::Local(stack) => Ok(&stack.url),
        }
    }

    /// The expected contents of the page's `config.json`.
    pub fn configuration(&self) -> Result<Value, String> {
        match self {
            Self::Aws(aws) => Ok(json!({
                "apiAddress": aws.output("ApiAddress")?, "issuer": aws.output("Issuer")?,
                "clientId": aws.output("ClientId")?, "signInAddress": aws.output("SignInAddress")?,
            })),
            Self::Local(stack) => Ok(json!({
                "apiAddress": stack.url, "issuer": stack.url, "clientId": "company-dashboard",
                "signInAddress": stack.url,
            })),
        }
    }

    /// Sends a request to the API.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[&str],
        body: Option<&str>,
    ) -> Result<Answer, String> {
        send(method, &format!("{}{path}", self.api()?), headers, body)
    }

    /// Creates the company, or finds it, on the Enterprise plan.
    pub fn make_company(&self) -> Result<(), String> {
        let mut administrator = json!({"accountId": ADMINISTRATOR, "email": ADDRESS, "name": "Smoke test"});
        if let Self::Local(_) = self {
            let issuer = "https://cognito-idp.local.amazonaws.com/demonstration";
            administrator["identity"] = json!({"issuer": issuer, "subject": ADDRESS});
        }
        let (name, plan) = ("Smoke tests", "enterprise");
        self.provision(json!({"operation": "create-company", "name": name, "plan": plan, "administrator": administrator}))?;
        self.change_plan(plan)
    }

    /// Changes the plan of the company. Without the Enterprise plan, all its keys are frozen.
    pub fn change_plan(&self, plan: &str) -> Result<(), String> {
        self.provision(json!({"operation": "change-plan", "plan": plan}))
    }

    fn provision(&self, mut event: Value) -> Result<(), String> {
        event["operator"] = "cargo xtask smoke".into();
        event["companyId"] = COMPANY.into();
        match self {
            Self::Aws(aws) => aws.invoke("Provision", &event).map(drop),
            Self::Local(_) => {
                let event = event.to_string();
                self.send("POST", "/local/provision", &[JSON], Some(&event))?.expect(200).map(drop)
            }
        }
    }

    /// Creates a key that expires within an hour.
    pub fn create_key(&self) -> Result<Key, String> {
        let body = json!({
            "name": "Smoke test", "scopes": ["deprovisioning", "scim"], "expiresAt": rfc3339(now() + 3_600),
        });
        let created =
            self.administer("CreateKey", "/admin/v1/api-keys", "POST /admin/v1/api-keys", None, &body)?;
        let text = |member: &str| created[member].as_str().map(str::to_owned);
        let key = text("keyId").zip(text("key")).map(|(id, secret)| Key { id, secret });
        key.ok_or_else(|| format!("no key was created: {}", without_key(created)))
    }

    /// Revokes a key.
    pub fn revoke(&self, key: &Key) -> Result<(), String> {
        let body = json!({"firstFour": key.secret[..4], "lastFour": key.secret[key.secret.len() - 4..]});
        let (path, route) =
            (format!("/admin/v1/api-keys/{}/revoke", key.id), "POST /admin/v1/api-keys/{keyId}/revoke");
        let revoked = self.administer("RevokeKey", &path, route, Some(&key.id), &body)?;
        if revoked["revokedAt"].is_string() { Ok(()) } else { Err(format!("it was not revoked: {revoked}")) }
    }

    /// Sends a request of the company's administrator. On AWS, only a person can sign in (with a password and a second
    /// factor), so there the function gets the event that API Gateway would send.
    fn administer(
        &self,
        function: &str,
        path: &str,
        route: &str,
        key_id: Option<&str>,
        body: &Value,
    ) -> Result<Value, String> {
        let aws = match self {
            Self::Aws(aws) => aws,
            Self::Local(_) => {
                let email = json!({"email": ADDRESS}).to_string();
                let token = self.send("POST", "/local/token", &[JSON], Some(&email))?.expect(200)?.json();
                let token = token["access_token"].as_str().unwrap_or_default().to_owned();
                let authorization = format!("Authorization: Bearer {token}");
                return Ok(self.send("POST", path, &[&authorization, JSON], Some(&body.to_string()))?.json());
            }
        };
        let claims =
            json!({"company_id": COMPANY, "account_id": ADMINISTRATOR, "auth_time": now().to_string()});
        let event = json!({
            "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
            "headers": {"content-type": "application/json"},
            "pathParameters": key_id.map(|id| json!({"keyId": id})),
            "requestContext": {
                "http": {"method": "POST", "path": path, "sourceIp": "127.0.0.1"},
                "requestId": "smoke-test", "routeKey": route, "stage": "$default",
                "authorizer": {"jwt": {"claims": claims, "scopes": null}},
            },
            "body": body.to_string(), "isBase64Encoded": false,
        });
        let answer = aws.invoke(function, &event)?;
        Ok(serde_json::from_str(answer["body"].as_str().unwrap_or_default()).unwrap_or_default())
    }
}

const JSON: &str = "Content-Type: application/json";

fn without_key(mut created: Value) -> Value {
    if let Some(members) = created.as_object_mut() {
        members.remove("key");
    }
    created
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// A time in RFC 3339 format. It computes the date from the number of days, with years that begin in March.
fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A local stack.
pub fn local() -> Result<Target, String> {
    Stack::start("127.0.0.1:0").map(Target::Local)
}

/// A deployed stack.
pub fn deployed(stack: &str, region: Option<&str>) -> Result<Target, String> {
    Aws::read(stack, region, env::var_os("PATH").unwrap_or_default()).map(Target::Aws)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_has_them() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), written);
        }
    }
}
