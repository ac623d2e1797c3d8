//! What the suite of `SecretStore` notices.

use countersign_conformance::{Case, secrets};

use crate::faulty::{Fault, Faulty};
use crate::{NOTHING, failing};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(&all(), Fault::None), NOTHING);
}

#[test]
fn folding_case_is_noticed() {
    assert_eq!(failing(&all(), Fault::FoldCase), ["key_ids_are_case_sensitive"]);
}

#[test]
fn trimming_is_noticed() {
    assert_eq!(failing(&all(), Fault::TrimBlanks), ["blanks_around_key_ids_count"]);
}

#[test]
fn cutting_key_ids_off_is_noticed() {
    assert_eq!(failing(&all(), Fault::CutKeyIds), ["key_ids_of_255_and_256_bytes_are_told_apart"]);
}

#[test]
fn ending_key_ids_at_nul_is_noticed() {
    assert_eq!(failing(&all(), Fault::EndAtNul), ["key_ids_keep_control_characters"]);
}

#[test]
fn forgetting_the_order_of_rotation_is_noticed() {
    assert_eq!(failing(&all(), Fault::ForgetRotation), ["rotated_secrets_come_newest_first"]);
}

#[test]
fn keeping_text_instead_of_bytes_is_noticed() {
    assert_eq!(failing(&all(), Fault::KeepSecretsAsText), ["every_byte_of_a_secret_survives"]);
}

#[test]
fn an_error_for_unknown_keys_is_noticed() {
    assert!(failing(&all(), Fault::ErrOnUnknown).contains(&"unknown_key_id_is_empty"));
}

#[test]
fn answering_nothing_on_a_broken_connection_is_noticed() {
    assert_eq!(failing(&all(), Fault::AnswerWhenBroken), ["a_broken_store_errs_and_is_never_empty"]);
}

fn all() -> Vec<Case<Faulty>> {
    [secrets::cases(), secrets::breakable_cases()].concat()
}
