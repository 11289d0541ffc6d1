//! The settings that `template.yaml` must have for every table, function and route, including new ones.

use local::template::{SOURCE, Template};
use serde_json::Value;
use store::metrics::Metric;

fn resources() -> Value {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    template["Resources"].clone()
}

fn of_type(kind: &str) -> Vec<(String, Value)> {
    let resources = resources();
    let resources = resources.as_object().expect("resources").iter();
    resources.filter(|(_, one)| one["Type"] == kind).map(|(id, one)| (id.clone(), one.clone())).collect()
}

#[test]
fn tables_are_encrypted_recoverable_and_kept() {
    let tables = of_type("AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 13);
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{id}");
        assert_eq!(
            properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{id}"
        );
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
        assert_eq!(
            (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
            (&"Retain".into(), &"Retain".into())
        );
    }
}

/// A restored table may be 35 days old. The audit log must still contain all later revocations.
#[test]
fn the_audit_log_reaches_back_as_far_as_tables_do() {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    assert!(template["Parameters"]["AuditRetentionDays"]["MinValue"].as_u64() > Some(35));
}

#[test]
fn every_function_is_traced_and_its_log_ends() {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    assert_eq!(template["Globals"]["Function"]["Tracing"], "Active");
    // Lambda's own lines about every invocation would be more than half of the log. A failed one is at level WARN.
    let logging = &template["Globals"]["Function"]["LoggingConfig"];
    assert_eq!((&logging["LogFormat"], &logging["SystemLogLevel"]), (&"JSON".into(), &"WARN".into()));
    let groups = of_type("AWS::Logs::LogGroup");
    assert!(groups.iter().all(|(_, group)| group["Properties"]["RetentionInDays"] == "LogRetentionDays"));
    for (id, function) in of_type("AWS::Serverless::Function") {
        let logging = &function["Properties"]["LoggingConfig"];
        assert_eq!(logging.as_object().map(serde_json::Map::len), Some(1), "{id}");
        let group = logging["LogGroup"].as_str().expect("a log group");
        assert!(groups.iter().any(|(id, _)| id == group), "{id}");
    }
}

#[test]
fn routes_are_throttled_and_those_that_are_named_exist() {
    let api = resources()["Api"]["Properties"].clone();
    let throttled = |settings: &Value| {
        settings["ThrottlingRateLimit"].as_u64() > Some(0)
            && settings["ThrottlingBurstLimit"].as_u64() > Some(0)
    };
    assert!(throttled(&api["DefaultRouteSettings"]));
    let routes: Vec<_> =
        Template::read(SOURCE).expect("readable").routes.iter().map(local::template::Route::key).collect();
    for (route, settings) in api["RouteSettings"].as_object().expect("routes") {
        assert!(routes.contains(route) && throttled(settings), "{route}");
    }
    // A client may put a key into the path, the query or a header, so none of them is logged.
    let format = api["AccessLogSettings"]["Format"].as_str().expect("a format").to_lowercase();
    for unwanted in
        ["$context.path", "querystring", "$context.http", "useragent", "header", "authorizer.claims"]
    {
        assert!(!format.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn every_function_has_alarms_and_every_alarm_notifies() {
    let alarms = of_type("AWS::CloudWatch::Alarm");
    let watched = |alarm: &str| alarms.iter().find(|(id, _)| id == alarm).expect("an alarm").1.to_string();
    let throttles =
        ["FunctionThrottles", "KeyFunctionThrottles", "NoticeFunctionThrottles"].map(watched).concat();
    let durations = ["SlowFunctions", "SlowKeyFunctions", "SlowNoticeFunctions"].map(watched).concat();
    let errors = ["FunctionErrors", "KeyFunctionErrors", "NoticeFunctionErrors"].map(watched).concat();
    for (id, function) in of_type("AWS::Serverless::Function") {
        let name = format!("\"Value\":\"{id}\"");
        assert!(throttles.contains(&name), "{id}");
        // Their durations have no meaning: collectors' requests wait, and nobody waits for notices.
        let has_duration = !["AuditLog", "KeyWatch", "PublishEvents", "SendMail"].contains(&id.as_str());
        assert_eq!(durations.contains(&name), has_duration, "{id}");
        // For Provision and TokenGate, a refusal is an error of the invocation.
        let has_events = function["Properties"]["Events"].is_object();
        assert_eq!(errors.contains(&name), has_events, "{id}");
    }
    let latencies =
        ["SlowAnswers", "SlowDashboard", "SlowKeyChanges", "SlowUndo", "SlowLeaks"].map(watched).concat();
    for route in Template::read(SOURCE).expect("readable").routes {
        let (method, path) = (&route.method, route.path.trim_end_matches('/'));
        let metric = format!(
            r#"{{"Name":"Method","Value":"{method}"}},{{"Name":"Resource","Value":"{}"}}"#,
            route.path
        );
        // Collectors' requests wait, and the base address of SCIM answers 404 after reading only the key.
        let is_left_out = ["/enterprise/v1/audit-log", "/enterprise/v1/scim"].contains(&path);
        assert_eq!(latencies.matches(&metric).count(), usize::from(!is_left_out), "{}", route.key());
    }
    let counted = Metric::ALL.map(Metric::name);
    for (id, alarm) in &alarms {
        let alarm = &alarm["Properties"];
        assert_eq!(alarm["AlarmActions"], serde_json::json!(["Alarms"]), "{id}");
        assert!(alarm["AlarmDescription"].is_string(), "{id}");
        if alarm["Namespace"].as_str().is_some_and(|namespace| namespace.starts_with("CompanyApiKeys")) {
            assert!(counted.contains(&alarm["MetricName"].as_str().expect("a name")), "{id}");
        }
    }
}

/// A wrong address must not concern any other function.
#[test]
fn only_the_function_for_reports_knows_the_address_of_githubs_keys() {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    let named = |function: &Value| !function["Environment"]["Variables"]["GITHUB_KEYS_ADDRESS"].is_null();
    assert!(!named(&template["Globals"]["Function"]));
    let functions = of_type("AWS::Serverless::Function").into_iter();
    let with_address: Vec<_> =
        functions.filter(|(_, one)| named(&one["Properties"])).map(|(id, _)| id).collect();
    assert_eq!(with_address, ["LeakedKeys"]);
}

/// What revokes and lists keys and admits people can have instances of its own. 0 reserves none: `AWS::NoValue`, because
/// the value 0 would allow none.
#[test]
fn instances_are_reserved_for_administrators_only_if_asked_for() {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    assert_eq!(template["Parameters"]["ReservedConcurrency"]["Default"], 0);
    let has_own = |id: &str| {
        let reserved = &template["Resources"][id]["Properties"]["ReservedConcurrentExecutions"];
        reserved == &serde_json::json!(["ReservesConcurrency", "ReservedConcurrency", "AWS::NoValue"])
    };
    let functions = of_type("AWS::Serverless::Function").into_iter().map(|(id, _)| id);
    let with_own: Vec<_> = functions.filter(|id| has_own(id)).collect();
    assert_eq!(with_own, ["ListKeys", "RevokeKey", "TokenGate"]);
}

/// During a restore, nothing may be announced. So one parameter stops every schedule, stream, queue and rule.
#[test]
fn one_parameter_stops_all_notices() {
    let template: Value = serde_saphyr::from_str(SOURCE).expect("YAML");
    assert_eq!(
        template["Parameters"]["NoticesState"]["AllowedValues"],
        serde_json::json!(["enabled", "disabled"])
    );
    assert_eq!(template["Conditions"]["TellsOfKeys"], serde_json::json!(["NoticesState", "enabled"]));
    assert_eq!(template["Conditions"]["SendsMails"], serde_json::json!(["HasMailSender", "TellsOfKeys"]));
    let is_stopped = |value: &Value, on: Value, off: Value| {
        let condition = value[0].as_str().unwrap_or_default();
        ["TellsOfKeys", "SendsMails"].contains(&condition) && value[1] == on && value[2] == off
    };
    let mut sources = 0;
    for (id, function) in of_type("AWS::Serverless::Function") {
        for (name, event) in function["Properties"]["Events"].as_object().into_iter().flatten() {
            let properties = &event["Properties"];
            let stopped = match event["Type"].as_str().expect("a type") {
                "HttpApi" => continue,
                "ScheduleV2" => is_stopped(&properties["State"], "ENABLED".into(), "DISABLED".into()),
                _ => is_stopped(&properties["Enabled"], true.into(), false.into()),
            };
            assert!(stopped, "{id}: {name}");
            sources += 1;
        }
    }
    assert_eq!(sources, 5);
    // A rule that stopped before the stream, or started after it, would lose events. Its queue waits instead.
    for (id, rule) in of_type("AWS::Events::Rule") {
        let state = serde_json::json!(["HasMailSender", "ENABLED", "DISABLED"]);
        assert_eq!(rule["Properties"]["State"], state, "{id}");
    }
}

/// What can't be delivered is kept for an operator, and an alarm says so.
#[test]
fn every_queue_keeps_what_fails_and_has_an_alarm() {
    let queues = of_type("AWS::SQS::Queue");
    assert_eq!(queues.len(), 5);
    let watched: String =
        of_type("AWS::CloudWatch::Alarm").iter().map(|(_, alarm)| alarm.to_string()).collect();
    for (id, queue) in &queues {
        let properties = &queue["Properties"];
        assert_eq!(properties["SqsManagedSseEnabled"], true, "{id}");
        assert_eq!(properties["MessageRetentionPeriod"], 14 * 24 * 60 * 60, "{id}");
        assert!(watched.contains(&format!("\"{id}.QueueName\"")), "{id}");
        let target = &properties["RedrivePolicy"]["deadLetterTargetArn"];
        let is_last = id.starts_with("Lost") || id == "SkippedRecords";
        assert_eq!(target.is_null(), is_last, "{id}");
        assert!(is_last || queues.iter().any(|(other, _)| *target == format!("{other}.Arn")), "{id}");
    }
}
