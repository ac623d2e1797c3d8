//! What the PostgreSQL store promises beside the contracts, on a real server.
//!
//! `COUNTERSIGN_TEST_POSTGRES` names the database. The role must be one that may make schemas and roles.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bounds;
mod durability;
mod leaks;
mod nonces;
mod opening;
mod rights;
mod tables;
mod telling;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// A test of each function; shown as ignored when there is no server.
macro_rules! tests {
    ($($test:path),* $(,)?) => {
        vec![$( $crate::test(stringify!($test), |tables| countersign_conformance::run($test(tables))) ),*]
    };
}

fn test(name: &str, run: fn(&tables::Tables)) -> Trial {
    let url = env::var(tables::VARIABLE).ok();
    let is_absent = url.is_none();
    let test = Trial::test(name, move || {
        // Somebody may ask for ignored tests to be run.
        let url = url.ok_or_else(|| format!("{} is not set", tables::VARIABLE))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        run(&runtime.block_on(tables::Tables::new(&url)));
        Ok(())
    });
    test.with_ignored_flag(is_absent)
}

fn main() -> ExitCode {
    let all = tests![
        opening::tables_that_are_not_there_are_refused,
        opening::migrating_says_what_it_did,
        opening::of_many_that_migrate_at_once_one_does_it_and_all_connect,
        opening::tables_of_another_program_are_refused,
        opening::a_newer_schema_is_refused,
        opening::an_older_schema_is_refused_until_it_is_migrated,
        opening::tables_of_which_something_has_vanished_are_refused,
        opening::a_prefix_that_is_none_is_refused,
        opening::a_server_that_cannot_be_reached_says_why,
        opening::a_url_that_is_none_is_refused,
        opening::a_connection_that_may_only_read_is_refused,
        opening::prefixes_are_apart,
        opening::the_longest_prefix_is_not_too_long,
        opening::a_schema_of_any_name_holds_the_tables,
        rights::a_role_with_few_rights_is_enough_for_a_service,
        durability::every_change_waits_for_the_disk_whatever_the_default_is,
        leaks::no_table_has_a_raw_token_in_it,
        leaks::no_error_shows_what_was_stored,
        leaks::no_log_shows_what_was_bound,
        leaks::no_rendering_shows_a_password,
        telling::what_cannot_be_read_means_everything,
        telling::a_lost_connection_ends_the_delivery_and_is_not_made_again,
        telling::notifications_that_do_not_arrive_are_found_out,
        telling::pruning_many_tells_everything,
        nonces::of_a_thousand_claims_at_once_one_is_fresh,
        nonces::one_key_cannot_use_up_the_room_of_all,
        nonces::all_slots_are_used_before_a_key_is_full,
        nonces::counts_are_those_of_the_rows_after_much_coming_and_going,
        nonces::a_clock_that_is_behind_revives_nothing_that_was_just_forgotten,
        nonces::another_isolation_level_is_put_right_or_refused,
        nonces::nonces_that_are_over_are_forgotten_beside_the_requests,
        bounds::waiting_for_a_connection_and_for_an_answer_ends_in_an_error,
        bounds::connections_that_the_server_closed_are_replaced,
    ];
    libtest_mimic::run(&Arguments::from_args(), all).exit_code()
}
