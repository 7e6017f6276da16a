//! One file a table: its row, what is read of it, what changes it. No SQL stands anywhere else.

pub mod box_keys;
pub mod claim;
pub mod class_key;
pub mod credential;
pub mod cursor;
pub mod delivery;
pub mod grant;
pub mod helpdesk;
pub mod holding;
pub mod inbox;
pub mod look;
pub mod outbox;
pub mod part;
pub mod person;
pub mod purge;
pub mod relay;
pub mod remark;
pub mod reminder;
pub mod request;
pub mod request_wrap;
pub mod round;
pub mod setting;
pub mod share;
pub mod slot;
pub mod ticket;
pub mod ticket_note;
pub mod vault;
pub mod word;

use crate::VaultError;
use rusqlite::{
    Connection, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use wire::{BoxId, DataClass};

/// What may be read: the database as it stands, or as a change sees it.
#[derive(Clone, Copy)]
pub struct Db<'a>(pub(crate) &'a Connection);

/// A value kept as its raw bytes or as a number.
pub(crate) struct Raw<T>(pub(crate) T);

macro_rules! raw_blob {
    ($($id:ty),+) => {$(
        impl ToSql for Raw<$id> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for Raw<$id> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = value.as_blob()?.try_into().map_err(|_| FromSqlError::InvalidType)?;
                Ok(Self(<$id>::from_bytes(bytes)))
            }
        }
    )+};
}
raw_blob!(
    BoxId,
    wire::PartId,
    crate::RequestId,
    crate::PurgeId,
    crate::HelpdeskId,
    wire::HookId,
    crate::BlobName,
    seal::PersonId,
    seal::RowVersion,
    seal::VaultId,
    ledger::Hash
);

impl ToSql for Raw<DataClass> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::from(self.0.as_u8()).into())
    }
}

impl FromSql for Raw<DataClass> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = u8::try_from(value.as_i64()?).map_err(|_| FromSqlError::InvalidType)?;
        DataClass::try_from(number).map(Self).map_err(|_| FromSqlError::InvalidType)
    }
}

/// A state kept as its name in text.
macro_rules! text_states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// As it stands in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(
                value: rusqlite::types::ValueRef<'_>,
            ) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_str()? {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(rusqlite::types::FromSqlError::InvalidType),
                }
            }
        }
    };
}
pub(crate) use text_states;

/// Exactly one row is changed, or the thing is gone.
pub(crate) fn one(changed: usize) -> Result<(), VaultError> {
    if changed == 1 { Ok(()) } else { Err(VaultError::NotFound) }
}

impl Db<'_> {
    pub(crate) fn execute(self, sql: &str, params: impl rusqlite::Params) -> Result<usize, VaultError> {
        Ok(self.0.prepare_cached(sql)?.execute(params)?)
    }

    pub(crate) fn all<T>(
        self,
        sql: &str,
        params: impl rusqlite::Params,
        row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, VaultError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(params, row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(crate) fn first<T>(
        self,
        sql: &str,
        params: impl rusqlite::Params,
        row: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, VaultError> {
        match self.0.prepare_cached(sql)?.query_row(params, row) {
            Ok(found) => Ok(Some(found)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
