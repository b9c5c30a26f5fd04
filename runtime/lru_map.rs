//! A bounded map of values that requests share: of those that nobody holds, the least recently used is forgotten first.

use std::hash::Hash;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

/// The most entries that one insertion looks at for some to forget: an insertion stays cheap while thousands are held.
const LOOKED_AT: usize = 8;

/// Values by key. Of those that nobody holds at most `CAPACITY` are kept; one that is held is never forgotten, so all who
/// ask for a key at the same time get the same value.
#[derive(Debug)]
pub struct LruMap<K: Hash + Eq, V, const CAPACITY: usize>(Mutex<LruCache<K, Arc<V>>>);

impl<K: Hash + Eq, V, const CAPACITY: usize> Default for LruMap<K, V, CAPACITY> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::unbounded()))
    }
}

impl<K: Hash + Eq, V: Default, const CAPACITY: usize> LruMap<K, V, CAPACITY> {
    /// The value of a key, made on first use.
    #[must_use]
    pub fn get(&self, key: K) -> Arc<V> {
        let mut values = self.0.lock();
        let value = Arc::clone(values.get_or_insert(key, Arc::default));
        for _ in 0..LOOKED_AT {
            if values.len() <= CAPACITY {
                break;
            }
            let Some((key, oldest)) = values.pop_lru() else { break };
            // Nobody can take hold of it in the meantime: that needs the lock.
            if Arc::strong_count(&oldest) > 1 {
                values.put(key, oldest);
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_is_forgotten() {
        let map = LruMap::<u8, Mutex<u8>, 2>::default();
        for key in [1, 2] {
            *map.get(key).lock() = key;
        }
        assert_eq!(*map.get(1).lock(), 1);
        let _ = map.get(3);
        assert_eq!((*map.get(1).lock(), *map.get(2).lock()), (1, 0));
    }

    #[test]
    fn what_is_held_is_never_forgotten_and_what_is_not_stays_bounded() {
        let map = LruMap::<u32, Mutex<u32>, 2>::default();
        let held: Vec<_> = (0..100).map(|key| map.get(key)).collect();
        assert!(held.iter().zip(0..).all(|(value, key)| Arc::ptr_eq(value, &map.get(key))));
        drop(held);
        for key in 1000..1100 {
            let _ = map.get(key);
        }
        assert_eq!(map.0.lock().len(), 2);
    }
}
