//! What the relay has on its disk, read past the relay.

use crate::Outcome;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// Everything that may change at a relay: every box's row, and how much there is of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayStore {
    /// State, end, bytes held, chunks ever stored, notes, parts: a line a box.
    pub boxes: Vec<[i64; 6]>,
    /// Events ever told to a desk.
    pub events: i64,
    /// Chunks known.
    pub chunks: i64,
    /// Files of ciphertext.
    pub files: usize,
}

impl RelayStore {
    /// Looks into the embedded relay of a desk's data folder.
    pub fn look(data_dir: &Path) -> Outcome<Self> {
        let folder = data_dir.join("relay");
        let db = Connection::open_with_flags(folder.join("relay.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = db.prepare(
            "SELECT state, expires, held, touches, (SELECT count(*) FROM note WHERE note.box = box.n),
                    (SELECT count(*) FROM part WHERE part.box = box.n)
             FROM box ORDER BY n",
        )?;
        let boxes = rows
            .query_map((), |row| {
                Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
            })?
            .collect::<Result<_, _>>()?;
        let count = |sql: &str| db.query_row(sql, (), |row| row.get(0));
        Ok(Self {
            boxes,
            events: count("SELECT count(*) FROM event")?,
            chunks: count("SELECT count(*) FROM chunk")?,
            files: files(&folder.join("blobs"))?,
        })
    }
}

/// How many files lie in a folder and below it.
pub fn files(folder: &Path) -> Outcome<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        count += if entry.file_type()?.is_dir() { files(&entry.path())? } else { 1 };
    }
    Ok(count)
}

/// The bytes of every file in a folder and below it.
pub fn contents(folder: &Path) -> Outcome<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.append(&mut contents(&entry.path())?);
        } else if kind.is_file() {
            found.push(std::fs::read(entry.path())?);
        }
    }
    Ok(found)
}
