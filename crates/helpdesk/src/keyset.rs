//! Paging by time where a helpdesk counts pages: the next page begins where this one's times end, so that what changes
//! in between, and moves to the end of the list, pushes nothing past a page's border unseen.

use crate::pull::Place;
use crate::{Page, Pull, TicketNews};

/// The page, and where to go on. `news`: oldest first, `full` of them when there may be more.
pub(crate) fn page(pull: &Pull, news: Vec<TicketNews>, full: usize) -> Page {
    let newest = news.iter().map(|news| news.at).max().unwrap_or(0).max(pull.newest);
    if news.len() < full {
        return Page { next: pull.after_newest(newest), news, more: false, wait: 0 };
    }
    // One second back: "since" may mean "after".
    let since = news.iter().map(|news| news.at).max().unwrap_or(0).saturating_sub(1);
    let next = if since > pull.since {
        Pull { since, newest, place: Place::Start, ..*pull }
    } else {
        // Everything on it bears one time: the next page of the same.
        let page = if let Place::Page { page } = pull.place { page } else { 1 };
        Pull { newest, place: Place::Page { page: page.saturating_add(1) }, ..*pull }
    };
    Page { next, news, more: true, wait: 0 }
}
