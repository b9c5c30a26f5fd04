//! State that the runs of actions in one process share.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// One value of each type that somebody asked for, for the life of a process.
#[derive(Debug, Default)]
pub struct Store {
    values: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Store {
    /// The value of this type, made on first use.
    #[must_use]
    pub fn get<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let value = Arc::clone(self.values.lock().entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())));
        // The entry of a type holds nothing else.
        value.downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_a_type() {
        let store = Store::default();
        *store.get::<Mutex<u8>>().lock() += 1;
        *store.get::<Mutex<u8>>().lock() += 1;
        assert_eq!((*store.get::<Mutex<u8>>().lock(), *store.get::<Mutex<u16>>().lock()), (2, 0));
    }
}
