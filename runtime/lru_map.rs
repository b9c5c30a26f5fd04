//! A bounded map of values that requests share: the least recently used is forgotten first.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

/// Values by key, at most `CAPACITY` of them, which must not be zero. A value that is forgotten lives on for those that
/// hold it; whoever asks for its key next gets a new one.
#[derive(Debug)]
pub struct LruMap<K: Hash + Eq, V, const CAPACITY: usize>(Mutex<LruCache<K, Arc<V>>>);

impl<K: Hash + Eq, V, const CAPACITY: usize> Default for LruMap<K, V, CAPACITY> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(const { NonZeroUsize::new(CAPACITY).expect("not zero") })))
    }
}

impl<K: Hash + Eq, V: Default, const CAPACITY: usize> LruMap<K, V, CAPACITY> {
    /// The value of a key, made on first use.
    #[must_use]
    pub fn get(&self, key: K) -> Arc<V> {
        self.0.lock().get_or_insert(key, Arc::default).clone()
    }

    /// Forgets this value of a key. One that has taken its place stays.
    pub fn forget(&self, key: &K, value: &Arc<V>) {
        let mut values = self.0.lock();
        if values.peek(key).is_some_and(|known| Arc::ptr_eq(known, value)) {
            values.pop(key);
        }
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
    fn only_the_value_that_is_meant_is_forgotten() {
        let map = LruMap::<u8, Mutex<u8>, 2>::default();
        let first = map.get(1);
        map.forget(&1, &first);
        let second = map.get(1);
        assert!(!Arc::ptr_eq(&first, &second));
        map.forget(&1, &first);
        assert!(Arc::ptr_eq(&map.get(1), &second));
    }
}
