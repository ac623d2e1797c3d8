//! The suites themselves: a store with one fault fails the cases about it, and no other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod faulty;

use countersign_conformance::{Case, nonces, secret_admin, secrets, token_admin, tokens};

use faulty::{Fault, Faulty};

#[test]
fn a_store_without_fault_passes_everything() {
    let harness = Faulty(Fault::None);
    assert_eq!(failing(secrets_of(), &harness), NOTHING);
    assert_eq!(failing(tokens_of(), &harness), NOTHING);
    assert_eq!(failing(nonces_of(), &harness), NOTHING);
    assert_eq!(failing(token_admin_of(), &harness), NOTHING);
    assert_eq!(failing(secret_admin_of(), &harness), NOTHING);
}

#[test]
fn folding_case_is_noticed() {
    assert_eq!(failing(secrets_of(), &Faulty(Fault::FoldCase)), ["key_ids_are_case_sensitive"]);
}

#[test]
fn trimming_is_noticed() {
    assert_eq!(failing(secrets_of(), &Faulty(Fault::TrimBlanks)), ["blanks_around_key_ids_count"]);
}

#[test]
fn cutting_key_ids_off_is_noticed() {
    let expected = ["key_ids_of_255_and_256_bytes_are_told_apart"];
    assert_eq!(failing(secrets_of(), &Faulty(Fault::CutKeyIds)), expected);
}

#[test]
fn ending_key_ids_at_nul_is_noticed() {
    assert_eq!(failing(secrets_of(), &Faulty(Fault::EndAtNul)), ["key_ids_keep_control_characters"]);
}

#[test]
fn forgetting_the_order_of_rotation_is_noticed() {
    assert_eq!(failing(secrets_of(), &Faulty(Fault::ForgetRotation)), ["rotated_secrets_come_newest_first"]);
}

#[test]
fn keeping_text_instead_of_bytes_is_noticed() {
    assert_eq!(failing(secrets_of(), &Faulty(Fault::KeepSecretsAsText)), ["every_byte_of_a_secret_survives"]);
}

#[test]
fn an_error_for_unknown_keys_and_tokens_is_noticed() {
    assert!(failing(secrets_of(), &Faulty(Fault::ErrOnUnknown)).contains(&"unknown_key_id_is_empty"));
    assert!(failing(tokens_of(), &Faulty(Fault::ErrOnUnknown)).contains(&"unknown_token_is_none"));
}

#[test]
fn answering_nothing_on_a_broken_connection_is_noticed() {
    let harness = Faulty(Fault::AnswerWhenBroken);
    assert_eq!(failing(secrets_of(), &harness), ["a_broken_store_errs_and_is_never_empty"]);
    assert_eq!(failing(tokens_of(), &harness), ["a_broken_store_errs_and_is_never_none"]);
    assert_eq!(failing(nonces_of(), &harness), ["a_broken_store_errs_and_is_never_fresh"]);
    assert_eq!(failing(token_admin_of(), &harness), ["a_broken_store_acknowledges_nothing"]);
    assert_eq!(failing(secret_admin_of(), &harness), ["a_broken_store_acknowledges_nothing"]);
}

#[test]
fn rounding_times_up_is_noticed() {
    assert_eq!(failing(tokens_of(), &Faulty(Fault::RoundTimesUp)), ["sub_second_times_are_not_rounded_up"]);
    assert_eq!(failing(token_admin_of(), &Faulty(Fault::RoundTimesUp)), ["times_of_a_token_are_not_rounded_up"]);
}

#[test]
fn keeping_whole_seconds_only_is_noticed() {
    assert_eq!(failing(tokens_of(), &Faulty(Fault::KeepSeconds)), ["sub_second_times_are_not_rounded_up"]);
}

#[test]
fn judging_expiry_is_noticed() {
    assert_eq!(failing(tokens_of(), &Faulty(Fault::JudgeExpiry)), ["an_expired_token_comes_back_unjudged"]);
}

#[test]
fn hiding_revoked_tokens_is_noticed() {
    assert_eq!(failing(tokens_of(), &Faulty(Fault::HideRevoked)), ["a_revoked_token_comes_back_unjudged"]);
}

#[test]
fn forgetting_the_order_of_scopes_is_noticed() {
    assert_eq!(failing(tokens_of(), &Faulty(Fault::SortScopes)), ["scope_order_is_kept"]);
}

