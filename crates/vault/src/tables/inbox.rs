//! The inbox: pages of requests, newest move first. SQL filters, sorts and pages.

use super::{
    Db, Raw,
    request::{COLUMNS, RequestRow, Shelf, row},
};
use crate::{RequestId, VaultError};
use rusqlite::types::Value;

/// Which requests, and from where on.
#[derive(Debug, Clone, Default)]
pub struct InboxQuery<'a> {
    /// Only those on one shelf. Without it, and without a ticket: all that are not done.
    pub shelf: Option<Shelf>,
    /// Only those whose ticket starts so, upper and lower case alike.
    pub ticket: Option<&'a str>,
    /// Only those after this one: what the page before ended with.
    pub after: Option<(u64, RequestId)>,
    /// How many at most.
    pub limit: u32,
}

impl Db<'_> {
    /// When the oldest request was made that is still to do something about, UTC seconds.
    pub fn oldest_live(self) -> Result<Option<u64>, VaultError> {
        let oldest =
            self.first("SELECT min(created) FROM request WHERE shelf <> 'done'", (), |row| row.get(0))?;
        Ok(oldest.flatten())
    }

    /// One page, newest move first. With a ticket filter: by ticket, then newest move first, so that a page costs the
    /// same however many match.
    pub fn inbox(self, query: &InboxQuery<'_>) -> Result<Vec<RequestRow>, VaultError> {
        let (sql, values) = self.statement(query)?;
        self.all(&sql, rusqlite::params_from_iter(values), row)
    }

    fn statement(self, query: &InboxQuery<'_>) -> Result<(String, Vec<Value>), VaultError> {
        let mut sql = format!("SELECT {COLUMNS} FROM request WHERE 1");
        let mut values: Vec<Value> = Vec::new();
        let mut bind = |value: Value| {
            values.push(value);
            values.len()
        };
        if let Some(shelf) = query.shelf {
            sql += &format!(" AND shelf = ?{}", bind(shelf.as_str().to_owned().into()));
        }
        let ticket = query.ticket.filter(|ticket| !ticket.is_empty());
        if query.shelf.is_none() && ticket.is_none() {
            // Word for word as the index has it, which it could not serve otherwise.
            sql += " AND shelf <> 'done'";
        }
        if let Some(ticket) = ticket {
            // A next page begins at the ticket where the one before ended, not at the first that matches.
            let from = match query.after {
                Some((_, id)) => self.request(id)?.ticket,
                None => ticket.to_owned(),
            };
            let low = bind(from.into());
            // The highest code point ends the range: everything that starts with the text sorts before it.
            let high = bind(format!("{ticket}\u{10FFFF}").into());
            sql += &format!(" AND ticket COLLATE NOCASE >= ?{low} AND ticket COLLATE NOCASE < ?{high}");
            if let Some((moved, id)) = query.after {
                let moved = bind(moment(moved));
                let id = bind(id.as_bytes().to_vec().into());
                sql += &format!(
                    " AND (ticket COLLATE NOCASE > ?{low} OR moved < ?{moved} OR (moved = ?{moved} AND id > ?{id}))"
                );
            }
        } else if let Some((moved, id)) = query.after {
            let moved = bind(moment(moved));
            let id = bind(id.as_bytes().to_vec().into());
            // The first bound is the one an index can use.
            sql += &format!(" AND moved <= ?{moved} AND (moved < ?{moved} OR id > ?{id})");
        }
        let by_ticket = if ticket.is_some() { "ticket COLLATE NOCASE, " } else { "" };
        sql += &format!(" ORDER BY {by_ticket}moved DESC, id LIMIT ?{}", bind(i64::from(query.limit).into()));
        Ok((sql, values))
    }

    /// How many requests each shelf holds.
    pub fn shelf_counts(self) -> Result<Vec<(Shelf, u64)>, VaultError> {
        self.all("SELECT shelf, count FROM shelf_count", (), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether a request is there.
    pub fn has_request(self, id: RequestId) -> Result<bool, VaultError> {
        Ok(self.first("SELECT 1 FROM request WHERE id = ?1", [Raw(id)], |_| Ok(()))?.is_some())
    }
}

fn moment(seconds: u64) -> Value {
    i64::try_from(seconds).unwrap_or(i64::MAX).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use rusqlite::Connection;
    use std::cmp::Reverse;

    const SHELVES: [Shelf; 3] = [Shelf::Open, Shelf::Waiting, Shelf::Done];

    /// Tickets of one customer and of many, in both cases, several requests moved in the same second.
    fn filled() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../migrations/0001_first.sql")).unwrap();
        db.execute_batch(include_str!("../migrations/0003_live.sql")).unwrap();
        for n in 0..600_u64 {
            let ticket = match n % 5 {
                0 => "#12".to_owned(),
                1 => format!("ab-{}", n % 40),
                2 => format!("AB-{}", n % 40),
                _ => format!("#{n}"),
            };
            let id = wire::sha256(&n.to_be_bytes());
            Db(&db)
                .insert_request(&RequestRow {
                    id: RequestId::from_bytes(*id.first_chunk().unwrap()),
                    ticket,
                    template: String::new(),
                    owner: String::new(),
                    client: String::new(),
                    created: 0,
                    shelf: *SHELVES.get(usize::try_from(n % 3).unwrap()).unwrap(),
                    moved: n * 7919 % 50,
                    due: None,
                })
                .unwrap();
        }
        db
    }

    fn everything(db: &Connection) -> Vec<RequestRow> {
        let of =
            |shelf| Db(db).inbox(&InboxQuery { shelf: Some(shelf), limit: 10_000, ..InboxQuery::default() });
        SHELVES.into_iter().flat_map(|shelf| of(shelf).unwrap()).collect()
    }

    fn queries() -> impl Iterator<Item = InboxQuery<'static>> {
        let shelves = [None, Some(Shelf::Open)];
        let tickets = [None, Some("#"), Some("#1"), Some("#12"), Some("Ab"), Some("none")];
        shelves.into_iter().flat_map(move |shelf| {
            tickets.into_iter().map(move |ticket| InboxQuery { shelf, ticket, after: None, limit: 7 })
        })
    }

    #[test]
    fn page_after_page_shows_everything_that_matches_once_and_in_order() {
        let db = filled();
        for query in queries() {
            let mut wanted = everything(&db);
            assert_eq!(wanted.len(), 600);
            if query.shelf.is_none() && query.ticket.is_none() {
                wanted.retain(|row| row.shelf != Shelf::Done);
            }
            wanted.retain(|row| query.shelf.is_none_or(|shelf| shelf == row.shelf));
            if let Some(ticket) = query.ticket {
                let low = |text: &str| text.to_ascii_lowercase();
                wanted.retain(|row| low(&row.ticket).starts_with(&low(ticket)));
                wanted.sort_by_key(|row| (low(&row.ticket), Reverse(row.moved), *row.id.as_bytes()));
            } else {
                wanted.sort_by_key(|row| (Reverse(row.moved), *row.id.as_bytes()));
            }
            let (mut shown, mut after) = (Vec::new(), None);
            loop {
                let page = Db(&db).inbox(&InboxQuery { after, ..query.clone() }).unwrap();
                let Some(last) = page.last() else { break };
                after = Some((last.moved, last.id));
                shown.extend(page);
            }
            assert_eq!(shown, wanted, "{query:?}");
        }
    }

    #[test]
    fn no_page_sorts_or_reads_more_than_it_shows() {
        let db = filled();
        for query in queries() {
            let first = Db(&db).inbox(&query).unwrap().first().map(|row| (row.moved, row.id));
            for after in [None, first] {
                let (sql, values) = Db(&db).statement(&InboxQuery { after, ..query.clone() }).unwrap();
                let plan: Vec<String> = Db(&db)
                    .all(&format!("EXPLAIN QUERY PLAN {sql}"), rusqlite::params_from_iter(values), |row| {
                        row.get(3)
                    })
                    .unwrap();
                let plan = plan.join("; ");
                let index = match (query.shelf, query.ticket) {
                    (None, None) => "INDEX request_live",
                    (None, Some(_)) => "INDEX request_ticket",
                    (Some(_), None) => "INDEX request_shelf",
                    (Some(_), Some(_)) => "INDEX request_shelf_ticket",
                };
                let words: Vec<&str> = plan.split(['(', ';']).map(str::trim_end).collect();
                assert!(words.iter().any(|word| word.ends_with(index)), "{plan}: {query:?}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}: {query:?}");
            }
        }
    }
}
