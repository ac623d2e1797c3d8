//! What the suite of applications and grants notices.

mod store;
mod tokens;

use countersign_conformance::{Case, oauth};

use crate::{NOTHING, failing_of};
use store::{Fault, Tampered};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(Fault::None), NOTHING);
}

/// Of a fault that shows in many places, the case that is about it.
#[test]
fn a_fault_of_many_things_is_noticed_by_the_case_about_it() {
    for (fault, case) in [
        (Fault::AddTokenOfAnyGrant, "a_token_of_a_grant_needs_its_redeemed_code"),
        (Fault::AddTokenWithoutConsent, "a_token_without_code_needs_a_consent"),
        (Fault::AddTokenToInactive, "a_token_needs_an_active_application"),
        (Fault::ConsentToAnything, "a_consent_needs_its_application"),
        (Fault::DeleteByDeactivating, "a_deleted_application_takes_everything_with_it"),
        (Fault::FoldCase, "client_ids_and_organisations_are_compared_byte_by_byte"),
        (Fault::ForgetRedeemed, "a_code_is_redeemed_once"),
        (Fault::LookThenAddToken, "no_token_outlives_what_it_rests_on"),
        (Fault::PruneAtTheTime, "codes_that_are_over_are_forgotten_exactly_by_the_time"),
        (Fault::PruneByCodesAlone, "a_grant_is_remembered_while_anything_of_it_is_good"),
        (Fault::ReplaceConsent, "a_consent_given_again_covers_both"),
        (Fault::RevokeGrantOnly, "a_revoked_grant_takes_what_it_gave"),
        (Fault::RotateAgain, "a_rotated_refresh_token_is_reused"),
        (Fault::RotateExpired, "a_refresh_token_that_is_over_is_refused"),
    ] {
        let failing = failing(fault);
        assert!(failing.contains(&case), "{fault:?} failed {failing:?}");
    }
}

#[test]
fn a_fault_of_one_thing_fails_nothing_else() {
    for (fault, case) in [
        (Fault::AddOnlyIfNoneIsSeen, "of_many_only_applications_at_once_one_is_added"),
        (Fault::AnswerWhenBroken, "a_broken_store_acknowledges_nothing_of_grants"),
        (Fault::ExpireNever, "an_expired_code_is_spent_too"),
        (Fault::ForgetOnReopen, "grants_are_as_they_were_acknowledged_after_reopening"),
        (Fault::ListFromTheBeginning, "pages_of_applications_follow_each_other"),
        (Fault::ListMoreThan1000, "a_page_has_at_most_1000_applications"),
        (Fault::LookThenRedeem, "of_1000_redemptions_at_once_one_is_fresh"),
        (Fault::LookThenRotate, "of_many_rotations_at_once_one_is_made"),
        (Fault::RevokeWithoutFilter, "revoking_grants_goes_by_the_whole_filter"),
        (Fault::RoundTimesUp, "times_of_a_code_are_not_rounded_up"),
        (Fault::WithdrawAnothers, "a_withdrawn_consent_takes_its_grants"),
    ] {
        assert_eq!(failing(fault), [case], "{fault:?}");
    }
}

#[test]
fn telling_nobody_is_noticed_by_every_case_about_it_and_no_other() {
    assert_eq!(
        failing(Fault::TellNobody),
        [
            "a_granted_token_is_told_at_once",
            "tokens_revoked_with_their_grant_are_told_at_once",
            "tokens_revoked_by_a_filter_are_told_at_once",
            "tokens_revoked_with_their_consent_are_told_at_once",
            "tokens_revoked_with_their_application_are_told_at_once"
        ]
    );
}

fn failing(fault: Fault) -> Vec<&'static str> {
    failing_of(&all(), Tampered(fault))
}

fn all() -> Vec<Case<Tampered>> {
    [oauth::cases(), oauth::breakable_cases(), oauth::durable_cases()].concat()
}
