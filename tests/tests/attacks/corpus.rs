//! The cases, as they stand in the file. What is in there and not understood stops the tests.

use std::path::PathBuf;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) static CORPUS: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap();
    file["cases"].as_array().unwrap().iter().map(Case::read).collect()
});

pub(crate) fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/attacks.json")
}

pub(crate) fn case(id: &str) -> &'static Case {
    CORPUS.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("there is no case {id}"))
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub id: String,
    pub scheme: String,
    pub title: String,
    /// What is sent, where the case is a request.
    pub raw: Option<Vec<u8>>,
    pub steps: Vec<Step>,
    /// Settings of its own, as the target takes them.
    pub config: Vec<String>,
    pub control: bool,
    pub reaches_layer: bool,
    pub expect: Expect,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send { id: String, status: u16 },
    SendToken { token: String, status: u16 },
}

#[derive(Clone, Debug)]
pub(crate) struct Expect {
    pub decision: String,
    pub status: u16,
    pub status_also_ok: Vec<u16>,
    pub inner_called: bool,
    pub second_response: Option<u16>,
    pub store_calls: Option<usize>,
    pub rss_growth_max_mib: Option<usize>,
    pub www_authenticate: Option<String>,
    pub www_must_not_contain: Option<String>,
    pub group: Option<String>,
    pub inner_method: Option<String>,
    pub inner_path: Option<String>,
    /// `Some(None)`: the inner service must see no query.
    pub inner_query: Option<Option<String>>,
    pub inner_body: Option<Vec<u8>>,
    pub identity_from_token: bool,
}

impl Case {
    fn read(case: &Value) -> Self {
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        let raw = match (&case["raw_b64"], &case["raw_parts"]) {
            (Value::String(raw), Value::Null) => Some(STANDARD.decode(raw).unwrap()),
            (Value::Null, Value::Array(parts)) => Some(parts.iter().flat_map(part).collect()),
            (Value::Null, Value::Null) => None,
            _ => panic!("{case}: two requests"),
        };
        Self {
            id: text("id"),
            scheme: text("scheme"),
            title: text("title"),
            raw,
            steps: case["steps"].as_array().into_iter().flatten().map(step).collect(),
            config: case["config"].as_object().into_iter().flatten().map(setting).collect(),
            control: case["control"].as_bool().unwrap_or_default(),
            reaches_layer: case["reaches_layer"].as_bool().unwrap_or(true),
            expect: Expect::read(&case["expect"]),
        }
    }

    /// The same case at a server that is set like this, after all.
    pub(crate) fn with_config(&self, setting: &str) -> Self {
        let mut case = self.clone();
        case.config.push(setting.to_owned());
        case
    }

    /// What is sent, as far as it is text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.raw.as_deref().unwrap_or_default()).into_owned()
    }

    /// The first request's method is one whose response has no body.
    pub(crate) fn is_head(&self) -> bool {
        self.raw.as_ref().is_some_and(|raw| raw.starts_with(b"HEAD "))
    }
}

impl Expect {
    fn read(expect: &Value) -> Self {
        for (name, value) in expect.as_object().unwrap() {
            assert!(KNOWN.contains(&name.as_str()), "{name}: nobody looks at it");
            assert!(name != "inner_identity" || value == "from the token only", "{value}: nobody looks at it");
        }
        let text = |name: &str| expect[name].as_str().map(str::to_owned);
        let number = |name: &str| expect[name].as_u64().map(|number| usize::try_from(number).unwrap());
        let status = |value: &Value| u16::try_from(value.as_u64().unwrap()).unwrap();
        Self {
            decision: text("decision").unwrap(),
            status: status(&expect["status"]),
            status_also_ok: expect["status_also_ok"].as_array().into_iter().flatten().map(status).collect(),
            inner_called: expect["inner_called"].as_bool().unwrap(),
            second_response: expect.get("second_response").map(status),
            store_calls: number("store_calls"),
            rss_growth_max_mib: number("rss_growth_max_mib"),
            www_authenticate: text("www_authenticate"),
            www_must_not_contain: text("www_must_not_contain"),
            group: text("identical_response_group"),
            inner_method: text("inner_method"),
            inner_path: text("inner_path"),
            inner_query: expect.get("inner_query").map(|query| query.as_str().map(str::to_owned)),
            inner_body: text("inner_body_b64").map(|body| STANDARD.decode(body).unwrap()),
            identity_from_token: expect.get("inner_identity").is_some(),
        }
    }
}

fn part(part: &Value) -> Vec<u8> {
    match part["b64"].as_str() {
        Some(bytes) => STANDARD.decode(bytes).unwrap(),
        None => {
            let byte = u8::try_from(part["byte"].as_u64().unwrap()).unwrap();
            vec![byte; usize::try_from(part["count"].as_u64().unwrap()).unwrap()]
        }
    }
}

fn step(step: &Value) -> Step {
    let status = u16::try_from(step["status"].as_u64().unwrap()).unwrap();
    match (step["send"].as_str(), step["send_token"].as_str()) {
        (Some(id), None) => Step::Send { id: id.to_owned(), status },
        (None, Some(token)) => Step::SendToken { token: token.to_owned(), status },
        _ => panic!("{step}: a step that nobody understands"),
    }
}

fn setting((key, value): (&String, &Value)) -> String {
    format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// `within_ms` only says that nothing may hang, and nothing may: no answer is waited for longer than the client waits for
/// any. `note` is for the reader.
const KNOWN: [&str; 17] = [
    "decision",
    "identical_response_group",
    "inner_body_b64",
    "inner_called",
    "inner_identity",
    "inner_method",
    "inner_path",
    "inner_query",
    "note",
    "rss_growth_max_mib",
    "second_response",
    "status",
    "status_also_ok",
    "store_calls",
    "within_ms",
    "www_authenticate",
    "www_must_not_contain",
];
