//! Counts, and nothing but counts.

use axum::http::StatusCode;
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};
use wire::ProblemCode;

/// What was counted since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers by hundred of their status: 2xx to 5xx.
    answers: [AtomicU64; 4],
    full: AtomicU64,
    pub(crate) boxes: AtomicU64,
    pub(crate) chunks: AtomicU64,
    pub(crate) chunk_bytes: AtomicU64,
    pub(crate) submissions: AtomicU64,
    pub(crate) collected: AtomicU64,
    pub(crate) words: AtomicU64,
    pub(crate) expired: AtomicU64,
    pub(crate) shares: AtomicU64,
    pub(crate) shares_erased: AtomicU64,
    pub(crate) enrolled: AtomicU64,
    pub(crate) codes_refused: AtomicU64,
    pub(crate) deliveries: AtomicU64,
    pub(crate) deliveries_fetched: AtomicU64,
    pub(crate) deliveries_dropped: AtomicU64,
    over_quota: AtomicU64,
    /// Connections open now.
    pub(crate) connections: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
    pub(crate) handshakes_failed: AtomicU64,
    pub(crate) too_often: AtomicU64,
    pub(crate) too_slow: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) certificates_taken: AtomicU64,
    pub(crate) certificates_refused: AtomicU64,
    /// When the certificate in use ends, UTC seconds; 0 while there is none.
    pub(crate) certificate_ends: AtomicU64,
}

impl Metrics {
    pub(crate) fn answered(&self, status: StatusCode, problem: Option<ProblemCode>) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        if let Some(counter) = self.answers.get(class) {
            counter.fetch_add(1, Relaxed);
        }
        match problem {
            Some(ProblemCode::Full) => self.full.fetch_add(1, Relaxed),
            Some(ProblemCode::Quota) => self.over_quota.fetch_add(1, Relaxed),
            Some(ProblemCode::BadCode) => self.codes_refused.fetch_add(1, Relaxed),
            _ => 0,
        };
    }

    /// Prometheus' text format, version 0.0.4. `now`: UTC seconds; `standing`: what stands at the moment, by name.
    pub(crate) fn text(&self, now: u64, standing: &[(&str, u64)]) -> String {
        let mut out = String::from("# TYPE cloakroom_relay_answers_total counter\n");
        for (class, counter) in (2..).zip(&self.answers) {
            let _ = writeln!(
                out,
                "cloakroom_relay_answers_total{{status=\"{class}xx\"}} {}",
                counter.load(Relaxed)
            );
        }
        for (name, counter) in [
            ("boxes_opened", &self.boxes),
            ("chunks_stored", &self.chunks),
            ("chunk_bytes_stored", &self.chunk_bytes),
            ("submissions_accepted", &self.submissions),
            ("submissions_collected", &self.collected),
            ("words", &self.words),
            ("boxes_expired", &self.expired),
            ("shares_deposited", &self.shares),
            ("shares_run_out", &self.shares_erased),
            ("desks_enrolled", &self.enrolled),
            ("codes_refused", &self.codes_refused),
            ("webhooks_kept", &self.deliveries),
            ("webhooks_fetched", &self.deliveries_fetched),
            ("webhooks_dropped", &self.deliveries_dropped),
            ("quota_answers", &self.over_quota),
            ("disk_full_answers", &self.full),
            ("connections_refused", &self.connections_refused),
            ("tls_handshakes_failed", &self.handshakes_failed),
            ("requests_too_often", &self.too_often),
            ("too_slow", &self.too_slow),
            ("requests_malformed", &self.malformed),
            ("certificates_taken", &self.certificates_taken),
            ("certificates_refused", &self.certificates_refused),
        ] {
            let name = format!("cloakroom_relay_{name}_total");
            let _ = writeln!(out, "# TYPE {name} counter\n{name} {}", counter.load(Relaxed));
        }
        let mut gauge = |name: &str, value: u64| {
            let _ = writeln!(out, "# TYPE cloakroom_relay_{name} gauge\ncloakroom_relay_{name} {value}");
        };
        for (name, value) in standing {
            gauge(name, *value);
        }
        gauge("connections", self.connections.load(Relaxed));
        let ends = self.certificate_ends.load(Relaxed);
        if ends > 0 {
            gauge("certificate_ends_timestamp_seconds", ends);
            gauge("certificate_left_seconds", ends.saturating_sub(now));
        }
        out
    }
}
