//! The app as it ships, on a screen: how soon it is there, and what it holds.

use super::{Goal, MIB, Row, Size, Times, archive::Archive, ms, random, unlock};
use journeys::{Interceptor, Outcome, ensure, page, root, samples, scene};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, Command},
};

/// The script that works the windows and watches the screen.
const SCRIPT: &str = "tests/src/bench/app/measure.mjs";
/// What one submission holds, MiB.
const FILE: usize = 10;
/// What MiniBrowser's memory may be exceeded by, MiB.
const MORE: f64 = 40.0;

/// Measures it beside MiniBrowser, the web view's own bare browser. `most` is the longest inbox.
pub(crate) async fn run(size: &Size, folder: &Path, most: &Archive) -> Outcome<Vec<Row>> {
    let programs = [program("cloakroom")?, program("cloakroom-automated")?];
    let empty = Archive::fill(&subfolder(folder, "app-empty")?, 0).await?;
    let many = Archive::fill(&subfolder(folder, "app-many")?, size.shown).await?;
    let photo = folder.join("photo.jpg");
    fs::write(&photo, samples::photo()?)?;
    let alone = unlock::stretches(size.rounds_on_screen)?.p50();
    let seen = watch(json!({
        "app": programs[0],
        "driven": programs[1],
        "page": page::folder()?,
        "passphrase": scene::PASSPHRASE,
        "photo": photo,
        "empty": empty.scene.data_dir(),
        "many": many.scene.data_dir(),
        "most": most.scene.data_dir(),
        "requests": most.requests,
        "rounds": size.rounds_on_screen,
        "keys": size.keys,
    }))
    .await?;
    Ok(rows(&seen, alone, size.shown, most.requests))
}

/// What came of it: ms, MiB and KiB.
#[derive(Deserialize)]
struct Seen {
    starts: Both,
    unlocks: Both,
    memory: Memory,
    arrivals: Vec<f64>,
    reveals: Vec<f64>,
    page: Loaded,
    keys: Vec<f64>,
}

/// With nothing in the inbox, and with much.
#[derive(Deserialize)]
struct Both {
    empty: Vec<f64>,
    many: Vec<f64>,
}

#[derive(Deserialize)]
struct Memory {
    app: f64,
    /// Without MiniBrowser on the machine there is none.
    mini: Option<f64>,
}

#[derive(Deserialize)]
struct Loaded {
    first: f64,
    usable: f64,
    all: f64,
    interactive: f64,
}

fn rows(seen: &Seen, alone: f64, shown: u64, most: u64) -> Vec<Row> {
    let argon = "Argon2id alone";
    let mut rows = Vec::new();
    for (requests, starts, unlocks) in
        [(0, &seen.starts.empty, &seen.unlocks.empty), (shown, &seen.starts.many, &seen.unlocks.many)]
    {
        let (start, unlock) = (times(starts).p50(), times(unlocks).p50());
        let with = format!("with {requests} requests");
        rows.push(Row::new(format!("start → lock screen, {with}, p50"), start, "ms"));
        rows.push(
            Row::new(format!("unlock → inbox painted, {with}, p50"), unlock, "ms").against(argon, alone),
        );
        rows.push(
            Row::new(
                format!("start → inbox, {with}, but for person and Argon2id"),
                start + unlock - alone,
                "ms",
            )
            .goal(Goal::AtMost(800.0)),
        );
    }
    let memory = Row::new("memory of the app with its web processes, inbox open", seen.memory.app, "MiB");
    rows.push(match seen.memory.mini {
        Some(mini) => memory.against("the same page in MiniBrowser", mini).goal(Goal::AtMost(mini + MORE)),
        None => memory,
    });
    let arrivals = times(&seen.arrivals);
    let what = "10 MiB sent → visible in the window";
    rows.push(Row::new(format!("{what}, p50"), arrivals.p50(), "ms").goal(Goal::AtMost(60.0)));
    rows.push(Row::new(format!("{what}, p99"), arrivals.p99(), "ms").goal(Goal::AtMost(150.0)));
    let keys = times(&seen.keys);
    let what = format!("key in the filter of {most} requests → painted");
    rows.push(Row::new(format!("{what}, p50"), keys.p50(), "ms"));
    rows.push(Row::new(format!("{what}, p99"), keys.p99(), "ms").goal(Goal::AtMost(50.0)));
    rows.push(Row::new(
        "reveal clicked → 12 megapixels on the screen, p50",
        times(&seen.reveals).p50(),
        "ms",
    ));
    rows.push(Row::new("customer's page, first load, gzip", seen.page.first, "KiB").goal(Goal::AtMost(22.0)));
    rows.push(Row::new("until something can be chosen on it, gzip", seen.page.usable, "KiB"));
    rows.push(Row::new("all it loads for ID and card, gzip", seen.page.all, "KiB").goal(Goal::AtMost(52.0)));
    rows.push(Row::new("first load → usable, slow 3G, processor at a quarter", seen.page.interactive, "ms"));
    rows
}

fn times(milliseconds: &[f64]) -> Times {
    Times::of(milliseconds.iter().map(|each| Duration::from_secs_f64(each.max(0.0) / 1000.0)).collect())
}

/// Runs the script, and sends what it asks to be sent.
async fn watch(what: Value) -> Outcome<Seen> {
    let mut child = Command::new("node")
        .arg(SCRIPT)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|_| "node was not found; install Node 20.19 or newer with npm")?;
    let mut asks = child.stdin.take().ok_or("the script has no input")?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("the script has no output")?).lines();
    say(&mut asks, &what).await?;
    let content = random(FILE * MIB)?;
    while let Some(line) = lines.next_line().await? {
        let said: Value = serde_json::from_str(&line)?;
        if let Some(link) = said.get("submit").and_then(Value::as_str) {
            let status = Interceptor::of(link)?.submit_own("scan.pdf", &content).await?;
            let accepted = ms(SystemTime::now().duration_since(UNIX_EPOCH)?);
            ensure(status == 200, "the submission is accepted")?;
            say(&mut asks, &json!({ "accepted": accepted })).await?;
        } else {
            return Ok(serde_json::from_value(said.get("done").cloned().unwrap_or_default())?);
        }
    }
    Err("the app could not be measured on a screen; look at what the script printed".into())
}

async fn say(to: &mut ChildStdin, what: &Value) -> Outcome {
    to.write_all(format!("{what}\n").as_bytes()).await?;
    Ok(to.flush().await?)
}

/// A program that `cargo xtask bench` built, as it ships.
fn program(name: &str) -> Outcome<PathBuf> {
    // This program lies in the folder of its own profile, beside that of the one which ships.
    let here = std::env::current_exe()?;
    let target = here.ancestors().nth(2).ok_or("the benchmark lies in no build folder")?;
    let path = target.join("dist").join(name);
    ensure(
        path.is_file(),
        format!("{} is missing; run `cargo xtask bench`, which builds it", path.display()),
    )?;
    Ok(path)
}

fn subfolder(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let path = folder.join(name);
    fs::create_dir_all(&path)?;
    Ok(path)
}
