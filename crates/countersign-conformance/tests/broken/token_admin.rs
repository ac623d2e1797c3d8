//! What the suite of `TokenAdmin` notices.

use countersign_conformance::{Case, token_admin};

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
fn rounding_times_up_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::RoundTimesUp),
        ["times_of_a_token_are_not_rounded_up", "pruning_goes_exactly_by_the_time"]
    );
}

#[test]
fn keeping_a_token_without_id_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::AddNameless),
        ["a_token_without_id_is_an_error", "a_replacement_that_fails_changes_nothing"]
    );
}

#[test]
fn revoking_many_again_is_noticed() {
    // Of the cases about races some may go well.
    let failing = failing(&all(), Fault::OverwriteRevocationOfMany);
    let sure = "many_tokens_are_revoked_in_one_call_and_counted";
    assert!(failing.contains(&sure), "{failing:?}");
}

#[test]
fn counting_what_was_revoked_before_is_noticed() {
    // Of the cases about races some may go well.
    let failing = failing(&all(), Fault::CountAllRevoked);
    for sure in ["times_of_a_token_are_not_rounded_up", "many_tokens_are_revoked_in_one_call_and_counted"] {
        assert!(failing.contains(&sure), "{failing:?}");
    }
}

#[test]
fn revoking_a_page_only_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::RevokeAPage),
        ["more_than_1000_tokens_are_revoked_in_one_call", "more_than_1000_tokens_are_pruned_in_one_call"]
    );
}

#[test]
fn expiry_a_moment_late_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ExpireLate),
        [
            "a_page_is_filled_with_what_the_filter_picks",
            "a_filter_asks_for_everything_at_once",
            "states_are_told_apart_at_their_exact_instants",
            "revoking_many_goes_by_the_whole_filter"
        ]
    );
}

#[test]
fn filters_that_fold_case_are_noticed() {
    assert_eq!(failing(&all(), Fault::FoldFilters), ["a_filter_by_organisation_is_exact"]);
}

#[test]
fn filtering_after_the_limit_is_noticed() {
    assert_eq!(failing(&all(), Fault::ListThenFilter), ["a_page_is_filled_with_what_the_filter_picks"]);
}

#[test]
fn pages_by_number_are_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListByNumber),
        [
            "lists_descend_by_the_bytes_of_ids",
            "a_page_begins_below_an_id_that_need_not_exist",
            "pages_miss_nothing_while_others_come_and_go",
            "a_page_is_filled_with_what_the_filter_picks"
        ]
    );
}

#[test]
fn listing_upwards_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListAscending),
        [
            "lists_descend_by_the_bytes_of_ids",
            "lists_have_every_fact",
            "pages_follow_each_other",
            "a_page_begins_below_an_id_that_need_not_exist",
            "pages_miss_nothing_while_others_come_and_go",
            "a_page_has_at_most_1000_tokens",
            "a_page_is_filled_with_what_the_filter_picks",
            "a_filter_asks_for_everything_at_once",
            "states_are_told_apart_at_their_exact_instants",
            "pruning_goes_exactly_by_the_time",
            "what_was_acknowledged_is_there_after_reopening"
        ]
    );
}

#[test]
fn a_page_that_begins_with_the_last_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ListFromBelow),
        [
            "lists_descend_by_the_bytes_of_ids",
            "pages_follow_each_other",
            "a_page_begins_below_an_id_that_need_not_exist",
            "pages_miss_nothing_while_others_come_and_go",
            "a_page_has_at_most_1000_tokens",
            "a_page_is_filled_with_what_the_filter_picks",
            "more_than_1000_tokens_are_revoked_in_one_call"
        ]
    );
}

#[test]
fn a_page_without_bounds_is_noticed() {
    assert_eq!(failing(&all(), Fault::ListAll), ["a_page_has_at_most_1000_tokens"]);
}

#[test]
fn forgetting_when_a_token_was_changed_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ForgetTimeOfUpdate),
        [
            "times_of_a_token_are_not_rounded_up",
            "an_update_changes_what_it_names_and_nothing_else",
            "an_updated_token_stays_revoked",
            "a_dropped_change_leaves_the_store_usable",
            "what_was_acknowledged_is_there_after_reopening"
        ]
    );
}

#[test]
fn taking_nothing_away_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::IgnoreTakenAway),
        ["an_update_changes_what_it_names_and_nothing_else", "an_update_gives_and_takes_away"]
    );
}

#[test]
fn an_update_that_revives_a_revoked_token_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::UnrevokeOnUpdate),
        ["an_updated_token_stays_revoked", "nothing_that_races_with_a_revocation_undoes_it"]
    );
}

#[test]
fn extending_a_replaced_token_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ExtendReplaced),
        ["a_replaced_token_never_lives_longer", "of_many_replacements_at_once_none_is_lost"]
    );
}

#[test]
fn replacing_a_revoked_token_is_noticed() {
    assert_eq!(failing(&all(), Fault::ReplaceRevoked), ["a_revoked_or_unknown_token_is_not_replaced"]);
}

#[test]
fn replacing_in_two_steps_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ReplaceInTwoSteps),
        ["a_replacement_that_fails_changes_nothing", "a_dropped_replacement_is_made_whole_or_not_at_all"]
    );
}

#[test]
fn pruning_at_the_very_time_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::PruneAtTheTime),
        [
            "pruning_goes_exactly_by_the_time",
            "a_dropped_change_leaves_the_store_usable",
            "what_was_acknowledged_is_there_after_reopening"
        ]
    );
}

#[test]
fn a_batch_with_too_many_parameters_is_noticed() {
    assert_eq!(failing(&all(), Fault::RecordAPage), ["a_large_batch_of_uses_is_recorded"]);
}

#[test]
fn times_of_use_that_go_back_are_noticed() {
    assert_eq!(
        failing(&all(), Fault::RecordBackwards),
        ["the_time_of_last_use_never_goes_back", "of_many_uses_at_once_the_latest_counts"]
    );
}

#[test]
fn making_up_tokens_that_were_used_is_noticed() {
    assert_eq!(failing(&all(), Fault::RecordMakesUp), ["use_of_unknown_tokens_is_passed_over"]);
}

#[test]
fn use_that_counts_as_a_change_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::RecordTouches),
        ["times_of_a_token_are_not_rounded_up", "use_changes_the_time_of_last_use_and_nothing_else"]
    );
}

#[test]
fn a_second_revocation_that_overwrites_is_noticed() {
    // Of the cases about races some may go well.
    let failing = failing(&all(), Fault::OverwriteRevocation);
    for sure in ["a_second_revocation_changes_nothing", "of_many_revocations_at_once_one_is_true"] {
        assert!(failing.contains(&sure), "{failing:?}");
    }
}

#[test]
fn reading_a_record_and_then_writing_it_is_noticed() {
    // Of the cases about races some may go well.
    let failing = failing(&all(), Fault::ReadThenWrite);
    for sure in ["nothing_that_races_with_a_revocation_undoes_it", "changes_at_once_do_not_overwrite_each_other"] {
        assert!(failing.contains(&sure), "{failing:?}");
    }
}

fn all() -> Vec<Case<Faulty>> {
    [token_admin::cases(), token_admin::breakable_cases(), token_admin::durable_cases()].concat()
}
