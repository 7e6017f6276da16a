//! What a link in a ticket, or a command line, asks to be filled in: a ticket's reference and a template. Nothing is
//! asked of a customer by it; a person looks at what was filled in and makes the link, or does not.

use crate::Template;
use helpdesk::{Outgoing, TicketRef};

/// The scheme that the desktop hands to Cloakroom.
const SCHEME: &str = "cloakroom:";
const REQUEST: &str = "//request";
/// The longest link that is read, in bytes.
const LINK_MAX: usize = 1024;

/// What to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromTicket {
    /// The ticket.
    pub ticket: TicketRef,
    /// What to ask for; the first in the list otherwise.
    pub template: Option<Template>,
}

/// A link or a command line that is not one. None of these quotes what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFromTicket {
    /// Not of the one form there is.
    #[error(
        "this link is not one Cloakroom knows; the form is cloakroom://request?ticket=4821&template=id-document"
    )]
    Form,
    /// The ticket is missing or is no reference.
    #[error("this link names no ticket that can be one; nothing was filled in: type the reference yourself")]
    Ticket,
    /// There is no such template.
    #[error("this link names a template that this Cloakroom does not have; choose one of the list yourself")]
    Template,
}

impl FromTicket {
    /// Reads `cloakroom://request?ticket=4821&template=id-document`: these parameters, each once, and nothing else.
    pub fn from_link(link: &str) -> Result<Self, BadFromTicket> {
        let form = BadFromTicket::Form;
        let (scheme, rest) = link.split_at_checked(SCHEME.len()).ok_or(form)?;
        if link.len() > LINK_MAX || !link.is_ascii() || !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(form);
        }
        let (place, query) = rest.split_once('?').ok_or(form)?;
        // Some desktops add the slash.
        if place.strip_suffix('/').unwrap_or(place) != REQUEST || query.contains('#') {
            return Err(form);
        }
        let (mut ticket, mut template) = (None, None);
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').ok_or(form)?;
            let seen = match name {
                "ticket" => &mut ticket,
                "template" => &mut template,
                _ => return Err(form),
            };
            if seen.replace(unescape(value).ok_or(form)?).is_some() {
                return Err(form);
            }
        }
        Self::new(&ticket.ok_or(BadFromTicket::Ticket)?, template.as_deref())
    }

    /// Reads what a command line names.
    pub fn new(ticket: &str, template: Option<&str>) -> Result<Self, BadFromTicket> {
        let ticket = ticket.parse().map_err(|_| BadFromTicket::Ticket)?;
        Outgoing::parse(TicketRef::as_str(&ticket)).map_err(|_| BadFromTicket::Ticket)?;
        let template =
            template.map(|name| Template::from_name(name).ok_or(BadFromTicket::Template)).transpose()?;
        Ok(Self { ticket, template })
    }
}

/// Percent-escapes (RFC 3986 §2.1) undone; a plus is a plus.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(*data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?.first()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn read(link: &str) -> Result<(String, Option<Template>), BadFromTicket> {
        FromTicket::from_link(link).map(|read| (read.ticket.to_string(), read.template))
    }

    #[test]
    fn a_link_fills_in_a_ticket_and_a_template() {
        let id = Some(Template::IdDocument);
        for link in [
            "cloakroom://request?ticket=4821&template=id-document",
            "cloakroom://request/?ticket=4821&template=id-document",
            "CLOAKROOM://request?template=id-document&ticket=4821",
            "cloakroom://request?ticket=48%321&template=id-document",
        ] {
            assert_eq!(read(link).unwrap(), ("4821".to_owned(), id), "{link}");
        }
        assert_eq!(read("cloakroom://request?ticket=4821&template=id").unwrap(), ("4821".to_owned(), id));
        let card = Some(Template::CardOnce);
        assert_eq!(read("cloakroom://request?ticket=4821&template=card").unwrap(), ("4821".to_owned(), card));
        assert_eq!(FromTicket::new("4821", Some("id")).unwrap().template, id);
        assert_eq!(read("cloakroom://request?ticket=%234821").unwrap(), ("#4821".to_owned(), None));
        assert_eq!(read("cloakroom://request?ticket=RT-1+2").unwrap().0, "RT-1+2");
    }

    #[test]
    fn anything_else_is_refused() {
        use BadFromTicket::{Form, Template as NoTemplate, Ticket};
        for (link, why) in [
            ("", Form),
            ("cloakroom:", Form),
            ("cloakroom://request", Form),
            ("cloakroom://request?", Form),
            ("cloakroom://close?ticket=4821", Form),
            ("cloakroom://request/now?ticket=4821", Form),
            ("cloakroom:request?ticket=4821", Form),
            ("https://request?ticket=4821", Form),
            ("cloakroom://request?ticket=4821#x", Form),
            ("cloakroom://request?ticket=4821&send=1", Form),
            ("cloakroom://request?ticket=4821&ticket=4822", Form),
            ("cloakroom://request?ticket=4821&", Form),
            ("cloakroom://request?ticket=%4", Form),
            ("cloakroom://request?ticket=%zz", Form),
            ("cloakroom://request?ticket=%ff", Form),
            ("cloakroom://request?ticket=ü", Form),
            ("cloakroom://request?template=id-document", Ticket),
            ("cloakroom://request?ticket=", Ticket),
            ("cloakroom://request?ticket=4111111111111111", Ticket),
            ("cloakroom://request?ticket=48%2021", Ticket),
            ("cloakroom://request?ticket=48%0a21", Ticket),
            ("cloakroom://request?ticket=%e2%80%ae4821", Ticket),
            ("cloakroom://request?ticket=4821&template=", NoTemplate),
            ("cloakroom://request?ticket=4821&template=everything", NoTemplate),
        ] {
            assert_eq!(read(link).unwrap_err(), why, "{link}");
        }
        let long = format!("cloakroom://request?ticket={}", "9".repeat(LINK_MAX));
        assert_eq!(read(&long).unwrap_err(), Form);
    }

    #[test]
    fn a_refusal_quotes_nothing() {
        let link = "cloakroom://request?ticket=4111 1111 1111 1111";
        assert!(!FromTicket::from_link(link).unwrap_err().to_string().contains("4111"));
    }
}
