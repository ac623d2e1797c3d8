//! What the suite of `Invalidations` notices.

use countersign_conformance::{Case, invalidations};

use crate::faulty::{Fault, Faulty};
use crate::{NOTHING, failing};

#[test]
fn a_store_without_fault_passes() {
    assert_eq!(failing(&all(), Fault::None), NOTHING);
}

#[test]
fn connecting_twice_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::ConnectTwice),
        ["a_delivery_connects_first_and_once", "a_delivery_may_be_begun_again"]
    );
}

#[test]
fn telling_after_the_delivery_was_dropped_is_noticed() {
    assert_eq!(failing(&all(), Fault::TellAfterDrop), ["a_dropped_delivery_tells_nothing_any_more"]);
}

#[test]
fn telling_too_early_is_noticed() {
    assert_eq!(
        failing(&all(), Fault::TellThenChange),
        ["a_change_can_be_seen_once_it_is_told", "a_change_elsewhere_can_be_seen_once_it_is_told"]
    );
}

#[test]
fn telling_of_use_is_noticed() {
    assert_eq!(failing(&all(), Fault::TellUse), ["use_is_not_told"]);
}

#[test]
fn telling_of_matches_is_noticed() {
    assert_eq!(failing(&all(), Fault::TellMatches), ["matches_are_not_told"]);
}

#[test]
fn whatever_leaves_a_listener_waiting_in_vain_is_noticed() {
    let faults = [
        (Fault::OutliveTheLink, &["a_broken_store_ends_the_delivery"][..]),
        (
            Fault::TellInReplacedOnly,
            &["a_replaced_token_and_its_successor_are_told_at_once", "tokens_changed_elsewhere_are_told"][..],
        ),
        (
            Fault::NoHeartbeat,
            &[
                "a_delivery_connects_first_and_once",
                "a_remote_link_has_a_heartbeat_and_another_has_none",
                "a_dropped_delivery_tells_nothing_any_more",
                "a_link_to_elsewhere_is_remote",
            ][..],
        ),
        (
            Fault::SkipAfter1000,
            &["more_than_1000_changes_are_told_at_once", "more_than_1000_changes_elsewhere_are_told"][..],
        ),
        (Fault::TellIfAwaited, &["a_dropped_change_is_told_if_it_was_made"][..]),
        (
            Fault::TellHereOnly,
            &[
                "tokens_changed_elsewhere_are_told",
                "secrets_changed_elsewhere_are_told",
                "more_than_1000_changes_elsewhere_are_told",
                "what_changes_elsewhere_right_after_connecting_is_told",
                "every_process_is_told",
                "a_change_elsewhere_can_be_seen_once_it_is_told",
            ][..],
        ),
    ];
    // Side by side, since each of them is waited for.
    std::thread::scope(|scope| {
        for (fault, expected) in faults {
            scope.spawn(move || assert_eq!(failing(&all(), fault), expected, "{fault:?}"));
        }
    });
}

#[test]
fn telling_nobody_or_one_change_late_is_noticed() {
    for fault in [Fault::TellNobody, Fault::TellLate] {
        let failing = failing(&all(), fault);
        let told = all().into_iter().map(|case| case.name()).filter(|name| name.ends_with("told_at_once"));
        // The second of two changes of one key is told with the first, however late that is.
        for name in told.filter(|name| fault == Fault::TellNobody || *name != "a_retired_secret_is_told_at_once") {
            assert!(failing.contains(&name), "{fault:?} passes {name}: {failing:?}");
        }
    }
}

#[test]
fn connecting_before_subscribing_is_noticed() {
    // Whatever changes at the wrong moment is lost: which cases those are is a matter of chance, this one excepted.
    let failing = failing(&all(), Fault::ConnectThenSubscribe);
    assert!(failing.contains(&"what_changes_right_after_connecting_is_told"), "{failing:?}");
}

fn all() -> Vec<Case<Faulty>> {
    [invalidations::cases(), invalidations::breakable_cases(), invalidations::shared_cases()].concat()
}
