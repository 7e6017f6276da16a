//! The main job.

use journeys::{
    Outcome,
    job::{self, Narrator, Setting},
    scene::Cost,
};
use std::path::Path;

/// Shown when the test fails.
struct Captured;

impl Narrator for Captured {
    #[allow(clippy::print_stdout, reason = "captured by the test's runner")]
    fn step(&mut self, what: &str) {
        println!("{what}");
    }

    #[allow(clippy::print_stdout, reason = "captured by the test's runner")]
    fn detail(&mut self, what: &str) {
        println!("    {what}");
    }

    fn look(&mut self, _at: &Path) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_from_link_to_purge() -> Outcome {
    let folder = tempfile::tempdir()?;
    let setting = Setting {
        data_dir: folder.path().join("desk"),
        around: folder.path().join("around"),
        cost: Cost::WEAK_FOR_TESTS,
    };
    job::play(setting, &mut Captured).await
}
