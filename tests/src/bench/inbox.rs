//! Pages of a very long inbox.

use super::{
    Goal, Row, Size, Times,
    archive::{Archive, ticket},
};
use journeys::Outcome;
use vault::{
    Db, RequestId, Vault, VaultError,
    tables::{inbox::InboxQuery, request::Shelf},
};

/// Requests on a page.
pub(crate) const PAGE: u32 = 50;
const GOAL: f64 = 2.0;

/// Measures each kind of query, on the connection that the windows' lists use.
pub(crate) fn run(size: &Size, archive: &Archive) -> Outcome<Vec<Row>> {
    let vault = Vault::open(archive.layout(), std::sync::Arc::new(seal::SystemRng))?;
    let reader = vault.reader()?;
    let db = reader.db();
    let mut rows = Vec::new();
    let mut add = |what: &str, times: Times| {
        rows.push(Row::new(format!("{what}, p50"), times.p50(), "ms").processor(times.processor()));
        rows.push(Row::new(format!("{what}, p99"), times.p99(), "ms").goal(Goal::AtMost(GOAL)));
    };
    let first = InboxQuery { limit: PAGE, ..InboxQuery::default() };
    add("first page", each(size, |_| page(db, &first).map(drop))?);
    add("next page, page after page", walk(size, db, None)?);
    let shelves = [Shelf::Arrived, Shelf::Waiting, Shelf::Open, Shelf::Closing, Shelf::Problem, Shelf::Done];
    let of = |n: u64| shelves.get(usize::try_from(n).unwrap_or(0) % shelves.len()).copied();
    add(
        "first page of a shelf",
        each(size, |n| page(db, &InboxQuery { shelf: of(n), ..first.clone() }).map(drop))?,
    );
    add("next page of a shelf, page after page", walk(size, db, Some(Shelf::Open))?);
    let typed = |n: u64, digits: usize| {
        // Spread over all of them.
        let whole = ticket(n * archive.requests / size.queries);
        whole.chars().take(1 + digits).collect::<String>()
    };
    for (what, digits, shelf) in [
        ("filter by a whole ticket", 7, None),
        ("filter by the first 4 digits (1,000 match)", 4, None),
        ("filter by the first 2 digits (100,000 match)", 2, None),
        ("filter by the first digit (all match)", 1, None),
        ("filter by the first 2 digits on a shelf", 2, Some(Shelf::Done)),
    ] {
        let times = each(size, |n| {
            let ticket = typed(n, digits);
            page(db, &InboxQuery { ticket: Some(&ticket), shelf, ..first.clone() }).map(drop)
        })?;
        add(what, times);
    }
    add("counts of all shelves", each(size, |_| db.shelf_counts().map(drop))?);
    Ok(rows)
}

fn each(size: &Size, mut query: impl FnMut(u64) -> Result<(), VaultError>) -> Result<Times, VaultError> {
    let mut n = 0;
    Times::repeat(usize::try_from(size.queries).unwrap_or(usize::MAX), || {
        n += 1;
        query(n - 1)
    })
}

/// From the first page on, each after the one before.
fn walk(size: &Size, db: Db<'_>, shelf: Option<Shelf>) -> Result<Times, VaultError> {
    let mut after = None;
    each(size, |_| {
        after = page(db, &InboxQuery { shelf, after, limit: PAGE, ticket: None })?;
        Ok(())
    })
}

/// One page; answers what the next one follows.
fn page(db: Db<'_>, query: &InboxQuery<'_>) -> Result<Option<(u64, RequestId)>, VaultError> {
    Ok(db.inbox(query)?.last().map(|row| (row.moved, row.id)))
}
