use clap::Parser;
use std::path::PathBuf;

/// Collect a customer's document or card through a one-time encrypted link, and destroy it when the ticket closes.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version)]
pub struct Arguments {
    /// The folder that holds everything this desk owns
    #[arg(long, value_name = "FOLDER", env = "CLOAKROOM_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The folder of the customer's page, where it is not beside the program
    #[arg(long, value_name = "FOLDER", env = "CLOAKROOM_PAGE", hide = true)]
    pub page: Option<PathBuf>,
}
