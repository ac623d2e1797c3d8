//! A thousand identical requests at once.

use countersign::MemoryStore;
use countersign_tests::{Racy, admitted_of_a_thousand};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exactly_one_of_a_thousand_is_admitted() {
    for _ in 0..3 {
        assert_eq!(admitted_of_a_thousand(MemoryStore::new()).await, 1);
    }
    assert!(admitted_of_a_thousand(Racy::default()).await > 1, "a store that is not atomic is found out");
}
