//! Rows of the database (FORMATS §5): every secret in SQLite is sealed under its own entry key, and bound to its table,
//! its version and its clear columns.

use crate::{
    id::RowVersion,
    label::Label,
    rng::{Rng, RngFailed},
    sealed::{OpenError, SealError, SealKey},
};
use zeroize::Zeroizing;

/// The key of one row version. It lives in the keyring and nowhere else; without it the row is gone.
pub struct EntryKey(SealKey);

/// The tables with sealed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Persons and their keys.
    Person,
    /// Class identities granted to persons.
    Grant,
    /// Request identities.
    RequestWrap,
    /// What is kept of a link.
    Box,
    /// Free text.
    Remark,
    /// What a relay knows this desk by.
    Relay,
    /// What a helpdesk is spoken to with, where there is no keychain.
    Credential,
}

impl Table {
    /// Its name in SQL and in the authenticated bytes.
    pub const fn name(self) -> &'static str {
        self.label().text()
    }

    const fn label(self) -> Label {
        match self {
            Self::Person => Label::Person,
            Self::Grant => Label::Grant,
            Self::RequestWrap => Label::RequestWrap,
            Self::Box => Label::Box,
            Self::Remark => Label::Remark,
            Self::Relay => Label::Relay,
            Self::Credential => Label::Credential,
        }
    }
}

/// A row's clear columns, in the order of the table, encoded so that no two rows share their bytes:
/// integer = u32 8 ‖ u64; text or blob = u32 length ‖ bytes; null = FFFFFFFF.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Columns(Vec<u8>);

impl Columns {
    /// No column yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an integer.
    #[must_use]
    pub fn integer(self, value: u64) -> Self {
        self.blob(&value.to_be_bytes())
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, value: &str) -> Self {
        self.blob(value.as_bytes())
    }

    /// Adds bytes of at most 4 GiB − 2, which is more than SQLite stores.
    #[must_use]
    pub fn blob(mut self, value: &[u8]) -> Self {
        let len = u32::try_from(value.len()).unwrap_or(u32::MAX - 1);
        self.0.extend_from_slice(&len.to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    /// Adds a null.
    #[must_use]
    pub fn null(mut self) -> Self {
        self.0.extend_from_slice(&u32::MAX.to_be_bytes());
        self
    }

    /// Adds an integer or a null.
    #[must_use]
    pub fn integer_or_null(self, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.integer(value),
            None => self.null(),
        }
    }

    /// Adds a text or a null.
    #[must_use]
    pub fn text_or_null(self, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    /// The authenticated bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl EntryKey {
    /// A fresh key.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        SealKey::make(rng).map(Self)
    }

    /// From its 32 bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(SealKey::from_bytes(bytes))
    }

    /// `sealed(entry key, table name, row version ‖ clear columns, body)`.
    pub fn seal(
        &self,
        rng: &dyn Rng,
        table: Table,
        version: RowVersion,
        columns: &Columns,
        body: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.0.seal(rng, table.label(), &ctx(version, columns), body)
    }

    /// Opens a row's body.
    pub fn open(
        &self,
        table: Table,
        version: RowVersion,
        columns: &Columns,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.0.open(table.label(), &ctx(version, columns), sealed)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

fn ctx(version: RowVersion, columns: &Columns) -> Vec<u8> {
    [version.as_bytes().as_slice(), columns.as_bytes()].concat()
}
