//! The keys as whoever has the machine's device key reads them.

use rusqlite::Connection;
use seal::{
    RowVersion, SystemRng, VaultId,
    device::DeviceItem,
    epoch::{self, Epoch},
    keyring::Keyring,
    label::Label,
    sealed::SealKey,
};
use std::{fs, path::Path};
use zeroize::Zeroizing;

/// Somebody with the device key and the database key.
pub(crate) struct Thief {
    pub(crate) item: DeviceItem,
    pub(crate) vault: VaultId,
}

impl Thief {
    pub(crate) fn of(folder: &Path) -> Self {
        let line = fs::read_to_string(folder.join("keys/device")).unwrap();
        let slots = fs::read(folder.join("keys/epoch")).unwrap();
        Self { item: DeviceItem::from_line(&line).unwrap(), vault: epoch::vault_id(&slots).unwrap() }
    }

    /// The current epoch and its entries.
    pub(crate) fn keyring(&self, folder: &Path) -> (u64, Keyring) {
        let slots = fs::read(folder.join("keys/epoch")).unwrap();
        let epoch = Epoch::read(&slots, &self.item.device_key(), self.vault).unwrap();
        let file = fs::read(folder.join(format!("keys/keyring.{}", epoch.n))).unwrap();
        let read = Keyring::read(file, &epoch.key, self.vault, epoch.n).unwrap();
        (epoch.n, read.keyring)
    }

    /// Whether one 4096-byte slot alone gives an epoch key.
    pub(crate) fn opens(&self, slot: &[u8]) -> Option<Epoch> {
        let file = [slot, &[0; epoch::SLOT_LEN]].concat();
        Epoch::read(&file, &self.item.device_key(), self.vault).ok()
    }

    /// The database, keyed.
    pub(crate) fn database(&self, folder: &Path) -> Connection {
        let db = Connection::open(folder.join("vault.db")).unwrap();
        db.execute_batch(&format!("PRAGMA key = \"x'{}'\"", self.item.database_key_hex().as_str())).unwrap();
        db
    }

    /// The versions of every sealed row.
    pub(crate) fn rows(&self, folder: &Path) -> Vec<RowVersion> {
        let sql = "SELECT version FROM person UNION ALL SELECT version FROM grant_
                   UNION ALL SELECT version FROM request_wrap UNION ALL SELECT version FROM box
                   UNION ALL SELECT version FROM remark UNION ALL SELECT version FROM credential";
        let db = self.database(folder);
        let mut rows = db.prepare(sql).unwrap();
        rows.query_map((), |row| row.get::<_, [u8; 16]>(0))
            .unwrap()
            .map(|version| RowVersion::from_bytes(version.unwrap()))
            .collect()
    }
}

/// A key's 32 bytes. The type does not give them; sealing a record under a key one knows, and opening that, does.
pub(crate) fn key_bytes(keyring: &Keyring, row: RowVersion) -> Zeroizing<Vec<u8>> {
    let known = [7; 32];
    let vault = VaultId::from_bytes([0; 16]);
    let epoch = epoch::EpochKey::from_bytes(Zeroizing::new(known));
    let record =
        seal::keyring::record(&SystemRng, &epoch, vault, 1, row, &keyring.get(&row).unwrap()).unwrap();
    let context = [vault.as_bytes().as_slice(), &1_u64.to_be_bytes()].concat();
    let opened = SealKey::from_bytes(Zeroizing::new(known)).open(Label::Entry, &context, &record).unwrap();
    Zeroizing::new(opened[16..].to_vec())
}
