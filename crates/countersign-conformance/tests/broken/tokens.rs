//! What the suite of `TokenStore` notices.

use countersign_conformance::{Case, tokens};

use crate::faulty::{Fault, Faulty};
use crate::{NOTHING, failing};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(&all(), Fault::None), NOTHING);
}

#[test]
fn an_error_for_unknown_tokens_is_noticed() {
    assert!(failing(&all(), Fault::ErrOnUnknown).contains(&"unknown_token_is_none"));
}

#[test]
fn answering_nothing_on_a_broken_connection_is_noticed() {
    assert_eq!(failing(&all(), Fault::AnswerWhenBroken), ["a_broken_store_errs_and_is_never_none"]);
}

#[test]
fn rounding_times_up_is_noticed() {
    assert_eq!(failing(&all(), Fault::RoundTimesUp), ["sub_second_times_are_not_rounded_up"]);
}

#[test]
fn keeping_whole_seconds_only_is_noticed() {
    assert_eq!(failing(&all(), Fault::KeepSeconds), ["sub_second_times_are_not_rounded_up"]);
}

#[test]
fn judging_expiry_is_noticed() {
    assert_eq!(failing(&all(), Fault::JudgeExpiry), ["an_expired_token_comes_back_unjudged"]);
}

#[test]
fn hiding_revoked_tokens_is_noticed() {
    assert_eq!(failing(&all(), Fault::HideRevoked), ["a_revoked_token_comes_back_unjudged"]);
}

#[test]
fn forgetting_the_order_of_scopes_is_noticed() {
    assert_eq!(failing(&all(), Fault::SortScopes), ["scope_order_is_kept"]);
}

#[test]
fn looking_at_the_beginning_of_a_digest_only_is_noticed() {
    assert_eq!(failing(&all(), Fault::CutDigests), ["digests_of_the_same_beginning_are_told_apart"]);
}

fn all() -> Vec<Case<Faulty>> {
    [tokens::cases(), tokens::breakable_cases()].concat()
}
