//! Reads `template.yaml`, the only place that states routes, authorizers, functions and tables.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use store::{Table, TableDefinition};

/// The template that is deployed, compiled into the program, so that `cargo run` serves what `sam deploy` would deploy.
pub const SOURCE: &str = include_str!("../../template.yaml");

/// The parts of the template that a laptop and the tests need.
#[derive(Debug)]
pub struct Template {
    /// The functions, by the names of their binaries.
    pub functions: BTreeMap<String, Function>,
    /// The tables.
    pub tables: Vec<TableDefinition>,
    /// The routes of the HTTP API.
    pub routes: Vec<Route>,
    /// The scopes that an authorizer requires, by its name.
    pub authorizers: BTreeMap<String, Vec<String>>,
    /// The time limit of a function in seconds.
    pub timeout: u64,
    /// The limits of routes that have none of their own.
    pub default_throttle: Throttle,
    /// The limits of some routes, by their key.
    pub throttles: BTreeMap<String, Throttle>,
    /// The requests to the API that pages of other origins may send.
    pub cors: Cors,
    /// The headers of the Company Dashboard's page, with `CloudFormation`'s expressions in their values.
    pub page_headers: Vec<(String, String)>,
}

/// The `CorsConfiguration` of the HTTP API, except its origins.
#[derive(Debug, Default)]
pub struct Cors {
    /// Methods that may be used.
    pub methods: Vec<String>,
    /// Headers that may be sent.
    pub headers: Vec<String>,
    /// Headers that may be read.
    pub exposed: Vec<String>,
    /// Seconds for which a browser may cache a preflight's response.
    pub max_age: u64,
}

/// A function: its logical ID, and the rights of its role.
#[derive(Debug)]
pub struct Function {
    /// The logical ID, as `sam` names it.
    pub logical_id: String,
    /// Table (logical ID) and action (`PutItem`), sorted.
    pub grants: Vec<(String, String)>,
    /// What it may do with other services than `DynamoDB`, `ses:SendEmail`, sorted.
    pub other_actions: Vec<String>,
}

/// A route of the HTTP API.
#[derive(Clone, Debug)]
pub struct Route {
    /// `GET`, or `ANY`.
    pub method: String,
    /// `/enterprise/v1/accounts/{account}`
    pub path: String,
    /// The binary of the route's function.
    pub function: String,
    /// The route's JWT authorizer.
    pub authorizer: Option<String>,
}

impl Route {
    /// The route as events and `openapi.json` name it, `GET /admin/v1/me`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The limits of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Throttle {
    /// Requests per second.
    #[serde(rename = "ThrottlingRateLimit")]
    pub rate: u32,
    /// Requests at once.
    #[serde(rename = "ThrottlingBurstLimit")]
    pub burst: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Source {
    globals: Value,
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    properties: Value,
}

impl Template {
    /// Reads a template. The error says what is missing, for the developer who changed it.
    pub fn read(source: &str) -> Result<Self, String> {
        let source: Source = serde_saphyr::from_str(source)
            .map_err(|error| format!("template.yaml can't be read: {error}"))?;
        let mut template = Self {
            functions: BTreeMap::new(),
            tables: Vec::new(),
            routes: Vec::new(),
            authorizers: BTreeMap::new(),
            timeout: source.globals["Function"]["Timeout"].as_u64().ok_or("no Globals.Function.Timeout")?,
            default_throttle: Throttle::default(),
            throttles: BTreeMap::new(),
            cors: Cors::default(),
            page_headers: Vec::new(),
        };
        for (logical_id, resource) in source.resources {
            let read = match resource.r#type.as_str() {
                "AWS::Serverless::Function" => template.read_function(&logical_id, &resource),
                "AWS::Serverless::HttpApi" => template.read_api(&resource.properties),
                "AWS::CloudFront::ResponseHeadersPolicy" => template.read_page_headers(&resource.properties),
                "AWS::DynamoDB::Table" => template.read_table(&logical_id, &resource.properties),
                _ => Some(()),
            };
            read.ok_or_else(|| {
                format!("template.yaml: {logical_id} doesn't have the shape that `local` expects")
            })?;
        }
        Ok(template)
    }

    fn read_function(&mut self, logical_id: &str, resource: &Resource) -> Option<()> {
        let binary = resource.metadata["BuildProperties"]["Binary"].as_str()?.to_owned();
        let properties = &resource.properties;
        for event in properties["Events"].as_object().into_iter().flatten().map(|(_, event)| event) {
            if event["Type"] != "HttpApi" {
                continue;
            }
            let route = &event["Properties"];
            self.routes.push(Route {
                method: route["Method"].as_str()?.to_uppercase(),
                path: route["Path"].as_str()?.into(),
                function: binary.clone(),
                authorizer: route["Auth"]["Authorizer"].as_str().map(str::to_owned),
            });
        }
        let (mut grants, mut other_actions) = (Vec::new(), Vec::new());
        for statement in
            properties["Policies"].as_array()?.iter().filter_map(|p| p["Statement"].as_array()).flatten()
        {
            for action in statement["Action"].as_array()? {
                let Some(action) = action.as_str()?.strip_prefix("dynamodb:") else {
                    other_actions.push(action.as_str()?.to_owned());
                    continue;
                };
                let table = statement["Resource"].as_str()?.strip_suffix(".Arn")?;
                grants.push((table.to_owned(), action.to_owned()));
            }
        }
        grants.sort();
        other_actions.sort();
        let logical_id = logical_id.into();
        self.functions.insert(binary, Function { logical_id, grants, other_actions });
        Some(())
    }

