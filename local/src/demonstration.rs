//! The demonstration: companies and people to try everything with. The functions themselves create it.

use domain::{
    audit::Origin,
    identifiers::KeyId,
    key::{ApiKey, EXAMPLE, SelfRotation},
    network::{AllowedNetworks, NetworkMode, Ranges, range},
    scope::Scope,
    suspensions::SuspensionLimit,
};
use keys::{NewKey, create_key};
use serde_json::{Value, json};
use store::{CompanyAdministrator, PlanRule, Service};
use tokio::time::Instant;
use web::{Call, Problem, ProblemType, auth::company_administrator};

use crate::issuer::IDENTITY_ISSUER;

/// A key of company Events. The keys are published here, so they are valid only in the demonstration.
pub struct EventKey {
    /// Identifies the key.
    pub key_id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its first secret.
    pub secret: &'static str,
    /// Its scopes.
    pub scopes: &'static [Scope],
    /// Whether it may rotate itself.
    pub self_rotation: Option<SelfRotation>,
    /// The network from which alone it may be used, if it is limited to one.
    pub network: Option<&'static str>,
}

const fn event_key(key_id: &'static str, name: &'static str, secret: &'static str) -> EventKey {
    EventKey { key_id, name, secret, scopes: &Scope::ALL, self_rotation: None, network: None }
}

/// The keys of company Events, which the cases in `events/` use.
pub const EVENT_KEYS: [EventKey; 6] = [
    event_key("01KDXJ7Q9W3T5V8YB2C4E6G8HA", "For events", EXAMPLE),
    event_key(
        "01KDXJ7Q9W3T5V8YB2C4E6G8HB",
        "For events that revoke it",
        "R3vKeThisOneInAnEvent9_cak1_ExampleOfARevocation424Az8yR",
    ),
    event_key(
        "01KDXJ7Q9W3T5V8YB2C4E6G8HC",
        "For events/rotate-key",
        "RotateThisOneInAnEvent_cak1_ExampleOfARotation42420gsO3Q",
    ),
    EventKey {
        self_rotation: Some(SelfRotation { lifetime_days: 90 }),
        ..event_key(
            "01KDXJ7Q9W3T5V8YB2C4E6G8HD",
            "For events/own-key",
            "ItRotatesItselfInEvent_cak1_ExampleOfSelfRotation43H2cSB",
        )
    },
    // It lacks a scope, so that an event can ask for it.
    EventKey {
        scopes: &[Scope::Deprovisioning, Scope::AuditLog],
        ..event_key(
            "01KDXJ7Q9W3T5V8YB2C4E6G8HE",
            "For events/edit-key",
            "EditAndHoldItInAnEvent_cak1_ExampleOfAnEditAndHold3246DO",
        )
    },
    EventKey {
        network: Some("198.51.100.0/24"),
        ..event_key(
            "01KDXJ7Q9W3T5V8YB2C4E6G8HF",
            "For events from another network",
            "UsedFromElsewhereOften_cak1_ExampleOfNetworksOnKey1BkKvD",
        )
    },
];

/// The company that is created last.
const LAST_COMPANY: &str = "events";

/// Creates the demonstration unless it exists. One of an earlier release gets the keys that it lacks, if what was tried out
/// since then allows that: only the cases in `events/` need them.
pub async fn seed(service: &Service) -> Result<(), String> {
    let existed = exists(service).await;
    if !existed {
        create_companies(service).await?;
    }
    let mut admin = match events_administrator(service).await {
        Ok(admin) => admin,
        Err(_) if existed => return Ok(()),
        Err(problem) => return Err(format!("the demonstration could not be created: {}", problem.detail())),
    };
    for key in &EVENT_KEYS {
        match create_event_key(&mut admin, service, key).await {
            Err(_) if existed => {}
            created => created?,
        }
    }
    Ok(())
}

async fn create_companies(service: &Service) -> Result<(), String> {
    create_company(service, "acme", "Acme", "enterprise", "admin@acme.example").await?;
    add_account(service, "acme", "second-admin@acme.example", "company_admin").await?;
    for number in 1..=20 {
        add_account(service, "acme", &format!("member-{number}@acme.example"), "member").await?;
    }
    create_company(service, "basic", "Basic", "team", "admin@basic.example").await?;
    for number in 1..=2 {
        add_account(service, "basic", &format!("member-{number}@basic.example"), "member").await?;
    }
    create_company(service, LAST_COMPANY, "Events", "enterprise", "admin@events.example").await?;
    add_account(service, LAST_COMPANY, "member@events.example", "member").await
}

