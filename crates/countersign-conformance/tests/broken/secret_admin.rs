//! What the suite of `SecretAdmin` notices.

use countersign_conformance::{Case, secret_admin};

use crate::faulty::{Fault, Faulty};
use crate::{NOTHING, failing};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(&all(), Fault::None), NOTHING);
}

#[test]
fn acknowledging_on_a_broken_connection_is_noticed() {
    assert_eq!(failing(&all(), Fault::AnswerWhenBroken), ["a_broken_store_acknowledges_nothing"]);
}

#[test]
fn forgetting_everything_on_restart_is_noticed() {
    assert_eq!(failing(&all(), Fault::ForgetOnReopen), ["what_was_acknowledged_is_there_after_reopening"]);
}

#[test]
fn a_page_without_bounds_is_noticed() {
    assert_eq!(failing(&all(), Fault::ListAllKeys), ["a_page_has_at_most_1000_keys"]);
}

#[test]
fn listing_keys_that_are_gone_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListEmptyKeys),
        [
            "keys_ascend_by_the_bytes_of_their_ids",
            "versions_are_listed_newest_first",
            "pages_of_keys_follow_each_other",
            "a_page_begins_above_a_key_that_need_not_exist",
            "a_page_of_no_keys_is_empty",
            "a_page_has_at_most_1000_keys",
            "a_key_without_secrets_is_not_listed",
            "versions_of_one_key_are_those_of_the_list",
            "a_match_changes_when_the_version_last_matched_and_nothing_else",
            "matches_of_unknown_versions_are_passed_over",
            "a_dropped_change_leaves_the_store_usable"
        ]
    );
}

#[test]
fn pages_of_keys_by_number_are_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListKeysByNumber),
        ["keys_ascend_by_the_bytes_of_their_ids", "a_page_begins_above_a_key_that_need_not_exist"]
    );
}

#[test]
fn listing_keys_downwards_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListKeysDescending),
        [
            "keys_ascend_by_the_bytes_of_their_ids",
            "pages_of_keys_follow_each_other",
            "a_page_begins_above_a_key_that_need_not_exist",
            "a_page_has_at_most_1000_keys"
        ]
    );
}

#[test]
fn listing_the_oldest_version_first_is_noticed() {
    let failing = failing(&all(), Fault::ListOldestVersionFirst);
    assert!(failing.contains(&"versions_are_listed_newest_first"), "{failing:?}");
}

#[test]
fn counting_versions_instead_of_keys_is_noticed() {
    assert_eq!(failing(&all(), Fault::ListVersionsAsRows), ["pages_of_keys_follow_each_other"]);
}

#[test]
fn letting_replaced_secrets_live_on_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ReplaceByAdding),
        [
            "a_replacement_is_the_newest_and_all_others_end",
            "replaced_secrets_never_live_longer",
            "of_many_replacements_at_once_one_goes_on",
            "what_was_acknowledged_is_there_after_reopening"
        ]
    );
}

#[test]
fn letting_replaced_secrets_live_longer_is_noticed() {
    let failing = failing(&all(), Fault::ExtendReplacedSecrets);
    assert!(failing.contains(&"replaced_secrets_never_live_longer"), "{failing:?}");
}

#[test]
fn replacing_secrets_in_two_steps_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ReplaceSecretsInTwoSteps),
        ["a_replacement_that_fails_changes_nothing", "of_many_replacements_at_once_one_goes_on"]
    );
}

#[test]
fn a_match_that_goes_back_is_noticed() {
    // Of the case about a race it is a matter of chance.
    let failing = failing(&all(), Fault::MatchBackwards);
    assert!(failing.contains(&"the_time_of_the_last_match_never_goes_back"), "{failing:?}");
}

#[test]
fn matching_a_label_of_any_key_is_noticed() {
    assert_eq!(failing(&all(), Fault::MatchAnyKey), ["matches_are_told_apart_by_key_and_label"]);
}

#[test]
fn a_match_that_changes_more_is_noticed() {
    let mut found = failing(&all(), Fault::MatchEnds);
    // Sees it too where the matches happen to get into each other's way.
    found.retain(|case| *case != "of_many_matches_at_once_the_latest_counts");
    assert_eq!(
        found,
        [
            "a_replacement_is_the_newest_and_all_others_end",
            "a_match_changes_when_the_version_last_matched_and_nothing_else"
        ]
    );
}

#[test]
fn making_up_what_has_matched_is_noticed() {
    assert_eq!(failing(&all(), Fault::MatchMakesUp), ["matches_of_unknown_versions_are_passed_over"]);
}

#[test]
fn a_batch_of_matches_with_a_bound_is_noticed() {
    assert_eq!(failing(&all(), Fault::MatchAPage), ["a_large_batch_of_matches_is_recorded"]);
}

#[test]
fn keeping_the_match_of_a_retired_version_is_noticed() {
    assert_eq!(failing(&all(), Fault::KeepMatches), ["a_label_that_is_used_again_has_not_matched"]);
}

#[test]
fn rounding_times_up_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::RoundTimesUp),
        ["replaced_secrets_never_live_longer", "the_time_of_a_match_is_not_rounded_up"]
    );
}

fn all() -> Vec<Case<Faulty>> {
    [secret_admin::cases(), secret_admin::breakable_cases(), secret_admin::durable_cases()].concat()
}
