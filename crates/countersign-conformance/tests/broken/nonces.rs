//! What the suite of `NonceStore` notices.

use countersign_conformance::{Case, nonces};

use crate::faulty::{Fault, Faulty};
use crate::{NOTHING, failing};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(&all(), Fault::None), NOTHING);
}

#[test]
fn answering_nothing_on_a_broken_connection_is_noticed() {
    assert_eq!(failing(&all(), Fault::AnswerWhenBroken), ["a_broken_store_errs_and_is_never_fresh"]);
}

#[test]
fn checking_a_nonce_and_then_setting_it_is_noticed() {
    assert_eq!(failing(&all(), Fault::CheckThenSet), ["of_many_claims_at_once_one_is_fresh"]);
}

#[test]
fn nonces_without_key_id_are_noticed() {
    // The cases about room use one key for each nonce, and cannot be meaningful here.
    assert_eq!(failing(&nonces::cases(), Fault::ForgetKeyId), ["nonces_are_scoped_by_key_id"]);
}

#[test]
fn leaving_the_scheme_out_is_noticed() {
    assert_eq!(failing(&all(), Fault::ForgetScheme), ["nonces_are_scoped_by_scheme"]);
}

#[test]
fn reviving_nonces_when_the_clock_goes_back_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::FollowClockBack),
        [
            "a_claim_over_by_the_newest_clock_is_seen",
            "a_clock_set_back_revives_nothing",
            "the_newest_clock_is_known_after_reopening"
        ]
    );
}

#[test]
fn forgetting_the_rest_of_a_second_is_noticed() {
    assert_eq!(failing(&all(), Fault::KeepSeconds), ["a_nonce_lives_to_its_last_nanosecond"]);
}

#[test]
fn evicting_when_full_is_noticed() {
    // A store that makes room for whatever comes is never full.
    let expected = ["a_full_store_refuses_and_evicts_nothing", "room_comes_back_when_nonces_expire"];
    assert_eq!(failing(&all(), Fault::EvictWhenFull), expected);
}

#[test]
fn never_forgetting_is_noticed() {
    assert_eq!(failing(&all(), Fault::NeverForget), ["room_comes_back_when_nonces_expire"]);
}

#[test]
fn forgetting_everything_on_restart_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ForgetOnReopen),
        ["a_spent_nonce_stays_spent_after_reopening", "the_newest_clock_is_known_after_reopening"]
    );
}

fn all() -> Vec<Case<Faulty>> {
    [nonces::cases(), nonces::breakable_cases(), nonces::durable_cases(), nonces::bounded_cases()].concat()
}
