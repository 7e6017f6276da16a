//! Entries in memory that never moves, so that growing leaves no copies behind.

use zeroize::{Zeroize, Zeroizing};

/// Row version and key.
pub(crate) const ENTRY_LEN: usize = 48;
const BLOCK: usize = 1024;

#[derive(Default)]
pub(crate) struct Slab {
    blocks: Vec<Zeroizing<Box<[[u8; ENTRY_LEN]]>>>,
    len: usize,
}

impl Slab {
    pub(crate) fn push(&mut self, entry: &[u8; ENTRY_LEN]) -> usize {
        if self.len == self.blocks.len() * BLOCK {
            self.blocks.push(Zeroizing::new(vec![[0; ENTRY_LEN]; BLOCK].into_boxed_slice()));
        }
        let place = self.len;
        self.len += 1;
        if let Some(free) = self.at_mut(place) {
            free.copy_from_slice(entry);
        }
        place
    }

    pub(crate) fn at(&self, place: usize) -> Option<&[u8; ENTRY_LEN]> {
        if place < self.len { self.blocks.get(place / BLOCK)?.get(place % BLOCK) } else { None }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8; ENTRY_LEN]> {
        self.blocks.iter().flat_map(|block| block.iter()).take(self.len)
    }

    /// Wipes an entry and moves the last one into its place; returns what was moved there.
    pub(crate) fn swap_remove(&mut self, place: usize) -> Option<Zeroizing<[u8; ENTRY_LEN]>> {
        let last = self.len.checked_sub(1)?;
        let moved = Zeroizing::new(*self.at(last)?);
        if let Some(gone) = self.at_mut(last) {
            gone.zeroize();
        }
        self.len = last;
        if place == last {
            return None;
        }
        self.at_mut(place)?.copy_from_slice(moved.as_slice());
        Some(moved)
    }

    fn at_mut(&mut self, place: usize) -> Option<&mut [u8; ENTRY_LEN]> {
        if place < self.len { self.blocks.get_mut(place / BLOCK)?.get_mut(place % BLOCK) } else { None }
    }
}
