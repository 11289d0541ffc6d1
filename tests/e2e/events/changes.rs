//! Changes of several companies at once.

use harness::World;
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

use super::{recount::Logs, text};

/// The companies that the changes are made in.
pub(super) const COMPANIES: [&str; 4] = ["north", "south", "east", "west"];
/// The other companies of the stack.
const OTHERS: [&str; 3] = ["acme", "basic", "events"];
/// How many members each company has.
const MEMBERS: usize = 8;
/// How many events a round of changes adds at least.
const OF_A_ROUND: usize = 9 + 2 * MEMBERS;

fn admin_of(company: &str) -> String {
    format!("admin@{company}.example")
}

/// Creates a company with an administrator and members.
async fn found(world: &World, company: &str) {
    let email = admin_of(company);
    let administrator = json!({
        "accountId": format!("{company}-admin"), "email": email, "name": "Admin",
        "identity": {"issuer": IDENTITY_ISSUER, "subject": email},
    });
    let create = json!({
        "operation": "create-company", "companyId": company, "name": company, "plan": "enterprise",
        "administrator": administrator,
    });
    world.provision(create).await.expect("created");
    for member in members(company) {
        let email = format!("{member}@{company}.example");
        let account = json!({"accountId": member, "email": email, "name": "Member", "role": "member"});
        let add = json!({"operation": "add-account", "companyId": company, "account": account});
        world.provision(add).await.expect("added");
    }
}

fn members(company: &str) -> Vec<String> {
    (0..MEMBERS).map(|number| format!("{company}-member-{number}")).collect()
}

/// One key's life, with the accounts that it suspends.
async fn round(world: &World, admin: &str, company: &str, number: usize) {
    let key = world.create_key_with(admin, json!({"name": format!("Key {number}")})).await;
    world.edit(admin, &key, json!({"note": format!("Note {number}")})).await.ok();
    let members = json!({"accounts": members(company)});
    for change in ["suspend", "unsuspend"] {
        let path = format!("/enterprise/v1/accounts/{change}");
        world.call("POST", &path, &key.authorization(), members.clone()).await.ok();
    }
    let new = world.rotate(admin, &key).await;
    world.end_rotation(admin, "cancel", &new).await.ok();
    let new = world.rotate(admin, &key).await;
    world.end_rotation(admin, "complete", &new).await.ok();
    world.hold(admin, "hold", &new).await.ok();
    world.hold(admin, "release", &new).await.ok();
    world.revoke(admin, &new).await.ok();
}

/// Makes at least this many changes in one company.
async fn change(world: &World, company: &str, changes: usize) {
    found(world, company).await;
    let admin = world.sign_in(&admin_of(company)).await;
    for number in 0..changes.div_ceil(OF_A_ROUND) {
        Box::pin(round(world, &admin, company, number)).await;
    }
}

/// Makes at least this many changes in four companies at once.
pub(super) async fn make_changes(world: &World, changes: usize) {
    let each = changes.div_ceil(COMPANIES.len());
    let [north, south, east, west] = COMPANIES.map(|company| Box::pin(change(world, company, each)));
    tokio::join!(north, south, east, west);
}

/// The log of every company, as its administrator sees it.
pub(super) async fn logs(world: &World) -> Logs {
    let mut logs = Logs::new();
    let items = world.dynamodb.items("AuditEvents").await;
    for company in COMPANIES.iter().chain(&OTHERS) {
        if !items.iter().any(|item| item["companyId"] == *company) {
            continue;
        }
        let admin = world.sign_in(&admin_of(company)).await;
        let mut query = vec![("maxResults", "1000".to_owned())];
        loop {
            let request = world.request("GET", "/admin/v1/audit-log").query(&query);
            let page = world.send(request.header("authorization", &admin)).await.ok();
            for event in page["data"].as_array().expect("events") {
                let mut event = event.clone();
                event.as_object_mut().expect("an object").remove("snapshotDate");
                logs.insert(((*company).to_owned(), text(&event["id"])), event);
            }
            let Value::String(token) = &page["nextToken"] else { break };
            query = vec![("nextToken", token.clone())];
        }
    }
    // The administrators see everything that is stored.
    assert_eq!(logs.len(), items.len());
    logs
}
