//! The list of cases.

/// The one list: every suite and its cases, those first that every store can be held to.
#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    (secrets every $then:ident $with:tt) => {
        $crate::$then! { $with secrets
            unknown_key_id_is_empty
            rotated_secrets_come_newest_first
            key_ids_are_case_sensitive
            key_ids_keep_quotes_and_wildcards
            key_ids_keep_control_characters
            key_ids_of_255_and_256_bytes_are_told_apart
            key_ids_outside_ascii_are_told_apart
            composed_and_decomposed_key_ids_are_told_apart
            blanks_around_key_ids_count
            every_byte_of_a_secret_survives
            a_long_secret_survives
            a_retired_secret_disappears
            clones_share_their_contents
            an_erased_store_answers_alike
            many_lookups_at_once_are_answered
            a_dropped_lookup_leaves_the_store_usable
        }
    };
    (secrets breakable $then:ident $with:tt) => {
        $crate::$then! { $with secrets a_broken_store_errs_and_is_never_empty }
    };
    (tokens every $then:ident $with:tt) => {
        $crate::$then! { $with tokens
            unknown_token_is_none
            a_token_is_found_by_its_digest_only
            digests_of_the_same_beginning_are_told_apart
            an_expired_token_comes_back_unjudged
            a_token_not_yet_valid_comes_back_unjudged
            a_revoked_token_comes_back_unjudged
            scope_order_is_kept
            sub_second_times_are_not_rounded_up
            clones_share_their_contents
            an_erased_store_answers_alike
            many_lookups_at_once_are_answered
            a_dropped_lookup_leaves_the_store_usable
        }
    };
    (tokens breakable $then:ident $with:tt) => {
        $crate::$then! { $with tokens a_broken_store_errs_and_is_never_none }
    };
    (nonces every $then:ident $with:tt) => {
        $crate::$then! { $with nonces
            the_first_claim_is_fresh_and_the_second_is_seen
            of_many_claims_at_once_one_is_fresh
            nonces_are_scoped_by_key_id
            nonces_are_scoped_by_scheme
            a_live_nonce_is_never_forgotten
            a_nonce_lives_to_its_last_nanosecond
            an_expired_nonce_is_fresh_or_seen
            a_claim_that_is_over_already_is_seen
            a_claim_over_by_the_newest_clock_is_seen
            a_clock_set_back_revives_nothing
            clones_share_their_contents
            an_erased_store_answers_alike
            a_dropped_claim_leaves_the_store_usable
        }
    };
    (nonces breakable $then:ident $with:tt) => {
        $crate::$then! { $with nonces a_broken_store_errs_and_is_never_fresh }
    };
    (nonces durable $then:ident $with:tt) => {
        $crate::$then! { $with nonces
            a_spent_nonce_stays_spent_after_reopening
            the_newest_clock_is_known_after_reopening
        }
    };
    (nonces bounded $then:ident $with:tt) => {
        $crate::$then! { $with nonces
            a_full_store_refuses_and_evicts_nothing
            room_comes_back_when_nonces_expire
        }
    };
    (token_admin every $then:ident $with:tt) => {
        $crate::$then! { $with token_admin
            an_added_token_is_found_at_once
            an_issued_token_is_found
            a_token_is_found_by_its_id
            a_rotated_token_is_followed_by_another
            every_fact_comes_back
            an_absent_fact_is_not_an_empty_one
            times_of_a_token_are_not_rounded_up
            a_duplicate_digest_is_an_error
            a_duplicate_id_is_an_error
            a_token_without_id_is_an_error
            of_many_equal_tokens_at_once_one_is_added
            lists_descend_by_the_bytes_of_ids
            lists_have_every_fact
            pages_follow_each_other
            a_page_begins_below_an_id_that_need_not_exist
            pages_miss_nothing_while_others_come_and_go
            a_page_of_no_tokens_is_empty
            a_page_has_at_most_1000_tokens
            a_page_is_filled_with_what_the_filter_picks
            a_filter_by_subject_is_exact
            a_filter_by_organisation_is_exact
            a_filter_by_application_is_exact
            a_filter_asks_for_everything_at_once
            states_are_told_apart_at_their_exact_instants
            an_update_changes_what_it_names_and_nothing_else
            an_update_gives_and_takes_away
            an_unknown_id_is_not_updated
            an_updated_token_stays_revoked
            a_revoked_token_says_when_and_why
            a_second_revocation_changes_nothing
            an_unknown_id_is_not_revoked
            ids_are_compared_byte_by_byte
            of_many_revocations_at_once_one_is_true
            many_tokens_are_revoked_in_one_call_and_counted
            revoking_many_goes_by_the_whole_filter
            more_than_1000_tokens_are_revoked_in_one_call
            of_many_who_revoke_many_each_token_counts_once
            a_replaced_token_ends_and_its_successor_is_there
            a_replaced_token_never_lives_longer
            a_revoked_or_unknown_token_is_not_replaced
            a_replacement_that_fails_changes_nothing
            of_many_replacements_at_once_none_is_lost
            a_deleted_token_is_gone
            an_unknown_id_is_not_deleted
            a_deleted_token_leaves_nothing_behind
            of_many_deletions_at_once_one_is_true
            pruning_goes_exactly_by_the_time
            more_than_1000_tokens_are_pruned_in_one_call
            use_changes_the_time_of_last_use_and_nothing_else
            the_time_of_last_use_never_goes_back
            use_of_unknown_tokens_is_passed_over
            a_large_batch_of_uses_is_recorded
            of_many_uses_at_once_the_latest_counts
            nothing_that_races_with_a_revocation_undoes_it
            changes_at_once_do_not_overwrite_each_other
            one_revocation_and_many_at_once_count_each_token_once
            a_dropped_change_leaves_the_store_usable
            a_dropped_replacement_is_made_whole_or_not_at_all
        }
    };
    (token_admin breakable $then:ident $with:tt) => {
        $crate::$then! { $with token_admin a_broken_store_acknowledges_nothing }
    };
    (token_admin durable $then:ident $with:tt) => {
        $crate::$then! { $with token_admin what_was_acknowledged_is_there_after_reopening }
    };
    (secret_admin every $then:ident $with:tt) => {
        $crate::$then! { $with secret_admin
            an_added_secret_is_the_newest
            labels_and_time_bounds_come_back_unjudged
            time_bounds_are_not_rounded_up
            a_duplicate_label_is_an_error
            keys_may_use_the_same_label
            secrets_without_label_live_side_by_side
            many_secrets_added_at_once_are_all_there
            a_retired_secret_is_gone_at_once
            an_unknown_label_is_not_retired
            labels_are_compared_byte_by_byte
            keys_ascend_by_the_bytes_of_their_ids
            versions_are_listed_newest_first
            pages_of_keys_follow_each_other
            a_page_begins_above_a_key_that_need_not_exist
            a_page_of_no_keys_is_empty
            a_page_has_at_most_1000_keys
            a_key_without_secrets_is_not_listed
            versions_of_one_key_are_those_of_the_list
            a_replacement_is_the_newest_and_all_others_end
            replaced_secrets_never_live_longer
            a_replacement_that_fails_changes_nothing
            the_first_secret_of_a_key_replaces_nothing
            of_many_replacements_at_once_one_goes_on
            a_match_changes_when_the_version_last_matched_and_nothing_else
            the_time_of_the_last_match_never_goes_back
            the_time_of_a_match_is_not_rounded_up
            matches_are_told_apart_by_key_and_label
            matches_of_unknown_versions_are_passed_over
            a_large_batch_of_matches_is_recorded
            of_many_matches_at_once_the_latest_counts
            a_label_that_is_used_again_has_not_matched
            a_dropped_change_leaves_the_store_usable
        }
    };
    (secret_admin breakable $then:ident $with:tt) => {
        $crate::$then! { $with secret_admin a_broken_store_acknowledges_nothing }
    };
    (secret_admin durable $then:ident $with:tt) => {
        $crate::$then! { $with secret_admin what_was_acknowledged_is_there_after_reopening }
    };
    (invalidations every $then:ident $with:tt) => {
        $crate::$then! { $with invalidations
            a_delivery_connects_first_and_once
            what_changes_right_after_connecting_is_told
            a_remote_link_has_a_heartbeat_and_another_has_none
            a_dropped_delivery_tells_nothing_any_more
            a_delivery_may_be_begun_again
            an_added_token_is_told_at_once
            an_updated_token_is_told_at_once
            a_revoked_token_is_told_at_once
            tokens_revoked_in_one_call_are_told_at_once
            a_replaced_token_and_its_successor_are_told_at_once
            a_deleted_token_is_told_at_once
            pruned_tokens_are_told_at_once
            an_added_secret_is_told_at_once
            replaced_secrets_are_told_at_once
            a_retired_secret_is_told_at_once
            more_than_1000_changes_are_told_at_once
            every_sink_is_told_at_once
            many_changes_at_once_are_told_at_once
            a_change_can_be_seen_once_it_is_told
            a_dropped_change_is_told_if_it_was_made
            use_is_not_told
            matches_are_not_told
        }
    };
    (invalidations breakable $then:ident $with:tt) => {
        $crate::$then! { $with invalidations
            a_broken_store_ends_the_delivery
            a_broken_store_connects_nobody
        }
    };
    (invalidations shared $then:ident $with:tt) => {
        $crate::$then! { $with invalidations
            a_link_to_elsewhere_is_remote
            tokens_changed_elsewhere_are_told
            secrets_changed_elsewhere_are_told
            more_than_1000_changes_elsewhere_are_told
            what_changes_elsewhere_right_after_connecting_is_told
            every_process_is_told
            a_change_elsewhere_can_be_seen_once_it_is_told
        }
    };
    (oauth every $then:ident $with:tt) => {
        $crate::$then! { $with oauth
            an_application_comes_back_as_it_was
            a_duplicate_client_id_is_an_error
            the_only_application_of_an_organisation_is_added_once
            an_inactive_application_counts
            of_many_only_applications_at_once_one_is_added
            client_ids_and_organisations_are_compared_byte_by_byte
            pages_of_applications_follow_each_other
            a_page_has_at_most_1000_applications
            a_changed_application_keeps_what_is_not_named
            an_unknown_application_is_neither_changed_nor_deleted
            a_consent_comes_back_as_it_was
            a_consent_given_again_covers_both
            of_many_consents_at_once_none_is_lost
            a_consent_needs_its_application
            a_duplicate_consent_id_is_an_error
            consents_are_told_apart_byte_by_byte
            pages_of_consents_follow_each_other
            a_code_is_redeemed_once
            of_1000_redemptions_at_once_one_is_fresh
            an_unknown_code_is_unknown
            an_expired_code_is_spent_too
            times_of_a_code_are_not_rounded_up
            a_code_needs_a_consent
            a_code_needs_an_active_application
            a_duplicate_code_is_an_error
            a_granted_token_is_a_token
            a_token_without_code_needs_a_consent
            a_token_of_a_grant_needs_its_redeemed_code
            a_token_needs_an_active_application
            a_token_that_lacks_its_client_is_an_error
            a_token_of_another_than_its_grant_is_an_error
            a_granted_token_that_fails_leaves_nothing_behind
            a_refresh_token_comes_back_as_it_was
            a_rotated_refresh_token_is_followed_by_another
            a_rotated_refresh_token_is_reused
            of_many_rotations_at_once_one_is_made
            a_refresh_token_that_is_over_is_refused
            an_unknown_refresh_token_is_refused
            a_rotation_needs_an_active_application
            a_rotation_that_fails_changes_nothing
            times_of_a_refresh_token_are_not_rounded_up
            a_revoked_grant_takes_what_it_gave
            a_revoked_grant_gives_nothing_more
            a_token_that_was_revoked_before_is_left_alone
            of_many_revocations_of_a_grant_at_once_one_counts
            revoking_grants_goes_by_the_whole_filter
            a_withdrawn_consent_takes_its_grants
            a_deleted_application_takes_everything_with_it
            more_than_1000_tokens_are_revoked_with_their_application
            codes_that_are_over_are_forgotten_exactly_by_the_time
            a_grant_is_remembered_while_anything_of_it_is_good
            more_than_1000_grants_are_pruned_in_one_call
            no_token_outlives_what_it_rests_on
            no_code_outlives_its_consent
            a_granted_token_is_told_at_once
            tokens_revoked_with_their_grant_are_told_at_once
            tokens_revoked_by_a_filter_are_told_at_once
            tokens_revoked_with_their_consent_are_told_at_once
            tokens_revoked_with_their_application_are_told_at_once
            a_dropped_change_leaves_the_store_usable
            a_dropped_rotation_is_made_whole_or_not_at_all
        }
    };
    (oauth breakable $then:ident $with:tt) => {
        $crate::$then! { $with oauth a_broken_store_acknowledges_nothing_of_grants }
    };
    (oauth durable $then:ident $with:tt) => {
        $crate::$then! { $with oauth grants_are_as_they_were_acknowledged_after_reopening }
    };
}
