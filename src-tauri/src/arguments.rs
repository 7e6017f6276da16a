use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Collect a customer's document or card through a one-time encrypted link, and destroy it when the ticket closes.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version, subcommand_precedence_over_arg = true)]
pub struct Arguments {
    /// The folder that holds everything this desk owns
    #[arg(long, value_name = "FOLDER", env = "CLOAKROOM_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// The folder of the customer's page, where it is not beside the program
    #[arg(long, value_name = "FOLDER", env = "CLOAKROOM_PAGE", hide = true, global = true)]
    pub page: Option<PathBuf>,
    /// A link out of a ticket, such as cloakroom://request?ticket=4821&template=id-document
    #[arg(value_name = "LINK")]
    pub link: Option<String>,
    /// What to begin with
    #[command(subcommand)]
    pub begin: Option<Begin>,
}

/// What to begin with.
#[derive(Debug, Subcommand)]
pub enum Begin {
    /// Open a new request with this ticket filled in. Nothing is sent before you make the link
    Request {
        /// The ticket's reference
        #[arg(long)]
        ticket: String,
        /// The template's code, such as id-document
        #[arg(long)]
        template: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn a_request_may_stand_after_what_goes_for_the_whole_program() {
        let asked = ["request", "--ticket", "#4822", "--template", "id-document"];
        for before in [&[][..], &["--data-dir", "desk"]] {
            let words = ["cloakroom"].iter().chain(before).chain(&asked);
            let read = Arguments::try_parse_from(words).unwrap();
            assert!(read.link.is_none());
            let Some(Begin::Request { ticket, template }) = read.begin else { panic!("no request") };
            assert_eq!((ticket.as_str(), template.as_deref()), ("#4822", Some("id-document")));
        }
        let read =
            Arguments::try_parse_from(["cloakroom", "--data-dir", "desk", "cloakroom://request?ticket=1"]);
        assert_eq!(read.unwrap().link.as_deref(), Some("cloakroom://request?ticket=1"));
        assert!(Arguments::try_parse_from(["cloakroom", "request"]).is_err());
    }
}
