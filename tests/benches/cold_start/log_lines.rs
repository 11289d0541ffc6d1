//! The log of a function: one line for each request, with everything that the request counted.

use std::{fs, path::Path, process::Stdio};

use serde_json::Value;

use crate::{Subject, endpoint::Endpoint, instance::Instance};

/// The maximum size of the line of a request that succeeded or was refused, in bytes with the line's end. Nothing in it
/// grows with the request.
const MOST_BYTES: usize = 600;

/// The sizes in bytes of the log lines of a read and of a suspension. A baseline has no log.
pub async fn measure(subject: &Subject, endpoint: &Endpoint) -> Option<[usize; 2]> {
    if !subject.is_function {
        return None;
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cold-start.log");
    let log = fs::File::create(&file).expect("a file");
    let mut instance = Instance::start_logging(&subject.program, endpoint, &[], Stdio::from(log)).await;
    let [suspend, unsuspend] = &subject.first;
    let mut sizes = Vec::new();
    for (event, metric, outcome) in [
        (subject.warm.as_str(), "KeysVerified", "ok"),
        (suspend, "AccountsSuspended", "ok"),
        (unsuspend, "AccountsUnsuspended", "ok"),
        (subject.event_of_an_unknown_key(), "KeysRefused", "unauthenticated"),
    ] {
        let before = fs::read_to_string(&file).expect("a log").len();
        let _ = instance.turn(event).await;
        let lines = fs::read_to_string(&file).expect("a log").split_off(before);
        assert_eq!(lines.matches('\n').count(), 1, "one line for each request: {lines}");
        assert!(lines.len() <= MOST_BYTES, "{} bytes: {lines}", lines.len());
        let line: Value = serde_json::from_str(&lines).expect("JSON");
        // Reading would drop the first of two members with the same name.
        assert_eq!(line.to_string().len() + 1, lines.len(), "no field twice: {lines}");
        let counted = [&line[metric], &line["outcome"], &line["level"]];
        assert_eq!(counted, [&Value::from(1), &outcome.into(), &"INFO".into()], "{lines}");
        assert!(line["_aws"].to_string().contains(metric), "{lines}");
        sizes.push(lines.len());
    }
    Some([sizes[0], sizes[1]])
}