#[test]
fn looking_at_the_beginning_of_a_digest_only_is_noticed() {
    let expected = ["digests_of_the_same_beginning_are_told_apart"];
    assert_eq!(failing(tokens_of(), &Faulty(Fault::CutDigests)), expected);
}

#[test]
fn a_second_revocation_that_overwrites_is_noticed() {
    let failing = failing(token_admin_of(), &Faulty(Fault::OverwriteRevocation));
    assert_eq!(failing, ["a_second_revocation_changes_nothing", "of_many_revocations_at_once_one_is_true"]);
}

#[test]
fn checking_a_nonce_and_then_setting_it_is_noticed() {
    assert_eq!(failing(nonces_of(), &Faulty(Fault::CheckThenSet)), ["of_many_claims_at_once_one_is_fresh"]);
}

#[test]
fn nonces_without_key_id_are_noticed() {
    // The cases about room use one key for each nonce, and cannot be meaningful here.
    assert_eq!(failing(nonces::cases(), &Faulty(Fault::ForgetKeyId)), ["nonces_are_scoped_by_key_id"]);
}

#[test]
fn nonces_without_scheme_are_noticed() {
    assert_eq!(failing(nonces_of(), &Faulty(Fault::ForgetScheme)), ["nonces_are_scoped_by_scheme"]);
}

#[test]
fn reviving_nonces_when_the_clock_goes_back_is_noticed() {
    let expected = [
        "a_claim_over_by_the_newest_clock_is_seen",
        "a_clock_set_back_revives_nothing",
        "the_newest_clock_is_known_after_reopening",
    ];
    assert_eq!(failing(nonces_of(), &Faulty(Fault::FollowClockBack)), expected);
}

#[test]
fn forgetting_the_rest_of_a_second_is_noticed() {
    assert_eq!(failing(nonces_of(), &Faulty(Fault::KeepSeconds)), ["a_nonce_lives_to_its_last_nanosecond"]);
}

#[test]
fn evicting_when_full_is_noticed() {
    // A store that makes room for whatever comes is never full.
    let expected = ["a_full_store_refuses_and_evicts_nothing", "room_comes_back_when_nonces_expire"];
    assert_eq!(failing(nonces_of(), &Faulty(Fault::EvictWhenFull)), expected);
}

#[test]
fn never_forgetting_is_noticed() {
    assert_eq!(failing(nonces_of(), &Faulty(Fault::NeverForget)), ["room_comes_back_when_nonces_expire"]);
}

#[test]
fn forgetting_everything_on_restart_is_noticed() {
    let harness = Faulty(Fault::ForgetOnReopen);
    let of_nonces = ["a_spent_nonce_stays_spent_after_reopening", "the_newest_clock_is_known_after_reopening"];
    assert_eq!(failing(nonces_of(), &harness), of_nonces);
    assert_eq!(failing(token_admin_of(), &harness), ["what_was_acknowledged_is_there_after_reopening"]);
    assert_eq!(failing(secret_admin_of(), &harness), ["what_was_acknowledged_is_there_after_reopening"]);
}

const NOTHING: [&str; 0] = [];

fn failing(cases: Vec<Case<Faulty>>, harness: &Faulty) -> Vec<&'static str> {
    assert!(cases.len() > 10, "a suite has many cases");
    cases.into_iter().filter(|case| case.check(harness).is_err()).map(|case| case.name()).collect()
}

fn secrets_of() -> Vec<Case<Faulty>> {
    [secrets::cases(), secrets::breakable_cases()].concat()
}

fn tokens_of() -> Vec<Case<Faulty>> {
    [tokens::cases(), tokens::breakable_cases()].concat()
}

fn nonces_of() -> Vec<Case<Faulty>> {
    let able = [nonces::breakable_cases(), nonces::durable_cases(), nonces::bounded_cases()].concat();
    [nonces::cases(), able].concat()
}

fn token_admin_of() -> Vec<Case<Faulty>> {
    [token_admin::cases(), token_admin::breakable_cases(), token_admin::durable_cases()].concat()
}

fn secret_admin_of() -> Vec<Case<Faulty>> {
    [secret_admin::cases(), secret_admin::breakable_cases(), secret_admin::durable_cases()].concat()
}