    /// The limits of a route.
    #[must_use]
    pub fn throttle(&self, route: &Route) -> Throttle {
        self.throttles.get(&route.key()).copied().unwrap_or(self.default_throttle)
    }

    fn read_api(&mut self, properties: &Value) -> Option<()> {
        let cors = &properties["CorsConfiguration"];
        self.cors = Cors {
            methods: texts(&cors["AllowMethods"])?,
            headers: texts(&cors["AllowHeaders"])?,
            exposed: texts(&cors["ExposeHeaders"])?,
            max_age: cors["MaxAge"].as_u64()?,
        };
        for (name, authorizer) in properties["Auth"]["Authorizers"].as_object()? {
            self.authorizers.insert(name.clone(), texts(&authorizer["AuthorizationScopes"])?);
        }
        let throttle = |settings: &Value| Throttle::deserialize(settings).ok();
        self.default_throttle = throttle(&properties["DefaultRouteSettings"])?;
        for (route, settings) in properties["RouteSettings"].as_object()? {
            self.throttles.insert(route.clone(), throttle(settings)?);
        }
        Some(())
    }

    /// The headers that `CloudFront` sends for the policy
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html>).
    fn read_page_headers(&mut self, properties: &Value) -> Option<()> {
        let config = &properties["ResponseHeadersPolicyConfig"];
        let security = &config["SecurityHeadersConfig"];
        let transport = &security["StrictTransportSecurity"];
        let below = if transport["IncludeSubdomains"].as_bool()? { "; includeSubDomains" } else { "" };
        let age = transport["AccessControlMaxAgeSec"].as_u64()?;
        security["ContentTypeOptions"].as_object()?;
        self.page_headers = vec![
            (
                "content-security-policy".into(),
                text(&security["ContentSecurityPolicy"]["ContentSecurityPolicy"])?,
            ),
            ("strict-transport-security".into(), format!("max-age={age}{below}")),
            ("x-content-type-options".into(), "nosniff".into()),
            ("x-frame-options".into(), text(&security["FrameOptions"]["FrameOption"])?),
            ("referrer-policy".into(), text(&security["ReferrerPolicy"]["ReferrerPolicy"])?),
        ];
        for item in config["CustomHeadersConfig"]["Items"].as_array()? {
            self.page_headers.push((text(&item["Header"])?.to_lowercase(), text(&item["Value"])?));
        }
        Some(())
    }

    fn read_table(&mut self, logical_id: &str, properties: &Value) -> Option<()> {
        let key = |kind: &str| {
            let schema = properties["KeySchema"].as_array()?;
            let element = schema.iter().find(|element| element["KeyType"] == kind)?;
            element["AttributeName"].as_str().map(str::to_owned)
        };
        self.tables.push(TableDefinition {
            table: Table::ALL.into_iter().find(|table| table.logical_id() == logical_id)?,
            partition_key: key("HASH")?,
            sort_key: key("RANGE"),
            time_to_live: properties["TimeToLiveSpecification"]["AttributeName"].as_str().map(str::to_owned),
            has_stream: stream_of_keys(&properties["StreamSpecification"])?,
        });
        Some(())
    }
}

/// Whether a table has a stream. Such a stream has the keys of changed items.
fn stream_of_keys(specification: &Value) -> Option<bool> {
    if specification.is_null() {
        return Some(false);
    }
    (specification["StreamViewType"] == "KEYS_ONLY").then_some(true)
}

/// A text, or the one of `!Sub` with a list: the text, and what it names.
fn text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_can_be_read() {
        let template = Template::read(SOURCE).expect("readable");
        assert_eq!(template.tables.len(), Table::ALL.len());
        for route in &template.routes {
            let admin = route.path.starts_with("/admin/");
            assert_eq!(route.authorizer.is_some(), admin, "{}", route.key());
        }
        assert_eq!(template.authorizers["AccessToken"], ["company-api-keys/admin"]);
    }

    /// A table under the wrong environment variable would be found only on AWS.
    #[test]
    fn every_table_has_its_variable() {
        let source: Source = serde_saphyr::from_str(SOURCE).expect("readable");
        let variables = &source.globals["Function"]["Environment"]["Variables"];
        for table in Table::ALL {
            assert_eq!(variables[table.variable()], table.logical_id());
        }
    }
}
