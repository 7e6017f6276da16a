//! The epoch key in its two-slot file (FORMATS §5). Overwritten in place, never renamed.
//!
//! ```text
//! slot = "CKE1" ‖ vault id[16] ‖ u64 N ‖ sealed(device key, "epoch", vault id ‖ N, epoch key[32]) ‖ H(all before), zeros to 4096
//! ```

use crate::{
    device::DeviceKey,
    id::VaultId,
    label::Label,
    rng::{Rng, RngFailed},
    sealed::{OVERHEAD, SealError, SealKey},
};
use wire::sha256;
use zeroize::Zeroizing;

/// Length of a slot in bytes.
pub const SLOT_LEN: usize = 4096;
/// Length of the file in bytes.
pub const FILE_LEN: usize = 2 * SLOT_LEN;

const MAGIC: &[u8; 4] = b"CKE1";
const HEAD_LEN: usize = 4 + 16 + 8;
const BODY_LEN: usize = HEAD_LEN + OVERHEAD + 32;

/// Seals the keyring of one epoch.
pub struct EpochKey(pub(crate) SealKey);

/// Which of the two slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotAt {
    /// At offset 0.
    First,
    /// At offset 4096.
    Second,
}

/// The epoch the file speaks of.
pub struct Epoch {
    /// Its number.
    pub n: u64,
    /// Its key.
    pub key: EpochKey,
    /// Where it stands; the other slot is to be overwritten with random bytes at once.
    pub at: SlotAt,
}

/// Why no epoch is taken. None of these may lead to the older slot or to a new vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// Not 8192 bytes.
    #[error("keys/epoch has the wrong length; put back this vault's own folder, nothing was changed")]
    Length,
    /// Neither slot has a good checksum.
    #[error("keys/epoch is damaged; put back this vault's own folder, nothing was changed")]
    NoSlot,
    /// Two slots of one number.
    #[error(
        "keys/epoch holds one number twice; something else wrote to it: do not use it, nothing was changed"
    )]
    Doubled,
    /// Of another vault.
    #[error("keys/epoch belongs to another vault; put back this vault's own folder, nothing was changed")]
    OtherVault,
    /// The newest slot does not open.
    #[error("this machine's key does not open keys/epoch; put back keys/device, nothing was changed")]
    DoesNotOpen,
}

impl EpochKey {
    /// A fresh key.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        SealKey::make(rng).map(Self)
    }

    /// From its 32 bytes.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(SealKey::from_bytes(bytes))
    }

    /// The slot's 4096 bytes for epoch `n`.
    pub fn slot(
        &self,
        rng: &dyn Rng,
        device: &DeviceKey,
        vault: VaultId,
        n: u64,
    ) -> Result<Vec<u8>, SealError> {
        let mut slot = Vec::with_capacity(SLOT_LEN);
        slot.extend_from_slice(MAGIC);
        slot.extend_from_slice(&ctx(vault, n));
        // Exposed to be sealed under the device key.
        slot.extend_from_slice(&device.0.seal(rng, Label::Epoch, &ctx(vault, n), self.0.expose())?);
        let sum = sha256(&slot);
        slot.extend_from_slice(&sum);
        slot.resize(SLOT_LEN, 0);
        Ok(slot)
    }
}

impl SlotAt {
    /// Its offset in the file, in bytes.
    pub const fn offset(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => SLOT_LEN as u64,
        }
    }

    /// The other slot.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

impl Epoch {
    /// Reads the file of `vault`: the highest number with a good checksum wins, and must open.
    pub fn read(file: &[u8], device: &DeviceKey, vault: VaultId) -> Result<Self, EpochError> {
        if file.len() != FILE_LEN {
            return Err(EpochError::Length);
        }
        let (first, second) = file.split_at(SLOT_LEN);
        let (at, slot) = match (Slot::parse(first), Slot::parse(second)) {
            (None, None) => return Err(EpochError::NoSlot),
            (Some(slot), None) => (SlotAt::First, slot),
            (None, Some(slot)) => (SlotAt::Second, slot),
            (Some(one), Some(two)) => match one.n.cmp(&two.n) {
                std::cmp::Ordering::Equal => return Err(EpochError::Doubled),
                std::cmp::Ordering::Greater => (SlotAt::First, one),
                std::cmp::Ordering::Less => (SlotAt::Second, two),
            },
        };
        if slot.vault != vault {
            return Err(EpochError::OtherVault);
        }
        let key = device
            .0
            .open(Label::Epoch, &ctx(slot.vault, slot.n), slot.sealed)
            .map_err(|_| EpochError::DoesNotOpen)?;
        let key: &[u8; 32] = key.as_slice().try_into().map_err(|_| EpochError::DoesNotOpen)?;
        Ok(Self { n: slot.n, key: EpochKey::from_bytes(Zeroizing::new(*key)), at })
    }
}

/// The vault id the newest good slot names, before anything is opened.
pub fn vault_id(file: &[u8]) -> Option<VaultId> {
    let (first, second) = file.split_at_checked(SLOT_LEN)?;
    let newest = [first, second].into_iter().filter_map(Slot::parse).max_by_key(|slot| slot.n);
    newest.map(|slot| slot.vault)
}

struct Slot<'a> {
    vault: VaultId,
    n: u64,
    sealed: &'a [u8],
}

impl<'a> Slot<'a> {
    /// A slot whose checksum is good.
    fn parse(slot: &'a [u8]) -> Option<Self> {
        let (body, rest) = slot.split_at_checked(BODY_LEN)?;
        let sum = rest.first_chunk::<32>()?;
        if sha256(body) != *sum {
            return None;
        }
        let rest = body.strip_prefix(MAGIC)?;
        let (vault, rest) = rest.split_first_chunk()?;
        let (n, sealed) = rest.split_first_chunk()?;
        Some(Self { vault: VaultId::from_bytes(*vault), n: u64::from_be_bytes(*n), sealed })
    }
}

/// `vault id ‖ N`, of the slot and of every record of that epoch's keyring.
pub(crate) fn ctx(vault: VaultId, n: u64) -> [u8; 24] {
    let mut ctx = [0; 24];
    let (id, number) = ctx.split_at_mut(16);
    id.copy_from_slice(vault.as_bytes());
    number.copy_from_slice(&n.to_be_bytes());
    ctx
}
