//! What the relay has still to be told. Written in the transaction that decided it, sent until it is confirmed.

use super::{Db, Raw};
use crate::{PurgeId, VaultError, tables::relay::RelayId};
use wire::{BoxId, DataClass};

/// Something to tell the relay about one box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The vault has the submission durably.
    Collected {
        /// SHA-256 of the record.
        record: [u8; 32],
    },
    /// A sealed note for the customer's page.
    Note {
        /// Its number.
        seq: u32,
        /// Its sealed bytes.
        sealed: Vec<u8>,
    },
    /// The link was taken back.
    Revoke,
    /// A class's key was destroyed here: its share goes as well.
    ShareGone {
        /// The class.
        class: DataClass,
    },
    /// What the box held was destroyed.
    Purged {
        /// By this purge.
        purge: PurgeId,
    },
}

/// A message and its place in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place.
    pub seq: i64,
    /// The box it is about.
    pub box_id: BoxId,
    /// What to tell.
    pub message: Message,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<OutboxRow> {
    let bad = || rusqlite::Error::InvalidQuery;
    let message = match row.get_ref(2)?.as_str().map_err(|_| bad())? {
        "collected" => Message::Collected { record: row.get(4)? },
        "note" => Message::Note { seq: row.get(3)?, sealed: row.get(4)? },
        "revoke" => Message::Revoke,
        "share" => Message::ShareGone { class: row.get::<_, Raw<_>>(6)?.0 },
        "purged" => Message::Purged { purge: row.get::<_, Raw<_>>(5)?.0 },
        _ => return Err(bad()),
    };
    Ok(OutboxRow { seq: row.get(0)?, box_id: row.get::<_, Raw<_>>(1)?.0, message })
}

impl Db<'_> {
    /// The first messages that wait for a relay after one, in order.
    pub fn outbox(self, relay: RelayId, after: i64, limit: u32) -> Result<Vec<OutboxRow>, VaultError> {
        self.all(
            "SELECT seq, outbox.box_id, kind, outbox.number, payload, purge, class
             FROM outbox JOIN round ON round.box_id = outbox.box_id
             WHERE seq > ?2 AND relay = ?1 ORDER BY seq LIMIT ?3",
            (relay, after, limit),
            row,
        )
    }

    /// Whether the relay has still to be told something of a box that makes it let go of ciphertext.
    pub fn relay_owes(self, id: BoxId) -> Result<bool, VaultError> {
        let sql = "SELECT 1 FROM outbox WHERE box_id = ?1 AND kind <> 'note' LIMIT 1";
        Ok(self.first(sql, [Raw(id)], |_| Ok(()))?.is_some())
    }

    /// Adds a message. To a relay that was given up on nothing is said any more.
    pub fn tell(self, id: BoxId, message: &Message) -> Result<(), VaultError> {
        let (kind, number, payload, purge, class): (_, _, Option<&[u8]>, _, _) = match message {
            Message::Collected { record } => ("collected", None, Some(record), None, None),
            Message::Note { seq, sealed } => ("note", Some(*seq), Some(sealed), None, None),
            Message::Revoke => ("revoke", None, None, None, None),
            Message::ShareGone { class } => ("share", None, None, None, Some(Raw(*class))),
            Message::Purged { purge } => ("purged", None, None, Some(Raw(*purge)), None),
        };
        self.execute(
            "INSERT INTO outbox (box_id, kind, number, payload, purge, class) SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE NOT EXISTS (SELECT 1 FROM round JOIN relay ON relay.id = round.relay
                               WHERE round.box_id = ?1 AND relay.state = 'lost')",
            (Raw(id), kind, number, payload, purge, class),
        )?;
        Ok(())
    }

    /// The relay confirmed a message.
    pub fn told(self, seq: i64) -> Result<(), VaultError> {
        self.execute("DELETE FROM outbox WHERE seq = ?1", [seq])?;
        Ok(())
    }
}
