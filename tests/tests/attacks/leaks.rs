//! What is logged and answered while the whole corpus passes by.

use std::collections::BTreeSet;

use countersign::hmac::schemes::UstudioV2;
use countersign::{
    BearerTokenLayer, HmacAuthLayer, MemoryStore, PresentedToken, Secret, SecretVersion, Secrets, SentrySignatureLayer,
    TokenInfo,
};
use countersign_tests::Inner;
use tower::Layer as _;

use crate::Checked;
use crate::corpus::{CORPUS, Case};
use crate::judge::judge;
use crate::target::{Target, scratch};

/// Nothing that is logged at TRACE has a secret, a token or a signature in it.
pub(crate) fn trace() -> Checked {
    let needles = needles();
    if needles.len() < 60 {
        return Err(format!("only {} things to look for", needles.len()));
    }
    for scheme in ["bearer", "sentry-legacy", "standard-webhooks", "ustudio-hmac-v2"] {
        let path = scratch(&format!("trace-{scheme}.log"));
        let target = Target::start_with(scheme, &[], &crate::corpus::path(), Some(&path));
        let cases: Vec<&Case> = CORPUS.iter().filter(|case| case.scheme == scheme && case.raw.is_some()).collect();
        for case in &cases {
            if !SLOW.contains(&case.id.as_str()) {
                target.attack(case)?;
            }
        }
        drop(target);
        let log = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let refusals = log.matches("countersign::rejection").count();
        if refusals < cases.len() / 2 {
            return Err(format!("{scheme}: only {refusals} refusals were logged"));
        }
        let leaked: Vec<&String> = needles.iter().filter(|needle| log.contains(*needle)).collect();
        if !leaked.is_empty() {
            return Err(format!("{scheme}: logged {leaked:?}"));
        }
        // The search itself finds what is there.
        let planted = cases.iter().filter(|case| needles.iter().any(|needle| case.text().contains(needle))).count();
        if planted < cases.len() / 2 {
            return Err(format!("{scheme}: of what is presented only {planted} would be found"));
        }
    }
    Ok(())
}

/// No refusal says more than its fixed text. That each has one is judged with every case: here all of them come from servers
/// that everything has passed, and there have to be enough.
pub(crate) fn bodies() -> Checked {
    let mut refusals = 0;
    for scheme in ["bearer", "sentry-legacy", "standard-webhooks", "ustudio-hmac-v2"] {
        let target = Target::start(scheme, &[]);
        for case in CORPUS.iter().filter(|case| case.scheme == scheme && case.raw.is_some()) {
            if SLOW.contains(&case.id.as_str()) {
                continue;
            }
            let outcome = target.attack(case)?;
            refusals += outcome.answers.iter().filter(|answer| answer.status >= 400).count();
            if let Some(fault) = judge(case, &outcome).into_iter().find(|(what, _)| ["body", "head"].contains(what)) {
                return Err(format!("{}: {fault:?}", case.id));
            }
        }
    }
    if refusals > 100 { Ok(()) } else { Err(format!("only {refusals} refusals")) }
}

/// Nothing that holds a secret or a token prints it.
pub(crate) fn debug() -> Checked {
    let canary = "canary-0123456789abcdef";
    let secret = Secret::new(canary).unwrap();
    let version = SecretVersion::new(secret.clone()).with_label("new");
    let store = MemoryStore::new().with_secret("key", secret.clone()).with_token(canary, TokenInfo::new("ada"));
    let token = PresentedToken::new(canary);
    let inner = Inner::new;
    let (signed, sentry) =
        (HmacAuthLayer::new(UstudioV2::new(), secret.clone()), SentrySignatureLayer::new(secret.clone()));
    let bearer = BearerTokenLayer::new(store.clone());
    let printed = [
        format!("{:?}", Secrets::from(version.clone())),
        format!("{version:?}{:?}", Secrets::from_raw([canary])),
        format!("{store:?}{token:?}{secret:?}"),
        format!("{signed:?}{:?}{:?}", signed.authenticator(), signed.layer(inner())),
        format!("{sentry:?}{:?}{:?}", sentry.authenticator(), sentry.layer(inner())),
        format!("{bearer:?}{:?}{:?}", bearer.authenticator(), bearer.layer(inner())),
        format!("{:?}", signed.clone().or(bearer.clone())),
    ];
    let bytes = format!("{:?}", canary.as_bytes());
    let leaks = |text: &str| text.contains(canary) || text.contains(bytes.trim_matches(['[', ']']));
    if !leaks(&format!("{:?}", Some(canary.as_bytes()))) || !leaks(&format!("{:?}", Some(canary))) {
        return Err("a leak would not be found".into());
    }
    match printed.iter().find(|text| leaks(text) || text.is_empty()) {
        Some(text) => Err(text.clone()),
        None => Ok(()),
    }
}

/// Secrets and tokens of the fixtures, and all tokens and signatures that are presented. The secret `secret` is left out,
/// which is a word like any other.
fn needles() -> BTreeSet<String> {
    let fixtures = countersign_tests::attack::Fixtures::read(&crate::corpus::path()).unwrap();
    let tables = ["hmac_keys", "bearer_tokens", "sentry_keys"].map(|table| fixtures.table(table).unwrap());
    let webhook = fixtures.text("webhook_secret").unwrap();
    let held = tables.into_iter().flat_map(|table| table.into_values()).filter(|text| text.len() > 6);
    let heads = CORPUS.iter().map(Case::text);
    let presented = heads.flat_map(|raw| {
        let head = raw.split("\r\n\r\n").next().unwrap_or_default().to_owned();
        let words =
            head.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '/'))).map(str::to_owned);
        words.filter(|word| word.len() >= 38 && word.bytes().any(|b| b.is_ascii_digit())).collect::<Vec<_>>()
    });
    held.chain([webhook]).chain(presented).collect()
}

/// Takes its time, and is logged like any other.
const SLOW: [&str; 1] = ["C06-stalled"];
