//! Each version's rows by the rules of all versions together.

use crate::deviations::*;
use crate::originals::{self, any_rules};

#[tokio::test]
async fn the_views_of_1_x_agree_but_for_what_is_listed() {
    originals::views(any_rules).await.agrees_with(VIEWS, 91);
}

const VIEWS: &[Deviation] = &[
    ("1.13.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.13.5 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-signature", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.13.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.13.5 legacy-ok-default-pickle", NO_FORMAT, PICKLE),
    ("1.13.5 lowercase-scheme", UNAUTHORIZED, NO_FORM),
    ("1.13.5 other-environ-key", UNAUTHORIZED, NO_FORM),
    ("1.13.5 reject-6-decimals", ADMITTED, BOTH_RENDERINGS),
    ("1.13.5 reject-int-ts", ADMITTED, BOTH_RENDERINGS),
    ("1.13.5 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
    ("1.7.5 accept-dup-last-wins", UNAUTHORIZED, ONCE),
    ("1.7.5 accept-exp-ts", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.7.5 accept-inf", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 accept-prefix-SentryFoo", UNAUTHORIZED, WORD),
    ("1.7.5 error-missing-timestamp", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.7.5 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.7.5 legacy-nothing", BAD_CREDENTIALS, KEY_FIRST),
    ("1.7.5 legacy-ok-default-pickle", NO_FORMAT, PICKLE),
    ("1.7.5 lowercase-scheme", UNAUTHORIZED, NO_FORM),
    ("1.7.5 other-environ-key", ADMITTED, BOTH_SPELLINGS),
    ("1.7.5 reject-int-ts", ADMITTED, BOTH_RENDERINGS),
    ("1.7.5 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
    ("1.8.0 accept-far-future", BAD_SIGNATURE, FUTURE),
    ("1.8.0 accept-nan", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 accept-prefix-SentryFoo", UNAUTHORIZED, WORD),
    ("1.8.0 error-empty-values", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-param-no-equals", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-scheme-only", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-trailing-comma", UNAUTHORIZED, FORMER_500),
    ("1.8.0 error-value-with-equals", BAD_SIGNATURE, LATER_EQUALS),
    ("1.8.0 legacy-ok-default-pickle", NO_FORMAT, PICKLE),
    ("1.8.0 other-environ-key", UNAUTHORIZED, NO_FORM),
    ("1.8.0 reject-6-decimals", ADMITTED, BOTH_RENDERINGS),
    ("1.8.0 x-sentry-auth", ADMITTED, X_SENTRY_AUTH),
];

#[tokio::test]
async fn what_clients_of_1_x_sign_is_admitted_but_for_what_is_listed() {
    originals::signing(any_rules).await.agrees_with(SIGNING, 29);
}

const SIGNING: &[Deviation] = &[
    ("1.13.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 1e+16", NO_TIMESTAMP, DECIMAL),
    ("1.7.5 9.99999999999e+11", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1e+12", NO_TIMESTAMP, DECIMAL),
    ("1.8.0 1e+16", NO_TIMESTAMP, DECIMAL),
];

#[tokio::test]
async fn headers_are_read_but_for_what_is_listed() {
    originals::headers(any_rules).await.agrees_with(HEADERS, 23);
}

const HEADERS: &[Deviation] = &[
    ("1.13.5 Foo a=1", UNAUTHORIZED, WORD),
    ("1.13.5 Sentry a", UNAUTHORIZED, FORMER_500),
    ("1.13.5 Sentry a=1=2", ADMITTED, LATER_EQUALS),
    ("1.7.5 Sentry", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry ", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry a", UNAUTHORIZED, FORMER_500),
    ("1.7.5 Sentry a=1\tb=2", ADMITTED, LATER_EQUALS),
    ("1.7.5 Sentry a=1,,b=2", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Foo a=1", UNAUTHORIZED, WORD),
    ("1.8.0 Sentry", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry ", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=\"q,r\"", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=1\tb=2", ADMITTED, LATER_EQUALS),
    ("1.8.0 Sentry a=1,,b=2", UNAUTHORIZED, FORMER_500),
    ("1.8.0 Sentry a=1=2", ADMITTED, LATER_EQUALS),
];

#[tokio::test]
async fn sentry_2_0_agrees_but_for_what_is_listed() {
    originals::sentry_2_0(any_rules).await.agrees_with(SENTRY_2_0, 11);
}

const SENTRY_2_0: &[Deviation] = &[
    ("future-accepted", BAD_SIGNATURE, FUTURE),
    ("malformed-header", UNAUTHORIZED, FORMER_500),
    ("nan-accepted", NO_TIMESTAMP, DECIMAL),
    ("separator-shift", (403, "Bad data decoding request (TypeError, Incorrect padding)"), NO_EVENT),
    ("x-sentry-auth-wins", BAD_REQUEST, BOTH_FIELDS),
];

#[tokio::test]
async fn raven_is_admitted_as_long_as_it_signs() {
    originals::raven(any_rules).await.agrees_with(&[], 8);
}
