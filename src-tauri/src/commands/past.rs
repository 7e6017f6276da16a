//! What was destroyed: the history, certificates, the ledger.

use super::Answer;
use crate::{
    Shell,
    view::{
        Certificate, Cursor, Export, ExportAs, Failure, FailureCode, HistoryPage, HistoryQuery, Ledger, Line,
        PurgeState, PurgeView, Saved, Section,
    },
    words,
};
use desk::{Desk, Erasure, Findings, PurgeDetail, certificate_number};
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};
use tauri::{Manager, State as Managed, WebviewWindow};

/// Rows a page holds at most.
const PAGE_MAX: u32 = 200;
/// Unfinished purges shown at most; there are more only while very many are under way.
const UNFINISHED_MAX: usize = 200;
/// Purges that are exported at most.
const EXPORT_MAX: u32 = 1_000_000;

/// A page of the history.
#[tauri::command]
pub(crate) async fn history(shell: Managed<'_, Shell>, args: HistoryQuery) -> Answer<HistoryPage> {
    let desk = shell.desk()?;
    let before =
        args.before.map(|cursor| Ok::<_, Failure>((cursor.at, words::id(&cursor.id)?))).transpose()?;
    let ticket = args.ticket.map(|ticket| ticket.trim().to_owned()).filter(|ticket| !ticket.is_empty());
    let limit = args.limit.clamp(1, PAGE_MAX);
    let all = ticket.is_some();
    let unfinished = if before.is_none() { desk.unfinished().await? } else { Vec::new() };
    let purges = desk.purges(ticket, before, limit).await?;
    let full = !all && purges.len() as u64 == u64::from(limit);
    let next = purges
        .last()
        .filter(|_| full)
        .map(|purge| Cursor { at: purge.row.begun, id: purge.row.id.to_string() });
    let unfinished =
        unfinished.into_iter().take(UNFINISHED_MAX).map(|purge| purge_view(&desk, purge)).collect();
    Ok(HistoryPage {
        unfinished,
        rows: purges.into_iter().map(|purge| purge_view(&desk, purge)).collect(),
        next,
    })
}

/// Reads the ledger from its first entry to its last.
#[tauri::command]
pub(crate) async fn verify_ledger(shell: Managed<'_, Shell>) -> Answer<Ledger> {
    Ok(shell.desk()?.verify_ledger().await?.into())
}

/// A purge's certificate, checked just now.
#[tauri::command]
pub(crate) async fn certificate(shell: Managed<'_, Shell>, args: String) -> Answer<Certificate> {
    let desk = shell.desk()?;
    let id = words::id(&args)?;
    let (json, findings) = desk.proof(id).await?;
    let purge = desk.purge(id).await?;
    let key = desk.verifying_key().await?;
    Ok(Certificate {
        number: certificate_number(id),
        sentence: findings.sentence(),
        sections: sections(&desk, &purge, &findings, &key).await?,
        verified: true,
        key,
        json,
    })
}

/// Saves a certificate among the person's downloads.
#[tauri::command]
pub(crate) async fn save_certificate(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    args: String,
) -> Answer<Saved> {
    let id = words::id(&args)?;
    let (json, _) = shell.desk()?.proof(id).await?;
    save_download(&window, format!("cloakroom-{}", certificate_number(id)), "json", json).await
}

/// Saves the history among the person's downloads. It holds no customer's data: there is none in it.
#[tauri::command]
pub(crate) async fn save_history(
    window: WebviewWindow,
    shell: Managed<'_, Shell>,
    args: Export,
) -> Answer<Saved> {
    let desk = shell.desk()?;
    let ticket = args.ticket.map(|ticket| ticket.trim().to_owned()).filter(|ticket| !ticket.is_empty());
    let purges = desk.purges(ticket, None, EXPORT_MAX).await?;
    let rows: Vec<PurgeView> = purges.into_iter().map(|purge| purge_view(&desk, purge)).collect();
    let (extension, text) = match args.format {
        ExportAs::Json => ("json", serde_json::to_string_pretty(&rows).map_err(|_| not_saved())?),
        ExportAs::Csv => ("csv", csv(&rows)),
    };
    save_download(&window, "cloakroom-purges".to_owned(), extension, text).await
}

async fn save_download(
    window: &WebviewWindow,
    name: String,
    extension: &'static str,
    text: String,
) -> Answer<Saved> {
    let paths = window.app_handle().path().clone();
    let folder = paths.download_dir().or_else(|_| paths.home_dir()).map_err(|_| not_saved())?;
    let path = tokio::task::spawn_blocking(move || save(&folder, &name, extension, text.as_bytes()))
        .await
        .map_err(|_| not_saved())?
        .map_err(|_| not_saved())?;
    Ok(Saved { path: path.display().to_string() })
}

/// RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
fn csv(rows: &[PurgeView]) -> String {
    let mut text =
        "ticket,classes,items,bytes,why,by,due,begun,completed,state,method,certificate\r\n".to_owned();
    for row in rows {
        let classes: Vec<_> = row.classes.iter().map(|class| class.as_str()).collect();
        let cells = [
            row.ticket.clone(),
            classes.join(" "),
            row.items.to_string(),
            row.bytes.to_string(),
            row.rule.clone(),
            row.person.clone().unwrap_or_default(),
            words::utc(row.due),
            words::utc(row.begun),
            row.completed.map(words::utc).unwrap_or_default(),
            row.state.as_str().to_owned(),
            row.method.clone().unwrap_or_default(),
            row.certificate.clone().unwrap_or_default(),
        ];
        text.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        text.push_str("\r\n");
    }
    text
}

