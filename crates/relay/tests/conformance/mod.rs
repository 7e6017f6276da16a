//! What every relay store must do, said over HTTP alone: given a base address, two desks' tokens and a clock to
//! turn, it runs against any implementation. `checks!` lists the checks, each becomes a test of its own.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod boxes;
pub(crate) mod calls;
pub(crate) mod chunks;
pub(crate) mod desk;
pub(crate) mod ends;
pub(crate) mod enrolment;
pub(crate) mod events;
pub(crate) mod hooks;
pub(crate) mod hosts;
pub(crate) mod junk;
pub(crate) mod quiet;
pub(crate) mod shares;
pub(crate) mod submission;

use futures_util::future::BoxFuture;
use relay::{DeskAnswer, DeskOrder, OrderError};
use std::sync::Arc;

pub(crate) type Operator =
    Arc<dyn Fn(DeskOrder) -> BoxFuture<'static, Result<DeskAnswer, OrderError>> + Send + Sync>;

/// A relay under test.
#[derive(Clone)]
pub(crate) struct Target {
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    /// Two desks' tokens, 64 hexadecimal digits.
    pub(crate) desks: [String; 2],
    /// Moves the relay's clock forward by seconds, and has it notice what is over.
    pub(crate) advance: Arc<dyn Fn(u64) -> BoxFuture<'static, ()> + Send + Sync>,
    /// Carries out what the relay's operator orders.
    pub(crate) operator: Operator,
    /// The relay's clock, UTC seconds.
    pub(crate) now: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// Makes one test of each check. `$start` gives a fresh target and whatever must live as long as it.
#[macro_export]
macro_rules! checks {
    ($start:path) => {
        $crate::checks! { $start;
            boxes: opens_once, refuses_bad_openings, shows_the_box, one_answer_for_strangers;
            chunks: stores_once, refuses_bad_chunks, lists_runs, two_tabs_store_one_chunk;
            submission: accepts_once, one_of_a_hundred_wins, names_what_is_missing, heals_a_spoilt_part,
                refuses_bad_submissions, drops_what_is_not_named, two_tabs;
            junk: junk_does_not_shut_the_customer_out, tiny_chunks_are_charged, the_part_being_written_stays;
            ends: expires, a_started_upload_has_a_lease, revokes_and_purges, forgets_after_90_days,
                an_uncollected_submission_does_not_stay_for_ever, a_collected_box_goes_after_its_desk;
            desk: strangers_hear_401, other_desks_hear_404, collects, ranges, notes_in_order;
            shares: keeps_shares, refuses_bad_shares, a_term_moves_before_it_passes, a_term_runs_out,
                shares_go_with_their_box, deleting_a_share_twice;
            events: polls, a_poll_waits, streams_resume, words, words_are_bounded, a_replaced_store_tells_all;
            enrolment: enrols_once, names_are_names, one_answer_for_bad_codes,
                a_rotated_token_ends_when_the_new_one_comes, a_revoked_desk_calls_no_more, a_desk_sees_itself;
            hooks: passes_webhooks_on, unknown_hooks_hear_404, hooks_belong_to_a_desk, a_bell_rings,
                webhooks_are_bounded, signing_headers_are_bounded, unfetched_webhooks_are_dropped;
            quiet: looking_changes_nothing, every_answer_has_its_headers, problems_never_quote, unknown_calls,
                health_and_counts;
            hosts: exactly_one_host, malformed_requests;
        }
    };
    ($start:path; $($module:ident: $($check:ident),+ $(,)?;)+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let (target, running) = $start().await;
                conformance::$module::$check(&target).await;
                drop(running);
            }
        )+)+
    };
}
