//! Memory for what is read from disk on its way to desks. There are so many large buffers for all downloads together; a
//! download that finds none left goes on in small ones. So a desk that takes its time slows others and never stops them,
//! and however many there are, memory stays bounded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Bytes of a large buffer.
pub(crate) const LARGE: usize = 512 * 1024;
/// Bytes of a small one.
pub(crate) const SMALL: usize = 16 * 1024;
/// Large buffers of all downloads together: 12 MiB.
const LARGE_MAX: usize = 24;

/// The large buffers, while there is any download.
#[derive(Default)]
pub(crate) struct Buffers(Mutex<Weak<Pool>>);

impl Buffers {
    /// What the downloads under way share. The last one to end frees it.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        let mut held = lock(&self.0);
        held.upgrade().unwrap_or_else(|| {
            let pool = Arc::new(Pool::default());
            *held = Arc::downgrade(&pool);
            pool
        })
    }
}

/// Buffers are used again: fresh memory would cost as much as the reading.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Large>);

#[derive(Default)]
struct Large {
    free: Vec<Vec<u8>>,
    made: usize,
}

impl Pool {
    /// A large buffer if one is left, else a small one. Empty.
    pub(crate) fn take(self: &Arc<Self>) -> Buffer {
        let mut large = lock(&self.0);
        let bytes = match large.free.pop() {
            None if large.made < LARGE_MAX => {
                large.made += 1;
                Some(Vec::new())
            }
            free => free,
        };
        let home = bytes.is_some().then(|| Arc::clone(self));
        Buffer { bytes: bytes.unwrap_or_default(), length: 0, home }
    }
}

/// One read's bytes, and where their memory goes afterwards.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
    home: Option<Arc<Pool>>,
}

impl Buffer {
    /// How much it may hold.
    pub(crate) fn room(&self) -> usize {
        if self.home.is_some() { LARGE } else { SMALL }
    }

    /// So many bytes to be written over, at most [`Buffer::room`].
    pub(crate) fn space(&mut self, length: usize) -> &mut [u8] {
        self.length = length.min(self.room());
        if self.bytes.len() < self.length {
            // No more than is asked for: what is bounded here is memory.
            self.bytes.reserve_exact(self.length - self.bytes.len());
            self.bytes.resize(self.length, 0);
        }
        self.bytes.get_mut(..self.length).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(home) = self.home.take() {
            lock(&home.0).free.push(std::mem::take(&mut self.bytes));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is half done while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ones_run_out_and_come_back() {
        let buffers = Buffers::default();
        let pool = buffers.pool();
        let mut taken: Vec<_> = (0..LARGE_MAX).map(|_| pool.take()).collect();
        assert!(taken.iter_mut().all(|buffer| buffer.space(2 * LARGE).len() == LARGE));
        assert_eq!(buffers.pool().take().room(), SMALL, "others find none left");
        taken.pop();
        assert_eq!(buffers.pool().take().room(), LARGE, "what was given back is lent again");
    }

    #[test]
    fn the_last_to_end_frees_them() {
        let buffers = Buffers::default();
        let pool = buffers.pool();
        let held = Arc::downgrade(&pool);
        let buffer = pool.take();
        drop(pool);
        assert!(held.upgrade().is_some(), "a block is still on its way");
        drop(buffer);
        assert!(held.upgrade().is_none());
    }

    #[test]
    fn a_used_buffer_shows_no_more_than_was_read() {
        let pool = Buffers::default().pool();
        let mut first = pool.take();
        first.space(10).fill(7);
        drop(first);
        let mut again = pool.take();
        again.space(4).fill(1);
        assert_eq!(again.as_ref(), [1; 4]);
    }
}
