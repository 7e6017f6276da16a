use crate::{ANSWER_MAX, Answer};

/// How long to wait where a helpdesk asks to slow down and does not say for how long, seconds.
const WAIT: u64 = 60;
/// The longest wait that is believed: an hour.
const WAIT_MAX: u64 = 3600;

/// Why a helpdesk's answer was none. Texts say what to do; no answer is ever quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// 429: too many calls, by everybody who uses this account.
    #[error("the helpdesk asks to slow down; it is asked again in {wait} seconds")]
    SlowDown {
        /// Seconds.
        wait: u64,
    },
    /// 401.
    #[error("the helpdesk does not know this token; make a new one there and enter it in the settings")]
    SignIn,
    /// 403.
    #[error(
        "the helpdesk does not let this account do that; let it read tickets and add internal notes there, \
         then try again"
    )]
    NotAllowed,
    /// 404 where a ticket was asked for.
    #[error(
        "the helpdesk shows no such ticket to this account; check the number, or close the ticket by hand"
    )]
    NoTicket,
    /// A redirect, a page for people, or something else that no such helpdesk answers.
    #[error(
        "something else than this kind of helpdesk answers at its address; check the address in the settings"
    )]
    NotThisHelpdesk,
    /// 5xx.
    #[error("the helpdesk has trouble of its own (status {status}); it is asked again in {wait} seconds")]
    Down {
        /// The status code.
        status: u16,
        /// Seconds.
        wait: u64,
    },
    /// Any other 4xx.
    #[error(
        "the helpdesk refuses the call (status {status}); check its settings here, queue and project names too"
    )]
    Refused {
        /// The status code.
        status: u16,
    },
    /// Not what its documentation says.
    #[error(
        "the helpdesk's answer cannot be read; nothing was changed. If this stays, its version may be too new"
    )]
    Malformed,
    /// More than [`ANSWER_MAX`] bytes.
    #[error("the helpdesk's answer is too large to read; nothing was changed. It is asked again later")]
    TooLarge,
}

impl Trouble {
    /// Every code.
    pub const CODES: [&'static str; 9] = [
        "slow-down",
        "sign-in",
        "not-allowed",
        "no-ticket",
        "not-this-helpdesk",
        "down",
        "refused",
        "malformed",
        "too-large",
    ];

    /// Its name, for the screen and the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SlowDown { .. } => "slow-down",
            Self::SignIn => "sign-in",
            Self::NotAllowed => "not-allowed",
            Self::NoTicket => "no-ticket",
            Self::NotThisHelpdesk => "not-this-helpdesk",
            Self::Down { .. } => "down",
            Self::Refused { .. } => "refused",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
        }
    }

    /// The least seconds before the next call. Where only a person can mend it, asking again soon is no use.
    #[must_use]
    pub fn wait(self) -> u64 {
        match self {
            Self::SlowDown { wait } | Self::Down { wait, .. } => wait,
            Self::NoTicket => 0,
            Self::Malformed | Self::TooLarge => 5 * WAIT,
            Self::SignIn | Self::NotAllowed | Self::NotThisHelpdesk | Self::Refused { .. } => 10 * WAIT,
        }
    }

    /// What an answer's status says, before its body is read. `ticket`: one ticket was asked for.
    pub(crate) fn of_status(answer: &Answer, ticket: bool) -> Result<(), Self> {
        match answer.status {
            200..=299 if answer.body.len() > ANSWER_MAX => Err(Self::TooLarge),
            200..=299 => Ok(()),
            429 => Err(Self::SlowDown { wait: retry_after(answer) }),
            401 => Err(Self::SignIn),
            403 => Err(Self::NotAllowed),
            404 | 410 if ticket => Err(Self::NoTicket),
            404 | 410 | 300..=399 => Err(Self::NotThisHelpdesk),
            status @ 500..=599 => Err(Self::Down { status, wait: retry_after(answer) }),
            status => Err(Self::Refused { status }),
        }
    }
}

/// RFC 9110 §10.2.3, in seconds; its other form, a date, is a form none of these helpdesks documents.
fn retry_after(answer: &Answer) -> u64 {
    answer.number("retry-after").unwrap_or(WAIT).clamp(1, WAIT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status, headers, body: Vec::new() }
    }

    #[test]
    fn waiting_is_as_long_as_was_asked_within_an_hour() {
        let wait = |value: &str| match Trouble::of_status(&answer(429, &[("Retry-After", value)]), false) {
            Err(trouble) => trouble.wait(),
            Ok(()) => 0,
        };
        assert_eq!(wait("93"), 93);
        assert_eq!(wait("0"), 1);
        assert_eq!(wait("86400"), 3600);
        assert_eq!(wait("soon"), 60);
        assert_eq!(Trouble::of_status(&answer(429, &[]), false), Err(Trouble::SlowDown { wait: 60 }));
        assert_eq!(
            Trouble::of_status(&answer(503, &[("retry-after", "7")]), true),
            Err(Trouble::Down { status: 503, wait: 7 })
        );
    }

    #[test]
    fn a_redirect_is_never_followed() {
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(Trouble::of_status(&answer(status, &[]), true), Err(Trouble::NotThisHelpdesk));
        }
    }

    #[test]
    fn a_missing_ticket_is_told_from_a_missing_helpdesk() {
        assert_eq!(Trouble::of_status(&answer(404, &[]), true), Err(Trouble::NoTicket));
        assert_eq!(Trouble::of_status(&answer(404, &[]), false), Err(Trouble::NotThisHelpdesk));
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let mut long = answer(200, &[]);
        long.body = vec![b' '; ANSWER_MAX];
        assert_eq!(Trouble::of_status(&long, false), Ok(()));
        long.body.push(b' ');
        assert_eq!(Trouble::of_status(&long, false), Err(Trouble::TooLarge));
    }
}
