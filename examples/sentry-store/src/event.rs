//! What is kept of an event beside its JSON: what a list shows.
//!
//! Clients have had two decades to call things differently, and anybody with a key may send anything: what is not there, or
//! of another type than expected, is left out, and never makes an event refused.

use std::fmt;

use serde_json::{Map, Value};

use crate::text;

/// The JSON object that a message carries.
pub(crate) type Fields = Map<String, Value>;

/// How long a title and an origin may be, in characters.
const LONGEST_LINE: usize = 200;

/// What a list shows of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) level: Level,
    /// One line, never empty.
    pub(crate) title: String,
    /// Where it comes from: what failed, the logger and the server, as far as the client said.
    pub(crate) origin: String,
}

impl Summary {
    pub(crate) fn of(event: &Fields) -> Self {
        let origin: Vec<String> = [["culprit", "view"].as_slice(), &["logger"], &["server_name"]]
            .into_iter()
            .filter_map(|names| text_of(event, names))
            .map(|part| text::one_line(part, LONGEST_LINE))
            .collect();
        let title = message(event).map(str::to_owned).or_else(|| exception(event)).unwrap_or_default();
        let title = match text::one_line(&title, LONGEST_LINE) {
            empty if empty.is_empty() => "(no message)".to_owned(),
            title => title,
        };
        Self { level: Level::of(event.get("level")), title, origin: text::one_line(&origin.join(" · "), LONGEST_LINE) }
    }
}

/// The first of these that is a string with something in it.
pub(crate) fn text_of<'e>(event: &'e Fields, names: &[&str]) -> Option<&'e str> {
    names.iter().filter_map(|name| event.get(*name)?.as_str()).find(|text| !text.trim().is_empty())
}

/// The message, as `message`, or in the interface of that name.
pub(crate) fn message(event: &Fields) -> Option<&str> {
    let inner = ["sentry.interfaces.Message", "logentry"].iter().filter_map(|name| event.get(*name)?.as_object());
    text_of(event, &["message"])
        .or_else(|| inner.into_iter().find_map(|interface| text_of(interface, &["formatted", "message"])))
}

/// The exceptions, the one that was raised last first: clients send them the other way round.
pub(crate) fn exceptions(event: &Fields) -> impl Iterator<Item = &Fields> {
    let exception = ["exception", "sentry.interfaces.Exception"].iter().find_map(|name| event.get(*name));
    let exceptions = match exception {
        Some(Value::Object(object)) => match object.get("values").and_then(Value::as_array) {
            Some(values) => values.iter().filter_map(Value::as_object).collect(),
            None => vec![object],
        },
        Some(Value::Array(values)) => values.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    };
    exceptions.into_iter().rev()
}

/// What was raised: `ValueError: not a number`.
pub(crate) fn exception(event: &Fields) -> Option<String> {
    let raised = exceptions(event).next();
    let kind = raised.and_then(|raised| text_of(raised, &["type"])).or_else(|| text_of(event, &["class_name"]));
    let value = raised.and_then(|raised| text_of(raised, &["value"]));
    match (kind, value) {
        (Some(kind), Some(value)) => Some(format!("{kind}: {value}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// How bad it is, by the numbers of Python's `logging`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Fatal,
}

impl Level {
    /// The level that a client named, or gave as a number; an error unless it did, as Sentry has it.
    fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::Number(number)) => number.as_f64().map_or(Self::Error, Self::of_number),
            Some(Value::String(name)) => match name.trim().to_ascii_lowercase().as_str() {
                "debug" => Self::Debug,
                "info" => Self::Info,
                "warning" | "warn" => Self::Warning,
                "fatal" | "critical" => Self::Fatal,
                other => other.parse().map_or(Self::Error, Self::of_number),
            },
            _ => Self::Error,
        }
    }

    /// Levels between those that have a name count as the lower one.
    fn of_number(number: f64) -> Self {
        match number {
            ..20.0 => Self::Debug,
            ..30.0 => Self::Info,
            ..40.0 => Self::Warning,
            ..50.0 => Self::Error,
            50.0.. => Self::Fatal,
            _ => Self::Error,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

impl From<&str> for Level {
    fn from(name: &str) -> Self {
        Self::of(Some(&Value::from(name)))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summary(event: &Value) -> Summary {
        Summary::of(event.as_object().unwrap())
    }

    #[test]
    fn what_clients_of_every_time_say_is_found() {
        let named =
            json!({"message": "no disk", "level": 30, "culprit": "a in b", "logger": "root", "server_name": "web-1"});
        let expected =
            Summary { level: Level::Warning, title: "no disk".into(), origin: "a in b · root · web-1".into() };
        assert_eq!(summary(&named), expected);
        for (event, title) in [
            (json!({"sentry.interfaces.Exception": {"type": "ValueError", "value": "x"}}), "ValueError: x"),
            (json!({"exception": {"values": [{"type": "First"}, {"type": "Last"}]}}), "Last"),
            (json!({"exception": [{"value": "of no type"}]}), "of no type"),
            (json!({"class_name": "KeyError", "message": " "}), "KeyError"),
            (json!({"logentry": {"formatted": "a b", "message": "a %s"}}), "a b"),
            (json!({"message": ["not a text"], "exception": 1, "culprit": {}, "level": []}), "(no message)"),
            (json!({"message": "two\r\n\tlines\u{0}"}), "two lines"),
            (json!({}), "(no message)"),
        ] {
            assert_eq!(summary(&event).title, title);
        }
        assert_eq!(summary(&json!({"message": "x".repeat(5000)})).title.chars().count(), LONGEST_LINE);
    }

    #[test]
    fn levels_are_numbers_or_names() {
        for (level, expected) in [
            (json!(10), Level::Debug),
            (json!(-5), Level::Debug),
            (json!(25), Level::Info),
            (json!("WARN"), Level::Warning),
            (json!("40"), Level::Error),
            (json!("critical"), Level::Fatal),
            (json!(1e300), Level::Fatal),
            (json!("nan"), Level::Error),
            (json!("?"), Level::Error),
            (json!(null), Level::Error),
        ] {
            assert_eq!(Level::of(Some(&level)), expected, "{level}");
        }
    }
}
