use serde::{Deserialize, Serialize};

use crate::{
    Address, Answer, Authorization, Call, Confirmation, Credential, Freshdesk, InternalNote, Jira, Page,
    Pull, RequestTracker, Step, TicketRef, Trouble, Zendesk, confirm::Stage,
};

/// A helpdesk the desk can ask, and how it is set up there. The credential is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Helpdesk {
    /// Zendesk Support.
    Zendesk(Zendesk),
    /// Freshdesk.
    Freshdesk(Freshdesk),
    /// Jira Service Management, Cloud or Data Center.
    Jira(Jira),
    /// Request Tracker 5 and newer, by REST 2.
    RequestTracker(RequestTracker),
}

impl Helpdesk {
    /// Its name, as people know it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Zendesk(_) => "Zendesk",
            Self::Freshdesk(_) => "Freshdesk",
            Self::Jira(_) => "Jira Service Management",
            Self::RequestTracker(_) => "Request Tracker",
        }
    }

    /// A code for it, for the ledger and the log.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Zendesk(_) => "zendesk",
            Self::Freshdesk(_) => "freshdesk",
            Self::Jira(_) => "jira",
            Self::RequestTracker(_) => "request-tracker",
        }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> &Address {
        match self {
            Self::Zendesk(zendesk) => &zendesk.address,
            Self::Freshdesk(freshdesk) => &freshdesk.address,
            Self::Jira(jira) => &jira.address,
            Self::RequestTracker(rt) => &rt.address,
        }
    }

    /// The value of [`Authorization::HEADER`], for every [`Call`] to it.
    #[must_use]
    pub fn authorization(&self, credential: &Credential) -> Authorization {
        match self {
            Self::Zendesk(zendesk) => zendesk.authorization(credential),
            Self::Freshdesk(_) => credential.as_name(),
            Self::Jira(jira) => jira.authorization(credential),
            Self::RequestTracker(_) => credential.as_token(),
        }
    }

    /// Whether address and credential are right, without looking at any ticket. Its answer goes to [`Self::checked`].
    #[must_use]
    pub fn check(&self) -> Call {
        match self {
            Self::Zendesk(zendesk) => zendesk.check(),
            Self::Freshdesk(freshdesk) => freshdesk.check(),
            Self::Jira(jira) => jira.check(),
            Self::RequestTracker(rt) => rt.check(),
        }
    }

    /// Reads the answer to [`Self::check`].
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn checked(&self, answer: &Answer) -> Result<(), Trouble> {
        Trouble::of_status(answer, false)?;
        match self {
            Self::Zendesk(_) => Zendesk::checked(answer),
            Self::Freshdesk(_) => Freshdesk::checked(answer),
            Self::Jira(_) => Jira::checked(answer),
            Self::RequestTracker(_) => RequestTracker::checked(answer),
        }
    }

    /// Everything that changed since a time (UTC seconds), to begin with; later pulls go on where [`Page::next`] says.
    #[must_use]
    pub fn pull(&self, since: u64) -> Pull {
        Pull::since(since)
    }

    /// The call that a pull makes next; it writes down in the pull what it asks for. `now`: UTC seconds.
    pub fn pull_call(&self, pull: &mut Pull, now: u64) -> Call {
        match self {
            Self::Zendesk(zendesk) => zendesk.pull_call(pull, now),
            Self::Freshdesk(freshdesk) => freshdesk.pull_call(pull),
            Self::Jira(jira) => jira.pull_call(pull, now),
            Self::RequestTracker(rt) => rt.pull_call(pull, now),
        }
    }

    /// Reads the answer to [`Self::pull_call`]. A page that fails is asked for again, from the same [`Pull`]: nothing is
    /// skipped.
    ///
    /// # Errors
    /// Why there is no page, and through [`Trouble::wait`] when to try again.
    pub fn pulled(&self, pull: &Pull, answer: &Answer) -> Result<Page, Trouble> {
        // A cursor that the helpdesk has forgotten: from the last known time instead, once.
        if matches!(answer.status, 400 | 404 | 410 | 422) && pull.has_cursor() {
            return Ok(Page { news: Vec::new(), next: pull.without_cursor(), more: true, wait: 1 });
        }
        Trouble::of_status(answer, false)?;
        match self {
            Self::Zendesk(_) => Zendesk::pulled(pull, answer),
            Self::Freshdesk(freshdesk) => freshdesk.pulled(pull, answer),
            Self::Jira(jira) => jira.pulled(pull, answer),
            Self::RequestTracker(_) => RequestTracker::pulled(pull, answer),
        }
    }

    /// Asks how one ticket stands right now.
    ///
    /// # Errors
    /// [`BadTicketNumber`] when the reference cannot be one of this helpdesk.
    pub fn confirm(&self, reference: &TicketRef) -> Result<Confirmation, BadTicketNumber> {
        self.number(reference)?;
        Ok(Confirmation { reference: reference.clone(), stage: Stage::Ticket })
    }

    /// The call that a confirmation makes next.
    #[must_use]
    pub fn confirm_call(&self, confirmation: &Confirmation) -> Call {
        // Checked when the confirmation was made.
        let number = self.number(&confirmation.reference).unwrap_or_default();
        match self {
            Self::Zendesk(zendesk) => zendesk.confirm_call(&number, &confirmation.stage),
            Self::Freshdesk(freshdesk) => freshdesk.confirm_call(&number, &confirmation.stage),
            Self::Jira(jira) => jira.confirm_call(&number),
            Self::RequestTracker(rt) => rt.confirm_call(&number),
        }
    }

    /// Reads the answer to [`Self::confirm_call`]: how the ticket stands, or what to ask besides.
    ///
    /// # Errors
    /// Why nothing is known. Nothing changes then; [`Trouble::NoTicket`] is no close either.
    pub fn confirmed(&self, confirmation: Confirmation, answer: &Answer) -> Result<Step, Trouble> {
        Trouble::of_status(answer, true)?;
        match self {
            Self::Zendesk(_) => Zendesk::confirmed(confirmation, answer),
            Self::Freshdesk(freshdesk) => freshdesk.confirmed(confirmation, answer),
            Self::Jira(_) => Jira::confirmed(confirmation, answer),
            Self::RequestTracker(_) => RequestTracker::confirmed(confirmation, answer),
        }
    }

    /// The call that puts an internal note into a ticket: for the agents there, never for the customer.
    ///
    /// # Errors
    /// [`BadTicketNumber`] when the reference cannot be one of this helpdesk.
    pub fn note(&self, reference: &TicketRef, note: &InternalNote) -> Result<Call, BadTicketNumber> {
        let (number, text) = (self.number(reference)?, note.text());
        Ok(match self {
            Self::Zendesk(zendesk) => zendesk.note(&number, &text),
            Self::Freshdesk(freshdesk) => freshdesk.note(&number, &text),
            Self::Jira(jira) => jira.note(&number, &text),
            Self::RequestTracker(rt) => rt.note(&number, &text),
        })
    }

    /// Reads the answer to [`Self::note`].
    ///
    /// # Errors
    /// Why the note is not in the ticket. Zendesk refuses notes to closed tickets ([`Trouble::Refused`]): then it is
    /// too late for it, and trying again is no use.
    pub fn noted(&self, answer: &Answer) -> Result<(), Trouble> {
        Trouble::of_status(answer, true)
    }

    /// A reference as this helpdesk's calls write it.
    fn number(&self, reference: &TicketRef) -> Result<String, BadTicketNumber> {
        let bare = reference.as_str().trim_start_matches('#');
        match self {
            Self::Jira(_) => crate::jira::issue_key(bare),
            Self::Zendesk(_) | Self::Freshdesk(_) | Self::RequestTracker(_) => {
                let whole =
                    bare.parse::<u64>().ok().filter(|_| bare.bytes().all(|byte| byte.is_ascii_digit()));
                whole.map(|number| number.to_string())
            }
        }
        .ok_or(BadTicketNumber)
    }
}

/// The reference of a helpdesk that counts its tickets.
pub(crate) fn numbered(number: u64) -> Result<TicketRef, Trouble> {
    TicketRef::parse(&format!("#{number}")).map_err(|_| Trouble::Malformed)
}

/// A reference that no ticket of this helpdesk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no ticket of this helpdesk is called that; use its number there, such as 4821, or IT-12 in Jira")]
pub struct BadTicketNumber;
