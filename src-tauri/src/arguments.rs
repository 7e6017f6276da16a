use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Collect a customer's document or card through a one-time encrypted link, and destroy it when the ticket closes.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version, args_conflicts_with_subcommands = true)]
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
