//! Reads from `template.yaml` which events of the bus go into which queue, and how a queue repeats its messages.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serde_json::Value;

/// How long a received message stays hidden if the template doesn't say it, as in SQS.
const VISIBILITY: Duration = Duration::from_secs(30);

/// What the template says about rules and queues.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// The rules of the bus.
    pub rules: Vec<Rule>,
    /// The queues, by their logical IDs.
    pub queues: BTreeMap<String, QueueDefinition>,
}

/// A rule: which events go into which queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The sources that it accepts. `None` means any.
    pub sources: Option<Vec<String>>,
    /// The detail types that it accepts. `None` means any.
    pub detail_types: Option<Vec<String>>,
    /// The logical IDs of the queues.
    pub queues: Vec<String>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueDefinition {
    /// How long a received message stays hidden. If it isn't deleted meanwhile, it is received again.
    pub visibility: Duration,
    /// How often a message is received before it goes to the queue for lost ones, and that queue.
    pub lost_after: Option<(u32, String)>,
}

impl Default for QueueDefinition {
    fn default() -> Self {
        Self { visibility: VISIBILITY, lost_after: None }
    }
}

impl Rule {
    /// Whether an event of this source and this detail type matches.
    #[must_use]
    pub fn matches(&self, source: &str, detail_type: &str) -> bool {
        let accepts = |accepted: &Option<Vec<String>>, text: &str| {
            accepted.as_ref().is_none_or(|accepted| accepted.iter().any(|one| one == text))
        };
        accepts(&self.sources, source) && accepts(&self.detail_types, detail_type)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Source {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

impl Wiring {
    /// Reads a template. The error says what is missing, for the developer who changed it.
    pub fn read(source: &str) -> Result<Self, String> {
        let source: Source = serde_saphyr::from_str(source)
            .map_err(|error| format!("template.yaml can't be read: {error}"))?;
        let mut wiring = Self::default();
        for (logical_id, resource) in source.resources {
            let properties = &resource.properties;
            let read = match resource.r#type.as_str() {
                "AWS::SQS::Queue" => {
                    queue(properties).map(|queue| drop(wiring.queues.insert(logical_id.clone(), queue)))
                }
                "AWS::Events::Rule" => rule(properties).map(|rule| wiring.rules.push(rule)),
                _ => Some(()),
            };
            read.ok_or_else(|| {
                format!("template.yaml: {logical_id} doesn't have the shape that `local` expects")
            })?;
        }
        let targets = wiring.rules.iter().flat_map(|rule| &rule.queues);
        let dead =
            wiring.queues.values().filter_map(|queue| queue.lost_after.as_ref()).map(|(_, queue)| queue);
        match targets.chain(dead).find(|queue| !wiring.queues.contains_key(*queue)) {
            Some(unknown) => Err(format!("template.yaml has no queue {unknown}, which it names")),
            None => Ok(wiring),
        }
    }
}

fn queue(properties: &Value) -> Option<QueueDefinition> {
    let visibility = match &properties["VisibilityTimeout"] {
        Value::Null => VISIBILITY,
        seconds => Duration::from_secs(seconds.as_u64()?),
    };
    let policy = &properties["RedrivePolicy"];
    let lost_after = if policy.is_null() {
        None
    } else {
        let most = policy["maxReceiveCount"].as_u64().and_then(|most| u32::try_from(most).ok())?;
        Some((most, name(&policy["deadLetterTargetArn"])?))
    };
    Some(QueueDefinition { visibility, lost_after })
}

fn rule(properties: &Value) -> Option<Rule> {
    let pattern = properties["EventPattern"].as_object()?;
    // A pattern with anything else would choose other events on AWS than here.
    if pattern.keys().any(|member| !["source", "detail-type"].contains(&member.as_str())) {
        return None;
    }
    let accepted = |member: &str| match pattern.get(member) {
        None => Some(None),
        Some(list) => list
            .as_array()?
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map(Some),
    };
    let targets = properties["Targets"].as_array()?;
    Some(Rule {
        sources: accepted("source")?,
        detail_types: accepted("detail-type")?,
        queues: targets.iter().map(|target| name(&target["Arn"])).collect::<Option<_>>()?,
    })
}

/// The logical ID in `!GetAtt QUEUE.Arn`.
fn name(arn: &Value) -> Option<String> {
    arn.as_str()?.strip_suffix(".Arn").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "
Resources:
  Bus:
    Type: AWS::Events::EventBus
  Mail:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Lost.Arn
        maxReceiveCount: 5
  Lost:
    Type: AWS::SQS::Queue
  MailEvents:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern:
        source: [company-api-keys]
        detail-type: [CREATE_API_KEY, ROTATE_API_KEY]
      Targets:
        - Id: mail
          Arn: !GetAtt Mail.Arn
";

    #[test]
    fn rules_and_queues_are_read() {
        let wiring = Wiring::read(TEMPLATE).expect("readable");
        let mail =
            QueueDefinition { visibility: Duration::from_mins(6), lost_after: Some((5, "Lost".into())) };
        assert_eq!(wiring.queues["Mail"], mail);
        assert_eq!(wiring.queues["Lost"], QueueDefinition::default());
        let [rule] = wiring.rules.as_slice() else { panic!("{wiring:?}") };
        assert_eq!(rule.queues, ["Mail"]);
        assert!(rule.matches("company-api-keys", "ROTATE_API_KEY"));
        assert!(!rule.matches("company-api-keys", "HOLD_API_KEY"));
        assert!(!rule.matches("aws.health", "ROTATE_API_KEY"));
    }

    #[test]
    fn a_pattern_that_would_not_hold_here_is_refused() {
        let other = TEMPLATE.replace("source: [company-api-keys]", "account: ['1']");
        let error = Wiring::read(&other).expect_err("refused");
        assert!(error.contains("MailEvents"), "{error}");
        let error =
            Wiring::read(&TEMPLATE.replace("GetAtt Mail.Arn", "GetAtt Other.Arn")).expect_err("refused");
        assert!(error.contains("no queue Other"), "{error}");
    }

    #[test]
    fn the_template_can_be_read() {
        Wiring::read(crate::template::SOURCE).expect("readable");
    }
}
