#![allow(clippy::unwrap_used, reason = "tests")]

use super::{standing::When, *};
use crate::Template;
use helpdesk::{Proof, Said, TicketSignal};
use vault::tables::ticket::TicketState;

const ADVICE: Unheard = Unheard::Answered(Trouble::SlowDown { wait: 3_000 });

#[test]
fn what_is_due_waits_for_an_answer_and_no_longer_than_it_can_be_hoped_for() {
    let start = Instant::now();
    let later = |minutes: u64| start + Duration::from_secs(60 * minutes);
    let mut when = When::new(start);
    assert!(when.holds_back(100, start), "nobody was asked since");
    assert!(when.holds_back(100, later(14)));
    assert!(!when.holds_back(100, later(15)), "in vain");

    (when.answered, when.awaited) = (Some(100), None);
    assert!(!when.holds_back(100, later(16)), "asked when it was due");
    assert!(when.holds_back(101, later(16)), "asked before that");

    // One that fails for long already is not waited for again; but what failed before the machine slept says nothing.
    when.failing = Some(start);
    assert!(!when.holds_back(101, later(17)));
    when.woke(later(17));
    assert!(when.holds_back(101, later(18)));
    assert_eq!(when.next, start, "asked as soon as it may be");
}

#[test]
fn a_helpdesk_that_takes_no_note_now_is_not_asked_for_news_either() {
    let standings = Standings::default();
    let standing = standings.of(HelpdeskId::from_bytes([1; 16]));
    standing.told_in_vain(ADVICE);
    // The round that the note was told in went well.
    standing.went(None, 0);
    assert!(standing.next() > Instant::now() + Duration::from_secs(2_900));
    assert!(!standing.may_ask());
}

#[tokio::test]
async fn a_page_that_comes_after_the_pause_is_not_heard() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, _link) = crate::played::asked(folder.path(), Template::IdDocument).await;
    let row = HelpdeskRow {
        id: HelpdeskId::from_bytes([1; 16]),
        kind: "request-tracker".into(),
        name: "Front desk".into(),
        setup: None,
        prefix: String::new(),
        created: 0,
        paused: true,
        notes: true,
        cursor: None,
        answered: None,
        failure: None,
        failing: None,
        hook: None,
        hook_relay: None,
        keychain: true,
        refused: 0,
        refused_at: None,
    };
    let kept = row.clone();
    desk.vault(move |vault, now| Ok(vault.change(now, |change| change.db().insert_helpdesk(&kept))?))
        .await
        .unwrap();
    let news = TicketNews {
        reference: "#1".parse().unwrap(),
        said: Said::Is(TicketSignal::Closed),
        // After it was asked for.
        at: desk.now() + 1,
        proof: Proof::Pulled,
    };
    for (paused, state) in [(true, TicketState::Open), (false, TicketState::Closed)] {
        let id = row.id;
        desk.vault(move |vault, now| {
            Ok(vault.change(now, |change| change.db().set_helpdesk_use(id, paused, true))?)
        })
        .await
        .unwrap();
        assert_eq!(desk.heed(&row, vec![news.clone()], "{}".into()).await.unwrap(), !paused);
        assert_eq!(desk.ticket("#1").await.unwrap().state, state);
    }
    desk.close().await;
}
