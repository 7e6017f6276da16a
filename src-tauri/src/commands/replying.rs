//! What a helpdesk claims of a request's ticket, and what can be said to its customer: states, never data.

use super::Answer;
use crate::{
    view::{ClaimView, Reply},
    words,
};
use desk::{
    Desk, Outgoing, RequestDetail,
    tables::{
        claim::{ClaimRow, Claimed},
        ticket::TicketState,
    },
};

/// A webhook says that the ticket is over, and nothing confirmed it: a person may. Or it was merged into one that its
/// helpdesk does not name.
pub(super) async fn claim(desk: &Desk, detail: &RequestDetail) -> Answer<Option<ClaimView>> {
    if detail.ticket.state == TicketState::Closed {
        return Ok(None);
    }
    let matters =
        |claim: &ClaimRow| claim.says.ends() || (claim.says == Claimed::Merged && claim.unsettled.is_some());
    let Some(claim) = desk.claim_of(&detail.row.ticket).await?.filter(matters) else {
        return Ok(None);
    };
    let helpdesks = desk.helpdesks().await?;
    let name = helpdesks.into_iter().find(|of| of.id == claim.helpdesk).map(|of| of.name);
    Ok(Some(ClaimView {
        helpdesk: name.unwrap_or_default(),
        says: claim.says.as_str().to_owned(),
        at: claim.at,
    }))
}

/// Messages for where the request stands now.
pub(super) async fn replies(desk: &Desk, detail: &RequestDetail) -> Answer<Vec<Reply>> {
    let company = desk.company().await?.name;
    let ticket = &detail.row.ticket;
    let mut replies = Vec::new();
    let held = detail.rounds.iter().filter(|round| round.row.arrived.is_some()).flat_map(|round| {
        round.holdings.iter().filter(|held| held.state == desk::tables::holding::HoldingState::Alive)
    });
    if let Some(latest) = held.map(|held| held.term_max).max() {
        replies.push((
            "Received",
            format!(
                "{company}, ticket {ticket}: we have received what you sent, thank you. Only {company} can open it. It \
                 is deleted when your request is settled, and by {} in any case; the link you used says when.",
                words::moment(latest)
            ),
        ));
    }
    let arrived = detail.rounds.iter().filter(|round| round.row.arrived.is_some());
    let mut deleted: Option<(u64, desk::PurgeId)> = None;
    let purges: Vec<_> = arrived.flat_map(|round| &round.holdings).filter_map(|held| held.purge).collect();
    for purge in purges {
        let at = desk.purge(purge).await?.row.completed;
        deleted = deleted.max(at.map(|at| (at, purge)));
    }
    if let Some((at, purge)) = deleted
        && replies.is_empty()
    {
        replies.push((
            "Deleted",
            format!(
                "{company}, ticket {ticket}: what you sent was deleted on {}. The number of the certificate is {}; \
                 the link you used says so too.",
                words::moment(at),
                desk::certificate_number(purge)
            ),
        ));
    }
    Ok(replies.into_iter().map(|(title, text)| reply(title, text)).collect())
}

/// Nothing that looks like a card number is ever ready to be pasted; that there would be a message is said.
fn reply(title: &str, text: String) -> Reply {
    let title = title.to_owned();
    match Outgoing::parse(&text) {
        Ok(_) => Reply { title, text, refused: None },
        Err(held) => Reply { title, text: String::new(), refused: Some(words::sentences(&held.to_string())) },
    }
}

#[cfg(test)]
mod tests {
    use super::reply;

    #[test]
    fn a_message_that_holds_a_card_number_is_not_offered_and_that_is_said() {
        let held = reply("Received", "Hotel 4111 1111 1111 1111: we have received it.".to_owned());
        assert!(held.text.is_empty() && held.refused.is_some_and(|why| why.contains("card number")));
        assert!(reply("Received", "Hotel Adler: we have received it.".to_owned()).refused.is_none());
    }
}
