//! What an event's own page shows, each part of it bounded: an event may have a million of anything.

use serde_json::Value;

use crate::event::{self, Fields};
use crate::store::Kept;
use crate::text;

/// How much is shown, in characters: of what is told in a few words, of a message or traceback, and of the whole event.
const LONGEST_FACT: usize = 500;
const LONGEST_TEXT: usize = 20_000;
const LONGEST_JSON: usize = 100_000;
/// How many rows a table has, and how many exceptions and frames of each there are.
const MOST_ROWS: usize = 100;
const MOST_EXCEPTIONS: usize = 10;
const MOST_FRAMES: usize = 50;

/// What an event's own page shows.
pub(crate) struct Details {
    /// More than the title says.
    pub(crate) message: Option<Shown>,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) exceptions: Vec<Exception>,
    /// As one text, as the first clients sent it.
    pub(crate) traceback: Option<Shown>,
    pub(crate) tables: Vec<(&'static str, Vec<(String, String)>)>,
    pub(crate) json: Shown,
}

/// A text, and whether there is more of it.
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) is_cut: bool,
}

pub(crate) struct Exception {
    pub(crate) title: String,
    pub(crate) frames: Vec<Frame>,
}

pub(crate) struct Frame {
    pub(crate) place: String,
    pub(crate) function: String,
    pub(crate) line: String,
}

impl Details {
    pub(crate) fn of(kept: &Kept) -> Self {
        // Only objects are kept; and what cannot be read is shown as it is.
        let event: Fields = serde_json::from_str(&kept.json).unwrap_or_default();
        let pretty = serde_json::to_string_pretty(&event).unwrap_or_else(|_| kept.json.clone());
        let message = event::message(&event).filter(|message| *message != kept.row.summary.title);
        Self {
            message: message.map(Shown::text),
            facts: facts(&event, kept),
            exceptions: exceptions(&event),
            traceback: event::text_of(&event, &["traceback"]).map(Shown::text),
            tables: [("Tags", "tags"), ("Extra", "extra"), ("Modules", "modules")]
                .into_iter()
                .map(|(title, name)| (title, pairs(event.get(name))))
                .filter(|(_, pairs)| !pairs.is_empty())
                .collect(),
            json: Shown::new(&pretty, LONGEST_JSON),
        }
    }
}

impl Shown {
    fn new(text: &str, limit: usize) -> Self {
        let (text, is_cut) = text::cut(text, limit);
        Self { text, is_cut }
    }

    fn text(text: &str) -> Self {
        Self::new(text, LONGEST_TEXT)
    }
}

fn facts(event: &Fields, kept: &Kept) -> Vec<(&'static str, String)> {
    let request = ["request", "sentry.interfaces.Http"].iter().find_map(|name| event.get(*name)?.as_object());
    let url = request.map(|request| {
        let method = event::text_of(request, &["method"]).unwrap_or_default();
        format!("{method} {}", event::text_of(request, &["url"]).unwrap_or_default())
    });
    let url = url.filter(|url| url != " ").or_else(|| event::text_of(event, &["url"]).map(str::to_owned));
    let told = |names: &[&str]| event::text_of(event, names).map(str::to_owned);
    [
        ("Received", Some(kept.row.received_at.to_string())),
        ("Sent", event.get("timestamp").map(plain)),
        ("Key", Some(kept.key_id.clone())),
        ("Logger", told(&["logger"])),
        ("Culprit", told(&["culprit", "view"])),
        ("Server", told(&["server_name"])),
        ("Request", url),
        ("Site", told(&["site"])),
        ("Platform", told(&["platform"])),
        ("Release", told(&["release"])),
        ("Environment", told(&["environment"])),
        ("Event id", told(&["event_id", "message_id"])),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some((name, text::one_line(&fact?, LONGEST_FACT))))
    .filter(|(_, fact)| !fact.is_empty())
    .collect()
}

fn exceptions(event: &Fields) -> Vec<Exception> {
    let stack = |fields: &Fields| {
        ["stacktrace", "sentry.interfaces.Stacktrace"].iter().find_map(|name| frames(fields.get(*name)?))
    };
    let mut exceptions: Vec<Exception> = event::exceptions(event)
        .take(MOST_EXCEPTIONS)
        .map(|raised| {
            let title = [event::text_of(raised, &["type"]), event::text_of(raised, &["value"])];
            let title: Vec<&str> = title.into_iter().flatten().collect();
            Exception {
                title: text::one_line(&title.join(": "), LONGEST_FACT),
                frames: stack(raised).unwrap_or_default(),
            }
        })
        .filter(|exception| !exception.title.is_empty() || !exception.frames.is_empty())
        .collect();
    // Where there is one stack for the whole event, it is that of what was raised last.
    if let Some(frames) = stack(event) {
        match exceptions.first_mut() {
            Some(raised) if raised.frames.is_empty() => raised.frames = frames,
            Some(_) => {}
            None => exceptions.push(Exception { title: event::exception(event).unwrap_or_default(), frames }),
        }
    }
    exceptions
}

/// The innermost frames of a stack, the innermost last, as Python writes them.
fn frames(stack: &Value) -> Option<Vec<Frame>> {
    let frames = stack.get("frames")?.as_array()?;
    let innermost = frames.iter().skip(frames.len().saturating_sub(MOST_FRAMES)).filter_map(Value::as_object);
    let line = |text: &str| text::one_line(text, LONGEST_FACT);
    let frames = innermost.map(|frame| {
        let file = event::text_of(frame, &["filename", "abs_path", "module"]).unwrap_or("?");
        let number = frame.get("lineno").and_then(Value::as_u64).map(|number| format!(":{number}"));
        Frame {
            place: line(&format!("{file}{}", number.unwrap_or_default())),
            function: line(event::text_of(frame, &["function"]).unwrap_or_default()),
            line: line(event::text_of(frame, &["context_line"]).unwrap_or_default()),
        }
    });
    Some(frames.collect())
}

/// The fields of an object, or a list of pairs.
fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let pair =
        |name: &str, value: &Value| (text::one_line(name, LONGEST_FACT), text::one_line(&plain(value), LONGEST_FACT));
    match value {
        Some(Value::Object(fields)) => fields.iter().take(MOST_ROWS).map(|(name, value)| pair(name, value)).collect(),
        Some(Value::Array(items)) => {
            let named = |item: &Value| match item.as_array().map(Vec::as_slice) {
                Some([name, value]) => Some(pair(&plain(name), value)),
                _ => None,
            };
            items.iter().take(MOST_ROWS).filter_map(named).collect()
        }
        _ => Vec::new(),
    }
}

/// A text without quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
