//! Values that are held, in a map that is too small for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use glue_models::check::{any_of, at_once, explore};
use glue_models::lru_map::LruMap;
use glue_models::task::yield_now;

#[test]
fn all_that_hold_a_key_at_the_same_time_hold_the_same_value() {
    explore(|| async {
        let map = Arc::<LruMap<usize, AtomicUsize, 1>>::default();
        let holders = Arc::<[AtomicUsize; 3]>::default();
        at_once((0..4).map(|_| {
            let (map, holders) = (Arc::clone(&map), Arc::clone(&holders));
            async move {
                for _ in 0..3 {
                    let key = any_of(3);
                    let value = map.get(key);
                    holders[key].fetch_add(1, SeqCst);
                    value.fetch_add(1, SeqCst);
                    yield_now().await;
                    assert_eq!(value.load(SeqCst), holders[key].load(SeqCst), "a key with two values");
                    holders[key].fetch_sub(1, SeqCst);
                    value.fetch_sub(1, SeqCst);
                }
            }
        }))
        .await;
    });
}
