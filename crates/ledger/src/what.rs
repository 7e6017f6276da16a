//! What an entry records. Content-free by type: ids, ticket references, classes, codes, counts, times.
//!
//! A kind's data may gain fields; readers ignore those they do not know. A new value for one of the [listed words](crate::words)
//! needs body version 2, which older readers carry without understanding.

use crate::words::{Class, Erasure, Outcome, TicketState, WordKind};
use crate::{Code, Hash, Id, TicketRef};
use serde::{Deserialize, Serialize};

/// What happened, with its data. In JSON the variant is the field `what` in kebab case, its data stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    /// Entry 0: what the vault was founded with.
    Founded {
        /// The vault.
        vault: Id,
        /// The desk's verifier key text, as given to customers.
        desk_key: String,
        /// The first supervisor.
        supervisor: Id,
        /// The first supervisor's Ed25519 public key.
        supervisor_key: Hash,
        /// The recovery recipient, `age1…`.
        recovery: String,
    },
    /// A person unlocked the vault.
    Unlocked,
    /// Passphrases that did not open, since the last entry about this person.
    UnlockFailed {
        /// How many.
        count: u32,
    },
    /// A round of a request was made, before its link was shown.
    CreatedRequest {
        /// The request.
        request: Id,
        /// This round's box.
        #[serde(rename = "box")]
        box_id: Id,
        /// The ticket it is for.
        ticket: TicketRef,
        /// The data classes it asks for.
        classes: Vec<Class>,
        /// The notice the customer is shown.
        notice: Notice,
    },
    /// A submission is durably in the vault and verified.
    Collected {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// SHA-256 of the submission record, without its MAC.
        record: Hash,
    },
    /// A submission was refused and the customer must be asked again.
    Problem {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// Why.
        code: Code,
    },
    /// Somebody is about to see an item; durable before it is opened.
    RevealedIntent {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// The item's class.
        class: Class,
        /// The item's slot.
        slot: u8,
        /// Why, by policy code.
        reason: Code,
    },
    /// What became of it.
    Revealed {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// The item's class.
        class: Class,
        /// The item's slot.
        slot: u8,
        /// Why, by policy code.
        reason: Code,
        /// Whether it was shown.
        outcome: Outcome,
    },
    /// The item was covered again.
    Hidden {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// The item's class.
        class: Class,
        /// The item's slot.
        slot: u8,
    },
    /// The ticket moved.
    TicketChanged {
        /// The ticket.
        ticket: TicketRef,
        /// Before.
        from: TicketState,
        /// After.
        to: TicketState,
        /// Who or what said so, by code.
        source: Code,
    },
    /// A ticket was merged into another; its requests follow that one from now on.
    Merged {
        /// The ticket that was merged away.
        ticket: TicketRef,
        /// The one it goes on as.
        into: TicketRef,
        /// Who or what said so, by code.
        source: Code,
    },
    /// A word of the customer, and what the desk made of it.
    Word {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// Which word.
        word: WordKind,
        /// Whether the desk followed it.
        outcome: Outcome,
    },
    /// The link was taken back before anything arrived.
    Revoked {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
    },
    /// The link ran out before anything arrived.
    Expired {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
    },
    /// A purge is about to destroy keys; durable, in one transaction with its state, before anything is touched.
    PurgeIntent {
        /// The purge.
        purge: Id,
        /// The ticket.
        ticket: TicketRef,
        /// The boxes it empties.
        boxes: Vec<Id>,
        /// How many items of each class.
        classes: Vec<ClassCount>,
        /// The retention rule that made it due, by code.
        rule: Code,
        /// When it was due, UTC seconds.
        due: u64,
        /// Row versions whose keyring entries are dropped.
        rows: Vec<Id>,
        /// The epochs it leads from and to.
        epoch: Epochs,
    },
    /// The keys are gone: the new epoch is committed and the old slot overwritten.
    KeysDestroyed {
        /// The purge.
        purge: Id,
        /// The epoch that holds now.
        epoch: u64,
        /// How many of its entries were dropped.
        dropped: u32,
        /// How well, every letter that applies.
        erasure: Vec<Erasure>,
    },
    /// The ciphertext is gone too, as far as the desk can tell.
    PurgeCompleted {
        /// The purge.
        purge: Id,
        /// Bytes of ciphertext removed.
        bytes: u64,
        /// Whether the relay confirmed that it holds nothing of these boxes.
        relay_confirmed: bool,
        /// How it ended.
        outcome: Outcome,
        /// How well, beyond what the keys' destruction said: letters that were known only now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        erasure: Vec<Erasure>,
    },
    /// The epoch was rotated for another reason than a purge.
    Rotated {
        /// From and to.
        epoch: Epochs,
        /// Why, by code.
        reason: Code,
    },
    /// The clock jumped.
    TimeJump {
        /// What was confirmed before, UTC seconds.
        from: u64,
        /// What the clock says, UTC seconds.
        to: u64,
    },
    /// Something is wrong that a person must look at.
    Alarm {
        /// What, by code.
        code: Code,
    },
    /// A helpdesk is listened to from here on: what it says of tickets counts.
    HelpdeskAdded {
        /// The connection.
        helpdesk: Id,
        /// What kind of helpdesk, by code.
        kind: Code,
    },
    /// A helpdesk is not listened to any more, and its credential is gone.
    HelpdeskRemoved {
        /// The connection.
        helpdesk: Id,
    },
    /// A round follows another: the customer is asked once more.
    AskedAgain {
        /// The box of the round that was not enough.
        #[serde(rename = "box")]
        box_id: Id,
        /// The box of the round that follows it.
        next: Id,
        /// Why, by code.
        reason: Code,
    },
    /// The customer was reminded of a link that waits.
    Reminded {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
    },
    /// A person took in what came another way than by a link; in the vault like a submission.
    BroughtIn {
        /// The box, also where no relay has it.
        #[serde(rename = "box")]
        box_id: Id,
        /// SHA-256 of the submission record, without its MAC.
        record: Hash,
    },
    /// The customer was offered a longer term, which nothing but their yes begins.
    LongerOffered {
        /// The box.
        #[serde(rename = "box")]
        box_id: Id,
        /// The class.
        class: Class,
        /// Until when, UTC seconds.
        until: u64,
    },
    /// Somebody set a rule of this desk; signed by them.
    PolicySet {
        /// Which, by code.
        policy: Code,
        /// To what, by code.
        value: Code,
    },
}

impl What {
    /// Every kind this version knows, as `what` names it.
    pub const KINDS: [&'static str; 27] = [
        "founded",
        "unlocked",
        "unlock-failed",
        "created-request",
        "collected",
        "problem",
        "revealed-intent",
        "revealed",
        "hidden",
        "ticket-changed",
        "merged",
        "word",
        "revoked",
        "expired",
        "purge-intent",
        "keys-destroyed",
        "purge-completed",
        "rotated",
        "time-jump",
        "alarm",
        "helpdesk-added",
        "helpdesk-removed",
        "asked-again",
        "reminded",
        "brought-in",
        "longer-offered",
        "policy-set",
    ];
}

/// The notice the customer was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub hash: Hash,
}

/// Items of one data class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The class.
    pub class: Class,
    /// How many items.
    pub items: u32,
}

/// A key epoch and the one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epochs {
    /// The epoch before.
    pub from: u64,
    /// The epoch after.
    pub to: u64,
}
