//! The relay inside, whose disk fails it: it ends, since nobody knows what the disk holds, and starts again by itself.

use crate::bed::Bed;
use desk::{Ask, Template};
use vault::tables::round::RoundState;

const CHILD: &str = "CLOAKROOM_TEST_INSIDE_CHILD";

/// One commit of its relay fails. The failing is the whole process's, so it has one of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_child_whose_commit_fails() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let bed = Bed::new().await;
    let ask = Ask { ticket: "#9".into(), template: Template::IdDocument, client: String::new(), until: None };
    let refused = bed.desk.ask(&ask).await;
    assert!(refused.is_err(), "its box was never there for certain");
    bed.until("a relay that is back", || async { bed.desk.ask(&ask).await.is_ok() }).await;
    let (link, mut customer) = bed.ask("#10", Template::IdDocument).await;
    customer.send_everything().await;
    bed.until_state(link.request, RoundState::Collected).await;
    bed.desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_commit_failed_is_started_again() {
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "inside::the_child_whose_commit_fails", "--nocapture"]).kill_on_drop(true);
    let output = child.env(CHILD, "yes").env("CLOAKROOM_FAIL_COMMIT", "open:1").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
