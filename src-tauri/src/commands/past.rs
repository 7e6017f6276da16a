//! What was destroyed: the history, and the ledger it stands in.

use super::{Answer, downloads::save_download};
use crate::{
    Shell,
    view::{
        Cursor, Export, ExportAs, Failure, FailureCode, HistoryPage, HistoryQuery, Ledger, PurgeState,
        PurgeView, Saved,
    },
    words,
};
use desk::{Desk, PurgeDetail, certificate_number};
use tauri::{State as Managed, WebviewWindow};

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
    let unfinished = if before.is_none() { desk.unfinished().await? } else { Vec::new() };
    let purges = desk.purges(ticket, before, limit).await?;
    let full = purges.len() as u64 == u64::from(limit);
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
        ExportAs::Json => {
            ("json", serde_json::to_string_pretty(&rows).map_err(|_| super::downloads::not_saved())?)
        }
        ExportAs::Csv => ("csv", csv(&rows)),
    };
    save_download(&window, "cloakroom-purges".to_owned(), extension, text).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
