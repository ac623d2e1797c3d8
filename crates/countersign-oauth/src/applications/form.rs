//! What admins send, judged.

use countersign::gate::Origin;
use countersign_core::oauth::{ApiApplication, UriList};
use serde_json::{Map, Value, json};

use crate::RedirectUri;

/// The most entries of a list.
const MAX_ENTRIES: usize = 100;

/// The most bytes of an origin, as in the original, and of a name.
const MAX_LENGTH: usize = 255;

/// What is to be kept of an application.
#[derive(Debug)]
pub(super) struct ApplicationForm {
    pub(super) allowed_origins: UriList,
    pub(super) redirect_uris: UriList,
    /// `None` where nothing is said of it.
    pub(super) name: Option<Box<str>>,
}

impl ApplicationForm {
    /// Reads `{"allowedOrigins": […], "redirectUris": […]}`, both required, and a `name`, which the original does not have.
    ///
    /// An error is what to answer: for each field what is wrong with it.
    pub(super) fn read(body: &[u8]) -> Result<Self, Value> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
            return Err(json!({ "detail": "The body is no JSON object." }));
        };
        let mut errors = Map::new();
        let mut list = |name: &'static str, normal: fn(&str) -> Result<String, String>| {
            let read = read_list(fields.get(name), normal);
            read.map_err(|message| errors.insert(name.to_owned(), json!([message]))).unwrap_or_default()
        };
        let allowed_origins = list("allowedOrigins", |text| match text.parse::<Origin>() {
            Ok(origin) if matches!(origin.scheme(), "http" | "https") => Ok(origin.to_string()),
            _ => Err("not an origin, as https://app.example".to_owned()),
        });
        let redirect_uris = list("redirectUris", |uri| match uri.parse::<RedirectUri>() {
            Ok(uri) => Ok(uri.as_str().to_owned()),
            Err(invalid) => Err(invalid.to_string()),
        });
        let name = match fields.get("name") {
            None => None,
            Some(Value::String(name)) if name.len() <= MAX_LENGTH && !name.chars().any(is_hidden) => {
                Some(name.trim().into())
            }
            Some(_) => {
                let message = "A name is a text of at most 255 bytes, without control characters.";
                errors.insert("name".to_owned(), json!([message]));
                None
            }
        };
        if errors.is_empty() { Ok(Self { allowed_origins, redirect_uris, name }) } else { Err(Value::Object(errors)) }
    }
}

/// What the consent page would show as something else than it is: control characters, and those that turn text round.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn read_list(value: Option<&Value>, normal: fn(&str) -> Result<String, String>) -> Result<UriList, String> {
    let entries = match value {
        None => return Err("This field is required.".to_owned()),
        Some(Value::Array(entries)) if entries.len() <= MAX_ENTRIES => entries,
        Some(Value::Array(_)) => return Err(format!("There are more than {MAX_ENTRIES} entries.")),
        Some(_) => return Err("Expected a list of items.".to_owned()),
    };
    let mut list = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            Value::String(text) if text.len() > MAX_LENGTH => {
                return Err("An entry has more than 255 bytes.".to_owned());
            }
            Value::String(text) => list.push(normal(text)?),
            _ => return Err("Not a valid string.".to_owned()),
        }
    }
    UriList::new(list).map_err(|invalid| invalid.to_string())
}

/// The application as admins see it.
pub(super) fn shown(application: &ApiApplication) -> Value {
    let mut shown = json!({
        "id": application.client_id,
        "allowedOrigins": application.allowed_origins.iter().collect::<Vec<_>>(),
        "redirectUris": application.redirect_uris.iter().collect::<Vec<_>>(),
    });
    if let (false, Some(fields)) = (application.name.is_empty(), shown.as_object_mut()) {
        fields.insert("name".to_owned(), (*application.name).into());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_kept_in_normal_form() {
        let form = ApplicationForm::read(
            br#"{"allowedOrigins": ["HTTPS://App.test:443"], "redirectUris": ["https://App.test", "https://app.test/"]}"#,
        );
        let form = form.unwrap();
        assert_eq!(form.allowed_origins.to_string(), "https://app.test");
        assert_eq!(form.redirect_uris.to_string(), "https://app.test/");
        assert_eq!(form.name, None);
        let empty =
            ApplicationForm::read(br#"{"allowedOrigins": [], "redirectUris": [], "name": " toolbar "}"#).unwrap();
        assert!(empty.allowed_origins.is_empty() && empty.redirect_uris.is_empty());
        assert_eq!(empty.name.as_deref(), Some("toolbar"));
    }

    #[test]
    fn every_fault_is_named_by_its_field() {
        let long = format!(r#"{{"allowedOrigins": [], "redirectUris": ["https://app.test/{}"]}}"#, "a".repeat(255));
        let many = json!({ "allowedOrigins": vec!["https://a.test"; 101], "redirectUris": [] }).to_string();
        let cases: [(&str, &[&str]); 14] = [
            ("{}", &["allowedOrigins", "redirectUris"]),
            (r#"{"allowedOrigins": []}"#, &["redirectUris"]),
            (r#"{"allowedOrigins": "x", "redirectUris": {}}"#, &["allowedOrigins", "redirectUris"]),
            (r#"{"allowedOrigins": [1], "redirectUris": [null]}"#, &["allowedOrigins", "redirectUris"]),
            (r#"{"allowedOrigins": ["*"], "redirectUris": []}"#, &["allowedOrigins"]),
            (r#"{"allowedOrigins": ["https://a.test/x"], "redirectUris": []}"#, &["allowedOrigins"]),
            (r#"{"allowedOrigins": ["ftp://a.test"], "redirectUris": []}"#, &["allowedOrigins"]),
            (r#"{"allowedOrigins": [], "redirectUris": ["http://a.test/"]}"#, &["redirectUris"]),
            (r#"{"allowedOrigins": [], "redirectUris": ["https://a.test/\nhttps://b.test/"]}"#, &["redirectUris"]),
            (r#"{"allowedOrigins": [], "redirectUris": [], "name": "a\u202eb"}"#, &["name"]),
            (&long, &["redirectUris"]),
            (&many, &["allowedOrigins"]),
            ("[]", &["detail"]),
            ("{", &["detail"]),
        ];
        for (body, fields) in cases {
            let errors = ApplicationForm::read(body.as_bytes()).unwrap_err();
            let named: Vec<_> = errors.as_object().unwrap().keys().collect();
            assert_eq!(named, fields, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in "[\\[\\]{}\",:a-zA-Z0-9\\\\]{0,80}") {
            let _ = ApplicationForm::read(body.as_bytes());
        }
    }
}
