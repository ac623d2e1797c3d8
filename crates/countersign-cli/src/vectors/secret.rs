//! The key of a vector.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign::hmac::KeyDecoding;
use countersign_core::{KeyId, Secret};
use serde_json::Value;

/// A secret, and the key id it is asked for by, where there is one.
pub(super) struct Key {
    pub(super) id: Option<KeyId>,
    /// `None` where it is empty: such a key verifies nothing.
    pub(super) secret: Option<Secret>,
}

impl Key {
    /// Reads `secret`: a text, or an object with it as `serialized` (as its owner stores it), `utf8`, `base64` or `hex`.
    /// What is not repeated in an error is the secret.
    pub(super) fn read(json: &Value, decoding: KeyDecoding) -> Result<Self, String> {
        let id = id(json).map(|id| KeyId::new(id).map_err(|error| error.to_string())).transpose()?;
        let secret = Secret::new(stored(json, decoding)?).ok();
        Ok(Self { id, secret })
    }
}

fn id(json: &Value) -> Option<&str> {
    ["id", "client_token"].iter().find_map(|name| json.get(name)?.as_str())
}

/// The secret as a store has it: a format that spells keys in base64 or hexadecimal finds them so there.
fn stored(json: &Value, decoding: KeyDecoding) -> Result<Vec<u8>, String> {
    if let Some(text) = json.as_str() {
        return Ok(text.into());
    }
    let form = |name: &str| json.get(name).and_then(Value::as_str);
    if let Some(text) = form("serialized").or_else(|| form("utf8")) {
        return Ok(text.into());
    }
    let (text, key) = if let Some(text) = form("base64") {
        (text, BASE64_STANDARD.decode(text).map_err(|_| "its secret's `base64` is none")?)
    } else if let Some(text) = form("hex") {
        (text, hex::decode(text).map_err(|_| "its secret's `hex` is none")?)
    } else {
        return Err("its secret has neither `serialized`, `utf8`, `base64` nor `hex`".to_owned());
    };
    Ok(match decoding {
        KeyDecoding::Base64 { .. } => BASE64_STANDARD.encode(key).into(),
        KeyDecoding::Hex if form("base64").is_none() => text.into(),
        KeyDecoding::Hex => hex::encode(key).into(),
        _ => key,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_what_the_store_of_its_format_has() {
        let whsec = KeyDecoding::Base64 { prefix: "whsec_" };
        for (json, decoding, expected) in [
            (json!("text"), KeyDecoding::Raw, "text"),
            (json!({"utf8": "AP8="}), KeyDecoding::Raw, "AP8="),
            (json!({"serialized": "whsec_YQ==", "base64": "Yg=="}), whsec, "whsec_YQ=="),
            (json!({"base64": "YQ=="}), KeyDecoding::Raw, "a"),
            (json!({"base64": "YQ=="}), whsec, "YQ=="),
            (json!({"base64": "YQ=="}), KeyDecoding::Hex, "61"),
            (json!({"hex": "6A"}), KeyDecoding::Raw, "j"),
            (json!({"hex": "6A"}), KeyDecoding::Hex, "6A"),
            (json!({"hex": "61"}), whsec, "YQ=="),
        ] {
            assert_eq!(stored(&json, decoding), Ok(expected.into()), "{json} {decoding:?}");
        }
        for json in [json!({"id": "a"}), json!({"base64": "?"}), json!({"hex": "0"}), json!(null)] {
            let error = Key::read(&json, KeyDecoding::Raw).err().unwrap();
            assert!(!error.contains('?'), "{error}");
        }
        assert!(Key::read(&json!({"utf8": ""}), KeyDecoding::Raw).unwrap().secret.is_none());
    }
}
