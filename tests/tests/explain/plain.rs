//! What needs no search.

use std::time::Duration;

use countersign::explain::{Doctor, Explanation, Finding};
use countersign::hmac::Coverage;
use countersign::{AuthErrorKind, KeyId, Secrets};

use crate::plant::{Plant, Sent, assert_named, names};

fn refusals(explanation: &Explanation) -> Vec<(AuthErrorKind, String)> {
    let refusal = |finding: &Finding| match finding {
        Finding::Refusal(refusal) => Some((refusal.kind(), refusal.to_string())),
        _ => None,
    };
    explanation.findings().iter().filter_map(refusal).collect()
}

#[track_caller]
fn assert_refused(explanation: &Explanation, kind: AuthErrorKind, text: &str) {
    assert!(!explanation.verifies());
    assert_eq!(refusals(explanation), [(kind, text.to_owned())], "{explanation}");
    assert!(explanation.to_string().contains(text));
}

#[test]
fn a_request_that_verifies_may_be_a_replay_where_times_are_signed() {
    for (scheme, row, timed) in
        [("stripe", "basic-json", true), ("hawk", "post-json-hash", true), ("github", "basic-json", false)]
    {
        let explanation = Sent::of(scheme, row).explained();
        assert!(explanation.verifies() && explanation.is_complete());
        assert_eq!(matches!(explanation.findings(), [Finding::ReplayUnknown]), timed, "{explanation}");
        assert_eq!(explanation.to_string().contains("seen before"), timed);
    }
}

#[test]
fn credentials_that_are_missing_or_malformed_are_said_to_be() {
    let mut sent = Sent::of("github", "basic-json");
    sent.set_field("x-hub-signature-256", "sha256=abc");
    assert_refused(
        &sent.explained(),
        AuthErrorKind::MalformedCredentials,
        "the signature is not spelled as the format has it",
    );
    let value = sent.field("x-hub-signature-256").parse().unwrap();
    sent.head.headers.append("x-hub-signature-256", value);
    let explanation = sent.explained();
    assert_eq!(refusals(&explanation)[0].0, AuthErrorKind::SeveralCredentials);
    sent.head.headers.remove("x-hub-signature-256");
    let explanation = sent.explained();
    let text = "there are no credentials of this format; they stand in x-hub-signature-256";
    assert_refused(&explanation, AuthErrorKind::MissingCredentials, text);
    assert_eq!(explanation.work().macs(), 0, "there is nothing to look for");
    sent.set_field("x-hub-signature-256", &"a".repeat(9000));
    assert_eq!(refusals(&sent.explained())[0].0, AuthErrorKind::CredentialsTooLong);
}

#[test]
fn a_clock_that_is_wrong_is_measured() {
    let mut sent = Sent::of("stripe", "basic-json");
    sent.now += Duration::from_secs(3725);
    let explanation = sent.explained();
    let text = "it was signed 3725 s (1 h 2 min 5 s) ago, and 300 s (5 min) are allowed";
    assert_refused(&explanation, AuthErrorKind::Stale, text);
    assert!(explanation.signature_holds());
    sent.now -= Duration::from_secs(3725 + 90);
    let text = "it was signed 90 s (1 min 30 s) from now, and 60 s (1 min) are allowed";
    assert_refused(&sent.explained(), AuthErrorKind::FromTheFuture, text);
    let lenient = Doctor::new(&*sent.scheme).with_leeway(Duration::ZERO, Duration::from_secs(90));
    assert!(sent.explained_by(&lenient).verifies());
}

