//! Untrusted bytes to pixels, with limits.
//!
//! [`decode`] takes a file as a customer sent it and gives back an upright picture of plain [`Pixels`], or says in
//! words why there is none. Only JPEG, PNG and WebP are read, and only where the file's first bytes are of a type
//! the caller allows. Size is checked from the header, before anything is unpacked.
//!
//! Runs in the calling process for now. What the decoders allocate for themselves while they work is freed, not
//! wiped: a process that shows pictures runs under an allocator that wipes what it frees, or ends afterwards.

mod decode;
mod limits;
mod media;
mod orient;
mod pixels;

pub use decode::{Unviewable, decode};
pub use limits::Limits;
pub use media::Media;
pub use pixels::Pixels;