/// Whether the demonstration was created, by this release or an earlier one: whether its second key exists, which was always
/// created after the companies. Otherwise everything is created again, which doesn't change what exists.
async fn exists(service: &Service) -> bool {
    match events_administrator(service).await {
        Ok(admin) => match KeyId::parse(EVENT_KEYS[1].key_id) {
            Some(second) => matches!(service.tables.key(&admin, &second).await, Ok(Some(_))),
            None => false,
        },
        // The administrator exists, but somebody who tried things out has suspended them.
        Err(problem) => problem.kind() == ProblemType::AccountSuspended,
    }
}

/// The administrator of company Events, authenticated like a request through API Gateway: with verified claims.
async fn events_administrator(service: &Service) -> Result<CompanyAdministrator, Problem> {
    let auth_time = service.clock.now().seconds().to_string();
    let claims = json!({"company_id": LAST_COMPANY, "account_id": "events-admin", "auth_time": auth_time});
    let event = json!({"requestContext": {"authorizer": {"jwt": {"claims": claims}}}});
    let event = serde_json::from_value(event).expect("an event");
    Ok(company_administrator(service, Call::new(event), PlanRule::Any).await?.0)
}

/// The account with this address. `admin@acme.example` has the account ID `acme-admin`, which documents can name.
fn account(company_id: &str, email: &str) -> Value {
    let local = email.split('@').next().unwrap_or_default();
    let name = local.replace('-', " ");
    let name =
        name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect::<String>();
    json!({
        "accountId": format!("{company_id}-{local}"),
        "email": email,
        "name": name,
        "identity": {"issuer": IDENTITY_ISSUER, "subject": email},
    })
}

async fn create_company(
    service: &Service,
    id: &str,
    name: &str,
    plan: &str,
    admin: &str,
) -> Result<(), String> {
    let administrator = account(id, admin);
    run(service, json!({"operation": "create-company", "companyId": id, "name": name, "plan": plan, "administrator": administrator}))
        .await
}

async fn add_account(service: &Service, company_id: &str, email: &str, role: &str) -> Result<(), String> {
    let mut account = account(company_id, email);
    account["role"] = role.into();
    run(service, json!({"operation": "add-account", "companyId": company_id, "account": account})).await
}

async fn run(service: &Service, mut request: Value) -> Result<(), String> {
    request["operator"] = "Demonstration".into();
    let outcome = provision::handle(service, request, "demonstration").await;
    outcome.map(drop).map_err(|refused| format!("the demonstration could not be created: {refused}"))
}

/// Creates a key, unless an earlier run did. That key may have been revoked since, so it is not created again.
async fn create_event_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: &EventKey,
) -> Result<(), String> {
    let failed = || format!("the demonstration's key {} could not be created", key.key_id);
    let key_id = KeyId::parse(key.key_id).ok_or_else(failed)?;
    let existing = service.tables.key(admin, &key_id).await;
    if existing.map_err(|error| format!("{}: {error}", failed()))?.is_some() {
        return Ok(());
    }
    let self_rotation = key.self_rotation;
    let ranges = key.network.map(|network| range(network).map_err(|_| failed())).transpose()?;
    let ranges = ranges.and_then(|range| Ranges::new(vec![range]));
    let new = NewKey {
        name: key.name.into(),
        note: None,
        scopes: key.scopes.iter().copied().collect(),
        expires_at: None,
        self_rotation,
        networks: ranges.map(|ranges| AllowedNetworks { mode: NetworkMode::Enforce, ranges }),
        suspension_limit: SuspensionLimit::default(),
    };
    let secret = ApiKey::parse(key.secret).map_err(|_| failed())?;
    let origin = Origin { ip: None, request_id: "demonstration".into() };
    let deadline = Instant::now() + web::REQUEST_TIME;
    let outcome = create_key(admin, service, &new, None, &secret, key_id, &origin, deadline).await;
    outcome.map(drop).map_err(|error| format!("{}: {}", failed(), Problem::from(error).detail()))
}
