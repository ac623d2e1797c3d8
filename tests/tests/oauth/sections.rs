//! No section of Sentry's rows is passed over: each is read by a test, or has its reason not to be.

use std::path::Path;

use serde_json::Value;

const READ: &[(&str, &str)] = &[
    ("bearer", "tokens/sentry_api.rs"),
    ("cors_is_valid_origin", "gates/sentry_rows.rs"),
    ("oauth_implicit_redirect", "oauth/sentry_rows.rs"),
    ("org_tokens", "token_formats.rs"),
    ("pkce", "oauth/sentry_rows.rs"),
    ("redirect_uris", "oauth/sentry_rows.rs"),
    ("rpc_signature", "schemes/sentry_rpc.rs"),
    ("toolbar_is_origin_allowed", "gates/sentry_rows.rs"),
    ("user_tokens", "token_formats.rs"),
];

const NOT_READ: &[(&str, &str)] = &[
    ("about", "says what produced the file"),
    ("django", "a version"),
    ("drf", "a version"),
    ("now", "the clock, which the tests of the rows set"),
    ("relay_signature", "Ed25519: a public key, where everything here has a shared secret"),
    ("service_rpc_signature", "covers the body alone, so that what was sent to one path is good at every other"),
];

/// What is wrong with the lists.
fn faults(file: &Value) -> Vec<String> {
    let listed = || READ.iter().chain(NOT_READ).map(|(section, _)| *section);
    let mut faults = Vec::new();
    for section in file.as_object().unwrap().keys() {
        if listed().filter(|listed| listed == section).count() != 1 {
            faults.push(format!("{section}: not listed once"));
        }
    }
    faults.extend(listed().filter(|section| file.get(section).is_none()).map(|gone| format!("{gone}: is not there")));
    for (section, test) in READ {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(test);
        let source = std::fs::read_to_string(path).unwrap();
        if !source.contains("sentry-dev-toolbar.json") || !source.contains(&format!("\"{section}\"")) {
            faults.push(format!("{section}: {test} does not read it"));
        }
    }
    faults
}

#[test]
fn every_section_is_read_or_has_a_reason_not_to_be() {
    let mut file: Value = serde_json::from_str(include_str!("../../vectors/sentry-dev-toolbar.json")).unwrap();
    assert_eq!(faults(&file), Vec::<String>::new());
    file["planted"] = Value::Null;
    assert_eq!(faults(&file), ["planted: not listed once"]);
}
