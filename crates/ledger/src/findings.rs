//! What a verified certificate says.

use crate::{Checkpoint, ClassCount, Code, Erasure, Id, TicketRef, utc};
use data_encoding::HEXLOWER;

/// What holds, once a certificate has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Who signed.
    pub signer: Signer,
    /// The desk's vault.
    pub vault: Id,
    /// Entries under the checkpoint.
    pub size: u64,
    /// The purge.
    pub purge: Id,
    /// The ticket.
    pub ticket: TicketRef,
    /// The retention rule, by code.
    pub rule: Code,
    /// How many boxes were emptied.
    pub boxes: usize,
    /// Items of each class.
    pub classes: Vec<ClassCount>,
    /// Keyring entries dropped.
    pub keys: u32,
    /// How well.
    pub erasure: Vec<Erasure>,
    /// When the keys went, UTC seconds.
    pub destroyed_at: u64,
    /// Bytes of ciphertext removed.
    pub bytes: u64,
    /// When all was done, UTC seconds.
    pub completed_at: u64,
    /// Whether the relay confirmed.
    pub relay_confirmed: bool,
}

/// Who signed, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signer {
    /// The key that was given.
    Given,
    /// The key the certificate itself names; nobody has said whose that is.
    Unknown {
        /// [`crate::VerifyingKey::fingerprint`] of it.
        fingerprint: String,
    },
    /// No key at all: the signature was not checked.
    Unchecked {
        /// The key id on the signature line, hex.
        key_id: String,
    },
}

impl Signer {
    pub(crate) fn unchecked(checkpoint: &Checkpoint) -> Self {
        let ids: Vec<String> = checkpoint.key_ids().iter().map(|id| HEXLOWER.encode(id)).collect();
        Self::Unchecked { key_id: ids.join(" ") }
    }
}

impl Findings {
    /// The findings in one plain sentence. English; no trailing line feed.
    pub fn sentence(&self) -> String {
        let counted: Vec<String> =
            self.classes.iter().map(|c| format!("{} {}", c.items, c.class.as_str())).collect();
        let items: u64 = self.classes.iter().map(|c| u64::from(c.items)).sum();
        let counted = if counted.is_empty() { String::new() } else { format!(" ({})", counted.join(", ")) };
        // What is gone as well comes after what it adds to.
        let (relay, own): (Vec<Erasure>, Vec<Erasure>) =
            self.erasure.iter().copied().partition(|letter| *letter == Erasure::RelayShare);
        let erasure: Vec<&str> = own.into_iter().chain(relay).map(words).collect();
        let erasure = if erasure.is_empty() { "method not stated".to_owned() } else { erasure.join(", ") };
        let relay =
            if self.relay_confirmed { "confirmed by the relay" } else { "not confirmed by the relay" };
        format!(
            "For ticket {} the desk {} recorded that the keys of {items} {}{counted} were destroyed on {} ({erasure}), \
             and that the encrypted bytes were removed by {}, {relay}.",
            self.ticket,
            self.vault,
            if items == 1 { "item" } else { "items" },
            utc::text(self.destroyed_at),
            utc::text(self.completed_at),
        )
    }
}

fn words(letter: Erasure) -> &'static str {
    match letter {
        Erasure::RelayShare => "relay share gone as well",
        Erasure::Hardware => "epoch key sealed to hardware",
        Erasure::Overwritten => "overwritten in place",
        Erasure::BestEffort => "best effort",
    }
}
