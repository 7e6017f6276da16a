//! What a ticket's link or a command line asks to be filled in: kept until the main window is there to take it.

use crate::{
    Arguments, Shell,
    arguments::Begin,
    shell::guard,
    view::{Failure, FromTicket},
    words,
};
use clap::Parser;

impl Shell {
    /// Takes up what this start was given.
    pub(crate) fn was_given(&self, arguments: &Arguments) {
        let read = match (&arguments.begin, &arguments.link) {
            (Some(Begin::Request { ticket, template }), _) => {
                desk::FromTicket::new(ticket, template.as_deref())
            }
            (None, Some(link)) => desk::FromTicket::from_link(link),
            (None, None) => return,
        };
        *guard(&self.incoming) = Some(match read {
            Ok(read) => FromTicket {
                ticket: read.ticket.as_str().to_owned(),
                template: read.template.map(|template| template.code().to_owned()),
                problem: None,
            },
            Err(bad) => FromTicket::problem(words::sentence(&bad.to_string())),
        });
    }

    /// Somebody started Cloakroom again, with these words: this one comes forward, and takes up what they say.
    pub(crate) fn was_started_again(&self, words: Vec<String>) {
        match Arguments::try_parse_from(words) {
            Ok(arguments) => self.was_given(&arguments),
            Err(_) => {
                let bad = desk::BadFromTicket::Form;
                *guard(&self.incoming) = Some(FromTicket::problem(crate::words::sentence(&bad.to_string())));
            }
        }
        self.come_forward();
        // The window, if it is open, hears that there is something.
        if let Ok(desk) = self.desk() {
            desk.nudge();
        }
    }

    /// Whether something waits to be filled in.
    pub(crate) fn has_incoming(&self) -> bool {
        guard(&self.incoming).is_some()
    }

    /// What waits to be filled in, once.
    pub(crate) fn take_incoming(&self) -> Result<Option<FromTicket>, Failure> {
        // A locked desk keeps it.
        if self.desk()?.is_unlocked() { Ok(guard(&self.incoming).take()) } else { Ok(None) }
    }
}
