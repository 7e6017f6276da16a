//! The program's own part: its settings, its log, and how it serves.

mod check;
mod log;
mod serve;
mod settings;
mod sources;
mod table;

pub(crate) use serve::{Serve, serve};
