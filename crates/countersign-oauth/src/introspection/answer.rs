//! What an introspection endpoint says, judged.

use std::time::{Duration, SystemTime};

use countersign::{Scope, TokenInfo};
use serde_json::{Map, Value};

/// Reads a response (RFC 7662 §2.2); an error says what is wrong with it, in words that repeat nothing of it.
pub(super) fn read(body: &[u8], audience: Option<&str>) -> Result<Option<TokenInfo>, &'static str> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Err("it is no JSON object") };
    match fields.get("active") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Ok(None),
        _ => return Err("`active` is neither true nor false"),
    }
    // A token that proves something only together with a key (RFC 9449, RFC 8705) is worth nothing to who merely bears it.
    let borne = text(&fields, "token_type")?.is_none_or(|kind| kind.eq_ignore_ascii_case("Bearer"));
    if !borne || fields.get("cnf").is_some_and(|confirmation| !confirmation.is_null()) {
        return Ok(None);
    }
    if audience.is_some_and(|own| !is_for(fields.get("aud"), own)) {
        return Ok(None);
    }
    let client_id = text(&fields, "client_id")?;
    let subject = text(&fields, "sub")?.or(client_id).filter(|subject| !subject.is_empty());
    let info = TokenInfo::new(subject.ok_or("there is neither `sub` nor `client_id`")?);
    let scope = text(&fields, "scope")?
        .unwrap_or_default()
        .parse::<Scope>()
        .map_err(|_| "`scope` is no list of scope-tokens")?;
    let info = info.with_scope(scope);
    let info = client_id.into_iter().fold(info, |info, id| info.with_client_id(id));
    let info = text(&fields, "organization")?.into_iter().fold(info, |info, name| info.with_organisation(name));
    let info = text(&fields, "jti")?.into_iter().fold(info, |info, id| info.with_id(id));
    let info = time(&fields, "exp")?.into_iter().fold(info, TokenInfo::with_expires_at);
    let info = time(&fields, "iat")?.into_iter().fold(info, TokenInfo::with_created_at);
    Ok(Some(time(&fields, "nbf")?.into_iter().fold(info, TokenInfo::with_not_before)))
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, &'static str> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err("a field that is a text is none"),
    }
}

fn time(fields: &Map<String, Value>, name: &str) -> Result<Option<SystemTime>, &'static str> {
    let seconds = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(seconds) => seconds.as_u64().ok_or("a time is no whole number of seconds")?,
    };
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    time.map(Some).ok_or("a time is beyond all that is counted")
}

/// RFC 7519 §4.1.3: one audience, or several.
fn is_for(audience: Option<&Value>, own: &str) -> bool {
    match audience {
        Some(Value::String(audience)) => audience == own,
        Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some(own)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_said_of_an_active_token_is_kept() {
        let body = br#"{"active": true, "sub": "ada", "client_id": "toolbar", "organization": "acme", "scope": "a b",
            "token_type": "bearer", "exp": 20, "iat": 10, "nbf": 15, "jti": "7", "aud": "x", "ext": {"y": 1}}"#;
        let info = read(body, None).unwrap().unwrap();
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!((info.subject(), info.client_id(), info.organisation()), ("ada", Some("toolbar"), Some("acme")));
        assert_eq!((info.scope().to_string(), info.id()), ("a b".to_owned(), Some("7")));
        assert_eq!((info.expires_at(), info.created_at(), info.not_before()), (at(20), at(10), at(15)));
        let client = read(br#"{"active": true, "client_id": "cron"}"#, None).unwrap().unwrap();
        assert_eq!((client.subject(), client.scope().is_empty()), ("cron", true));
    }

    #[test]
    fn what_is_no_bearers_or_not_for_us_is_no_token() {
        let cases: [(&[u8], Option<&str>); 7] = [
            (br#"{"active": false}"#, None),
            (br#"{"active": false, "sub": 7}"#, None),
            (br#"{"active": true, "sub": "a", "token_type": "DPoP"}"#, None),
            (br#"{"active": true, "sub": "a", "cnf": {"jkt": "x"}}"#, None),
            (br#"{"active": true, "sub": "a"}"#, Some("us")),
            (br#"{"active": true, "sub": "a", "aud": ["them", 7]}"#, Some("us")),
            (br#"{"active": true, "sub": "a", "aud": "usx"}"#, Some("us")),
        ];
        for (body, audience) in cases {
            assert!(read(body, audience).unwrap().is_none(), "{}", String::from_utf8_lossy(body));
        }
        for aud in ["\"us\"", "[\"them\", \"us\"]"] {
            let body = format!("{{\"active\": true, \"sub\": \"a\", \"aud\": {aud}}}");
            assert!(read(body.as_bytes(), Some("us")).unwrap().is_some());
        }
    }

    #[test]
    fn what_cannot_be_understood_is_an_error() {
        let cases = [
            "",
            "[]",
            "null",
            "{}",
            "{\"active\": 1}",
            "{\"active\": \"true\"}",
            "{\"active\": true}",
            "{\"active\": true, \"sub\": \"\"}",
            "{\"active\": true, \"sub\": 7}",
            "{\"active\": true, \"sub\": \"a\", \"scope\": [\"x\"]}",
            "{\"active\": true, \"sub\": \"a\", \"scope\": \"\\u0000\"}",
            "{\"active\": true, \"sub\": \"a\", \"exp\": \"20\"}",
            "{\"active\": true, \"sub\": \"a\", \"exp\": -1}",
            "{\"active\": true, \"sub\": \"a\", \"exp\": 1.5}",
            "{\"active\": true, \"sub\": \"a\", \"exp\": 18446744073709551615}",
            "{\"active\": true, \"sub\": \"a\", \"organization\": 7}",
            "{\"active\": true, \"sub\": \"a\", \"token_type\": 7}",
            "{\"active\": true} x",
        ];
        for body in cases {
            assert!(read(body.as_bytes(), None).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_an_active_object_is_a_token(body in "[{}\\[\\]\":, a-z0-9.-]{0,60}") {
            let said_so = serde_json::from_str::<Value>(&body).is_ok_and(|value| value["active"] == true);
            prop_assert!(said_so || !matches!(read(body.as_bytes(), None), Ok(Some(_))));
        }
    }
}
