//! The main job, from link to purge: a desk asks, a customer with a real browser gives a photo, a paper and a card,
//! and in the end nothing is left but the proof that it is gone.

mod asking;
mod ending;
mod looking;
mod proving;
mod sending;

use crate::{Customer, Outcome, Scene, samples, scene::Cost};
use desk::NewLink;
use seal::SystemRng;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The ticket it is about.
pub const TICKET: &str = "#4821";

/// Where and at what cost it is played.
pub struct Setting {
    /// The desk's data folder: empty or not there yet.
    pub data_dir: PathBuf,
    /// Where the customer's files, pictures of the page and the certificates are put.
    pub around: PathBuf,
    /// What a guess at the passphrase costs.
    pub cost: Cost,
}

/// Hears what happens.
pub trait Narrator {
    /// The next step.
    fn step(&mut self, what: &str);
    /// Something found out in it.
    fn detail(&mut self, what: &str);
    /// Where to see it for oneself.
    fn look(&mut self, at: &Path);
}

/// Everything on stage.
struct Job<'a> {
    scene: Scene,
    customer: Customer,
    around: PathBuf,
    card: samples::Card,
    photo: Vec<u8>,
    paper: Vec<u8>,
    tell: &'a mut dyn Narrator,
}

/// Plays it from end to end.
///
/// # Errors
/// The first thing that is not as it should be.
pub async fn play(setting: Setting, tell: &mut dyn Narrator) -> Outcome {
    std::fs::create_dir_all(&setting.around)?;
    tell.step("A desk is founded: its vault, its keys, its own relay with the customer's page");
    let scene = Scene::found_in(&setting.data_dir, setting.cost, Arc::new(SystemRng)).await?;
    tell.detail(&format!("it answers customers at {}", scene.desk()?.origin()));
    tell.look(&setting.data_dir);
    scene.unlock().await?;
    let mut job = Job {
        scene,
        customer: Customer::start().await?,
        around: setting.around,
        card: samples::Card::sample(),
        photo: samples::photo()?,
        paper: samples::paper(),
        tell,
    };
    let link = job.ask().await?;
    job.nothing_changes_by_looking(&link).await?;
    job.give(&link).await?;
    job.send_over_a_bad_connection(&link).await?;
    job.collected_while_locked(&link).await?;
    job.age_opens_it(&link).await?;
    job.masked(&link).await?;
    job.reveal(&link).await?;
    job.charge(&link).await?;
    job.close_undo_close(&link).await?;
    job.purged_while_locked(&link).await?;
    job.customer_reads_it().await?;
    job.proofs().await?;
    job.nothing_leaked(&link).await?;
    let Job { mut scene, customer, .. } = job;
    customer.quit().await?;
    scene.close().await;
    Ok(())
}

impl Job<'_> {
    /// Pictures are kept for a person to look at.
    async fn picture(&mut self, name: &str) -> Outcome {
        let path = self.around.join(format!("{name}.png"));
        self.customer.screenshot(&path).await?;
        self.tell.look(&path);
        Ok(())
    }

    fn put_around(&self, name: &str, bytes: &[u8]) -> Outcome<PathBuf> {
        let path = self.around.join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// The code in a link's fragment: what no server may ever see.
fn code(link: &NewLink) -> Outcome<&str> {
    Ok(link.url.split_once("/#").ok_or("a link has a fragment")?.1)
}
