//! The list of cases, and the macros that make tests of it.

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
            every_fact_comes_back
            an_absent_fact_is_not_an_empty_one
            times_of_a_token_are_not_rounded_up
            a_duplicate_digest_is_an_error
            a_duplicate_id_is_an_error
            tokens_without_id_live_side_by_side
            of_many_equal_tokens_at_once_one_is_added
            a_revoked_token_says_when_and_why
            a_second_revocation_changes_nothing
            an_unknown_id_is_not_revoked
            ids_are_compared_byte_by_byte
            of_many_revocations_at_once_one_is_true
            a_dropped_change_leaves_the_store_usable
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
            a_dropped_change_leaves_the_store_usable
        }
    };
    (secret_admin breakable $then:ident $with:tt) => {
        $crate::$then! { $with secret_admin a_broken_store_acknowledges_nothing }
    };
    (secret_admin durable $then:ident $with:tt) => {
        $crate::$then! { $with secret_admin what_was_acknowledged_is_there_after_reopening }
    };
}

/// Makes a `#[test]` of each case.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({ $attributes:tt $harness:path } $suite:ident $($case:ident)*) => {
        $( $crate::__test! { $attributes $harness, $suite, $case } )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __test {
    ([$($attribute:tt)*] $harness:path, $suite:ident, $case:ident) => {
        #[test]
        $($attribute)*
        fn $case() {
            $crate::run($crate::$suite::$case(&$harness));
        }
    };
}

/// Makes a list of [`Case`](crate::Case)s.
#[doc(hidden)]
#[macro_export]
macro_rules! __list {
    ({} $suite:ident $($case:ident)*) => {
        vec![$( $crate::Case::new(stringify!($case), |harness| Box::pin($crate::$suite::$case(harness))) ),*]
    };
}

/// Makes the module of tests of one suite.
#[doc(hidden)]
#[macro_export]
macro_rules! __suite {
    ($suite:ident $attributes:tt $harness:path; $($ability:ident)*) => {
        mod $suite {
            use super::*;

            $( $crate::__cases! { $suite $ability __tests { $attributes $harness } } )*
        }
    };
}

/// A suite's macro, so that all five read alike.
macro_rules! suite_macro {
    ($d:tt $name:ident, $suite:ident, $contract:literal, $abilities:literal) => {
        #[doc = concat!("Tests a ", $contract, ": makes a module `", stringify!($suite), "` with a `#[test]` per case.")]
        ///
        #[doc = concat!("Takes the path of a harness, and the abilities that its author vouches for: ", $abilities, ".")]
        /// Attributes before it are put on every test. See the [crate's docs](crate).
        #[macro_export]
        macro_rules! $name {
            ($d(#[$d attribute:meta])* $d harness:path $d(, $d ability:ident)* $d(,)?) => {
                $crate::__suite! { $suite [$d(#[$d attribute])*] $d harness; every $d($d ability)* }
            };
        }
    };
}

suite_macro!($ secret_store_suite, secrets, "`SecretStore`", "`breakable`");
suite_macro!($ token_store_suite, tokens, "`TokenStore`", "`breakable`");
suite_macro!($ nonce_store_suite, nonces, "`NonceStore`", "`breakable`, `durable`, `bounded`");
suite_macro!($ token_admin_suite, token_admin, "`TokenAdmin` that is a `TokenStore` too", "`breakable`, `durable`");
suite_macro!($ secret_admin_suite, secret_admin, "`SecretAdmin` that is a `SecretStore` too", "`breakable`, `durable`");
