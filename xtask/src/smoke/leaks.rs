//! Checks that anybody can end a key that they found, and that nobody but GitHub can report in its name.

use serde_json::json;

use super::{
    require,
    target::{Key, Target},
};

const REVOKE: &str = "/leaks/v1/revoke";
const GITHUB: &str = "/leaks/v1/github";
const JSON: &str = "Content-Type: application/json";

/// What an operation without authentication answers to the body `{}`.
pub(super) fn answers_openly(path: &str, status: u16) -> bool {
    match path {
        REVOKE => status == 400,
        // A stack without an address of GitHub's keys has no such route.
        GITHUB => [403, 404].contains(&status),
        _ => status == 200,
    }
}

/// Reports the key among other text, as somebody who found it in a log.
pub(super) fn found(target: &Target, key: &Key) -> Result<(), String> {
    let body =
        json!({"keys": [format!("KEY='{}'", key.secret), "nothing"], "url": "https://smoke.example/log"});
    let answer = target.send("POST", REVOKE, &[JSON], Some(&body.to_string()))?.expect(202)?;
    require(answer.json() == json!({"received": 2}), || answer.body.clone())
}

/// Reports the key in GitHub's name, without a signature and with a wrong one.
pub(super) fn forged(target: &Target, key: &Key) -> Result<(), String> {
    let body = json!([{"token": key.secret, "type": "company_api_key", "url": "https://smoke.example/a"}]);
    let signed = ["Github-Public-Key-Identifier: smoke", "Github-Public-Key-Signature: bm90aGluZw=="];
    for headers in [&[JSON][..], &[JSON, signed[0], signed[1]]] {
        let answer = target.send("POST", GITHUB, headers, Some(&body.to_string()))?;
        require([403, 404].contains(&answer.status), || format!("403 was expected, not {answer}"))?;
    }
    Ok(())
}