fn quoted(cell: &str) -> String {
    let safe =
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    format!("\"{}\"", safe.replace('"', "\"\""))
}

/// Prints what the window shows.
#[tauri::command]
pub(crate) fn print(window: WebviewWindow) -> Answer<()> {
    window.print().map_err(|_| {
        Failure::new(FailureCode::Other, "The system did not print. Save the file and print it elsewhere.")
    })
}

fn purge_view(desk: &Desk, purge: PurgeDetail) -> PurgeView {
    let PurgeDetail { row, classes } = purge;
    let certified = row.state == desk::tables::purge::PurgeState::Certified;
    PurgeView {
        id: row.id.to_string(),
        ticket: row.ticket,
        classes: classes.into_iter().map(Into::into).collect(),
        items: row.items,
        bytes: row.bytes,
        rule: words::rule(&row.rule),
        person: row.person.map(|person| words::person(desk, person)),
        due: row.due,
        begun: row.begun,
        completed: row.completed,
        state: match row.state {
            desk::tables::purge::PurgeState::Destroying => PurgeState::Destroying,
            desk::tables::purge::PurgeState::Recorded => PurgeState::Recorded,
            desk::tables::purge::PurgeState::Removed => PurgeState::Removed,
            desk::tables::purge::PurgeState::Certified => PurgeState::Certified,
        },
        method: row.method,
        certificate: certified.then(|| certificate_number(row.id)),
    }
}

/// The sections of the sample certificate in NIST SP 800-88, appendix G.
async fn sections(desk: &Desk, purge: &PurgeDetail, findings: &Findings, key: &str) -> Answer<Vec<Section>> {
    let company = desk.company().await?.name;
    let row = &purge.row;
    let by = row.person.map_or_else(|| "the rule alone".to_owned(), |person| words::person(desk, person));
    let counted =
        findings.classes.iter().map(|counted| format!("{} × {}", counted.items, counted.class.as_str()));
    let copies = if findings.relay_confirmed {
        "None. The relay confirmed that it holds nothing, and the customer's own device is theirs."
    } else {
        "The relay has not confirmed."
    };
    Ok(vec![
        section(
            "Who",
            vec![
                line("Company", company),
                line("Asked for by", by),
                line("Desk", findings.vault.to_string()),
            ],
        ),
        section(
            "What",
            vec![
                line("Ticket", findings.ticket.to_string()),
                line("Items", counted.collect::<Vec<_>>().join(", ")),
                line("Why", words::rule(&row.rule)),
                line("Due", words::utc(row.due)),
            ],
        ),
        section(
            "Method",
            vec![
                line(
                    "Kind",
                    "Cryptographic erase: encrypted before the first write, every copy of the keys destroyed"
                        .to_owned(),
                ),
                line(
                    "How well",
                    findings.erasure.iter().map(|letter| erasure(*letter)).collect::<Vec<_>>().join("; "),
                ),
                line("Keys destroyed", format!("{} on {}", findings.keys, words::utc(findings.destroyed_at))),
                line(
                    "Ciphertext removed",
                    format!("{} bytes by {}", findings.bytes, words::utc(findings.completed_at)),
                ),
            ],
        ),
        section("Other copies", vec![line("Elsewhere", copies.to_owned())]),
        section(
            "Verification",
            vec![
                line(
                    "Ledger",
                    format!("three entries among the first {}, each proven to be in it", findings.size),
                ),
                line("Signed with", key.to_owned()),
                line("Anyone can check it", "cloakroom-verify, offline, with the key above".to_owned()),
            ],
        ),
    ])
}

fn erasure(letter: Erasure) -> String {
    match letter {
        Erasure::RelayShare => "R: the relay's share of the keys is gone as well",
        Erasure::Hardware => "H: the key was sealed to hardware",
        Erasure::Overwritten => "P: the keys were overwritten in place, on a disk known to do so",
        Erasure::BestEffort => {
            "B: best effort; this disk may keep old blocks, which no usable key opens from this desk"
        }
    }
    .to_owned()
}

fn section(heading: &str, lines: Vec<Line>) -> Section {
    Section { heading: heading.to_owned(), lines }
}

fn line(name: &str, value: String) -> Line {
    Line { name: name.to_owned(), value }
}

/// Never writes over a file that is there.
fn save(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    for number in 1..1000 {
        let name = match number {
            1 => format!("{name}.{extension}"),
            _ => format!("{name} ({number}).{extension}"),
        };
        let path = folder.join(name);
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

fn not_saved() -> Failure {
    Failure::new(
        FailureCode::Other,
        "The file could not be saved. Make room among your downloads, and try again.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn saving_twice_writes_over_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = save(folder.path(), "c", "json", b"one").unwrap();
        let two = save(folder.path(), "c", "json", b"two").unwrap();
        assert_ne!(one, two);
        assert_eq!(std::fs::read(one).unwrap(), b"one");
    }

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