#[test]
fn credentials_in_the_body_are_no_more_shown_than_those_in_the_head() {
    let mut sent = Sent::of("mailgun", "json-0");
    assert!(sent.explained().verifies(), "{}", sent.explained());
    let body = String::from_utf8(sent.body.clone()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    let signature = json["signature"]["signature"].as_str().unwrap();
    sent.secret.push(b'\n');
    let said = format!("{0}{0:?}", sent.explained());
    assert!(said.contains("secret-trimmed") && !said.contains(signature), "{said}");
}

#[test]
fn what_is_stale_and_unexplained_is_both() {
    let mut sent = Sent::of("stripe", "basic-json");
    sent.now += Duration::from_secs(86400);
    sent.secret = b"another secret".to_vec();
    let explanation = sent.explained();
    assert_eq!(refusals(&explanation)[0].0, AuthErrorKind::Stale);
    assert!(explanation.to_string().contains("No explanation was found"), "{explanation}");
}

#[test]
fn what_is_stale_and_changed_is_both() {
    let mut sent = Sent::of("stripe", "basic-json");
    sent.now += Duration::from_secs(86400);
    sent.body.push(b'\n');
    let explanation = sent.explained();
    assert_eq!(names(&explanation), ["body-no-final-newline"]);
    assert_eq!(refusals(&explanation)[0].0, AuthErrorKind::Stale);
}

#[test]
fn keys_that_are_unknown_are_said_to_be() {
    let sent = Sent::of("hawk", "post-json-hash");
    let explain = |doctor: Doctor<'_>, secrets| doctor.explain(&sent.head, &sent.body, &secrets, sent.now);
    let explanation = explain(Doctor::new(&*sent.scheme), Secrets::none());
    assert_refused(&explanation, AuthErrorKind::UnknownKey, "the key \"dh37fgj492je\" has no secret");
    let doctor = Doctor::new(&*sent.scheme).with_key_id(KeyId::new("partner").unwrap());
    let text = "the request names the key \"dh37fgj492je\", and the secrets are those of \"partner\"";
    assert_refused(&explain(doctor, sent.secrets()), AuthErrorKind::UnknownKey, text);
}

#[test]
fn what_is_not_covered_is_listed() {
    let sent = Sent::of("stripe", "basic-json");
    let doctor =
        Doctor::new(&*sent.scheme).with_required_components(Coverage::BODY | Coverage::QUERY | Coverage::METHOD);
    let text = "the signature does not cover what it has to: {method, query}";
    assert_refused(&sent.explained_by(&doctor), AuthErrorKind::InsufficientCoverage, text);
    let sent = Sent::of("kong-hmac-auth", "date-only");
    assert_eq!(refusals(&sent.explained())[0].0, AuthErrorKind::InsufficientCoverage);
}

#[test]
fn targets_that_can_be_read_in_two_ways_are_said_to_be() {
    let mut sent = Sent::of("hubspot-v3", "post");
    sent.set_field("host", "other.example.com");
    let text = "the target and Host name different authorities";
    assert_refused(&sent.explained(), AuthErrorKind::AmbiguousTarget, text);
}

#[test]
fn methods_and_secrets_that_do_not_fit_are_said_to_be() {
    let mut sent = Sent::of("sentry-legacy", "utf8");
    sent.head.method = http::Method::PUT;
    assert_eq!(refusals(&sent.explained())[0].0, AuthErrorKind::MethodNotAllowed);
    let mut sent = Sent::of("standard-webhooks", "basic-json");
    sent.secret = b"not base64!".to_vec();
    let text = "a secret of this key is not spelled as its format spells keys";
    assert_refused(&sent.explained(), AuthErrorKind::Misconfigured, text);
}

#[test]
fn a_body_that_its_digest_does_not_fit_is_told_from_a_wrong_signature() {
    let mut sent = Sent::of("hawk", "post-json-hash");
    sent.set_body("something else");
    let text = "the signature holds, and the body is not what the signed digest says";
    assert_refused(&sent.explained(), AuthErrorKind::BadSignature, text);
    sent.secret = b"another secret".to_vec();
    assert!(sent.explained().findings().is_empty());
}

#[test]
fn what_has_to_be_signed_is_shown_without_credentials() {
    let mut sent = Sent::of("aws-sigv4", "session-token");
    sent.head.method = http::Method::from_bytes(b"PURGE").unwrap();
    sent.head.headers.insert("x-amz-date", "20231114T221321Z".parse().unwrap());
    let explanation = sent.explained();
    assert!(explanation.findings().is_empty(), "{explanation}");
    let base = &explanation.signature_bases()[0];
    assert!(
        base.starts_with(
            "AWS4-HMAC-SHA256\\n20231114T221321Z\\n20231114/us-east-1/service/aws4_request\\n<Sha256 of \"PURGE\\n/"
        ),
        "{base}"
    );
    assert!(
        explanation.to_string().contains(base.as_str()) && explanation.to_string().contains("No explanation was found")
    );

    let mut sent = Sent::of("contentful", "post");
    let secret = String::from_utf8(sent.secret.clone()).unwrap();
    sent.set_field("content-type", &format!("before {secret} after"));
    let base = sent.explained().signature_bases()[0].clone();
    assert!(base.contains("before [REDACTED] after") && !base.contains(&secret), "{base}");
}

#[test]
#[should_panic(expected = "[\"body-no-final-newline\"]")]
fn a_plant_under_another_name_is_noticed() {
    assert_named(&[Plant {
        scheme: "github",
        vector: "basic-json",
        signed: None,
        arrived: |sent| sent.body.push(b'\n'),
        named: &["body-final-newline"],
    }]);
}
