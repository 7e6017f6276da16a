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
    /// Only those on one shelf.
    pub shelf: Option<Shelf>,
    /// Only those whose ticket starts so, upper and lower case alike.
    pub ticket: Option<&'a str>,
    /// Only those after this one: what the page before ended with.
    pub after: Option<(u64, RequestId)>,
    /// How many at most.
    pub limit: u32,
}

impl Db<'_> {
    /// One page, newest move first. With a ticket filter: by ticket, then newest move first.
    pub fn inbox(self, query: &InboxQuery<'_>) -> Result<Vec<RequestRow>, VaultError> {
        let mut sql = format!("SELECT {COLUMNS} FROM request WHERE 1");
        let mut values: Vec<Value> = Vec::new();
        let mut bind = |value: Value| {
            values.push(value);
            values.len()
        };
        if let Some(shelf) = query.shelf {
            sql += &format!(" AND shelf = ?{}", bind(shelf.as_str().to_owned().into()));
        }
        if let Some(ticket) = query.ticket.filter(|ticket| !ticket.is_empty()) {
            let low = bind(ticket.to_owned().into());
            // The highest code point ends the range: everything that starts with the text sorts before it.
            let high = bind(format!("{ticket}\u{10FFFF}").into());
            sql += &format!(" AND ticket COLLATE NOCASE >= ?{low} AND ticket COLLATE NOCASE < ?{high}");
        }
        if let Some((moved, id)) = query.after {
            let moved = bind(i64::try_from(moved).unwrap_or(i64::MAX).into());
            let id = bind(id.as_bytes().to_vec().into());
            // The first bound is the one an index can use.
            sql += &format!(" AND moved <= ?{moved} AND (moved < ?{moved} OR id > ?{id})");
        }
        let limit = bind(i64::from(query.limit).into());
        sql += &match query.ticket {
            // An exact ticket prefix leaves few rows; they are sorted, not walked.
            Some(ticket) if !ticket.is_empty() => format!(" ORDER BY +moved DESC, +id LIMIT ?{limit}"),
            _ => format!(" ORDER BY moved DESC, id LIMIT ?{limit}"),
        };
        self.all(&sql, rusqlite::params_from_iter(values), row)
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
