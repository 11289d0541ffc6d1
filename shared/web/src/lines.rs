//! Writes events as JSON lines, each with the fields of its span.
//!
//! `tracing_subscriber`'s own format parses and writes a span's fields again whenever one is recorded, and can't embed
//! `CloudWatch`'s metrics.

use std::{
    fmt::{self, Write as _},
    io::Write as _,
};

use serde_json::Value;
use store::system_time;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, SpanRef},
};

/// The target of the span and of the line of a request.
pub const REQUEST: &str = "request";
/// The target of the span and of the line of an invocation without a route.
pub const INVOCATION: &str = "invocation";
/// A field whose text is written as it is: members of the line's JSON object.
const METRICS: &str = "metrics";
/// A field that isn't written. The name of the log stream contains the function's name.
const FUNCTION: &str = "function";

/// The field with an event's message.
const MESSAGE: &str = "message";

/// A layer that writes JSON lines.
pub(crate) struct Lines<W>(W);

impl<W> Lines<W> {
    /// Writes to this writer.
    pub(crate) fn new(writer: W) -> Self {
        Self(writer)
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let line = line(event, context.event_span(event).as_ref());
        // A request doesn't fail because of a lost line.
        let _ = self.0.make_writer_for(event.metadata()).write_all(line.as_bytes());
    }
}

fn line<'s, S: LookupSpan<'s>>(event: &Event<'_>, span: Option<&SpanRef<'s, S>>) -> String {
    let (mut own, metadata) = (Fields::default(), event.metadata());
    event.record(&mut own);
    let mut line = String::with_capacity(512);
    // Writing to a string never fails.
    let _ = write!(line, r#"{{"timestamp":"{}","level":"{}""#, system_time(), metadata.level());
    if [REQUEST, INVOCATION].contains(&metadata.target()) {
        // It is always the same. The outcome says more.
        own.0.retain(|(name, _)| *name != MESSAGE);
    } else {
        let _ = write!(line, r#","target":"{}""#, metadata.target());
    }
    if let Some(span) = span
        && let Some(fields) = span.extensions().get::<Fields>()
    {
        let hidden = |name: &str| own.0.iter().any(|(own, _)| *own == name);
        fields.0.iter().filter(|(name, _)| !hidden(name)).for_each(|field| write_field(&mut line, field));
    }
    own.0.iter().for_each(|field| write_field(&mut line, field));
    line.push_str("}\n");
    line
}

fn write_field(line: &mut String, (name, value): &(&str, Written)) {
    let _ = match value {
        Written::Members(members) => write!(line, ",{members}"),
        Written::Json(json) => write!(line, r#","{name}":{json}"#),
    };
}

/// A field's value.
enum Written {
    /// A JSON value.
    Json(String),
    /// Members of a JSON object, without its braces.
    Members(String),
}

/// Fields by name. Each name occurs once, with the last value that was recorded.
#[derive(Default)]
struct Fields(Vec<(&'static str, Written)>);

impl Fields {
    fn set(&mut self, field: &Field, value: Written) {
        let name = field.name();
        if name == FUNCTION {
            return;
        }
        match self.0.iter_mut().find(|(recorded, _)| *recorded == name) {
            Some((_, recorded)) => *recorded = value,
            None => self.0.push((name, value)),
        }
    }

    fn set_json(&mut self, field: &Field, value: impl Into<Value>) {
        self.set(field, Written::Json(value.into().to_string()));
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == METRICS {
            self.set(field, Written::Members(value.into()));
        } else {
            self.set_json(field, value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set_json(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set_json(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set_json(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set_json(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set_json(field, format!("{value:?}"));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::json;
    use tracing::{field::Empty, subscriber::with_default};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Keeps what is written to it.
    #[derive(Clone, Default)]
    pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Makes a writer for each line.
    pub(crate) type Writer = Box<dyn Fn() -> Buffer + Send + Sync>;

    /// The lines that are written, without their times.
    pub(crate) fn written<S>(subscriber: impl FnOnce(Writer) -> S, work: impl FnOnce()) -> Vec<Value>
    where
        S: Subscriber + Send + Sync + 'static,
    {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        with_default(subscriber(Box::new(move || writer.clone())), work);
        let text = String::from_utf8(buffer.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        let line = |line: &str| {
            let mut value: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            // Reading drops the first of two members with the same name.
            assert_eq!(value.to_string().len(), line.len(), "no field twice: {line}");
            assert!(value.as_object_mut().expect("an object").remove("timestamp").is_some(), "{line}");
            value
        };
        text.lines().map(line).collect()
    }

    #[test]
    fn a_line_has_the_fields_of_its_span_once_each() {
        let registry = |writer| tracing_subscriber::registry().with(Lines::new(writer));
        let lines = written(registry, || {
            let span = tracing::info_span!(
                target: REQUEST, "request", function = "f", requestId = "a\"b\n", keyId = Empty, status = 1
            );
            let _entered = span.enter();
            span.record("keyId", "earlier").record("keyId", "later");
            tracing::info!(target: REQUEST, status = 200, metrics = r#""A":1,"_aws":{}"#, "answered");
            tracing::warn!(target: "web::test", notice = ?Some("a use"), "not written");
        });
        let expected = [
            json!({
                "level": "INFO", "requestId": "a\"b\n", "keyId": "later", "status": 200, "A": 1, "_aws": {},
            }),
            json!({
                "level": "WARN", "target": "web::test", "requestId": "a\"b\n", "keyId": "later", "status": 1,
                "notice": "Some(\"a use\")", "message": "not written",
            }),
        ];
        assert_eq!(lines, expected);
    }
}
