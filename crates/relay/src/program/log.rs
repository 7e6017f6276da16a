//! The log: JSON lines on stderr.

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Starts the log. CLOAKROOM_LOG, the variable that all of Cloakroom's programs know, comes after the setting.
pub(super) fn start(level: Option<LevelFilter>) {
    let everywhere = || std::env::var("CLOAKROOM_LOG").ok()?.parse().ok();
    let level = level.or_else(everywhere).unwrap_or(LevelFilter::INFO);
    // Only what this crate says itself: libraries would log paths, and paths name boxes.
    let ours = Targets::new().with_target("relay", level).with_target("cloakroom_relay", level);
    let lines = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
}
