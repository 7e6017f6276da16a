//! How many connections each address has open.

use crate::rate::Counted;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts connections by address, and lets in so many of each.
#[derive(Clone)]
pub(crate) struct Crowd {
    most: usize,
    open: Arc<Mutex<HashMap<Counted, usize>>>,
}

/// One connection that is counted, until it is dropped.
pub(crate) struct Place {
    crowd: Crowd,
    who: Counted,
}

impl Crowd {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    pub(crate) fn enter(&self, who: Counted) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(who).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { crowd: self.clone(), who })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.crowd.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn so_many_of_each() {
        let crowd = Crowd::new(2);
        let (one, two) = (Counted::V4(1), Counted::V4(2));
        let held = (crowd.enter(one).unwrap(), crowd.enter(one).unwrap());
        assert!(crowd.enter(one).is_none());
        assert!(crowd.enter(two).is_some());
        drop(held);
        assert!(crowd.enter(one).is_some());
        assert!(crowd.open.lock().unwrap().is_empty());
    }
}
