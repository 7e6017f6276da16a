//! Every use of a key has its own label, and the labels are listed here once, so that no two uses share one.

const PREFIX: &[u8; 13] = b"cloakroom/v1/";

/// What something is sealed as. The table in the crate's README says which key and which ctx go with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// A sealed request; ctx: box id.
    Request,
    /// A note to the customer; ctx: box id ‖ u32 number.
    Note,
    /// A link passed on to the submitter; ctx: the old box's id.
    Next,
    /// Names and previews in the browser before submitting; ctx: box id ‖ what the page chooses.
    Draft,
    /// The epoch key in its slot; ctx: vault id ‖ u64 N.
    Epoch,
    /// A record of the keyring; ctx: vault id ‖ u64 N.
    Entry,
    /// A request identity that also needs the relay's share; ctx: box id ‖ class u8.
    Share,
    /// A person's keys under the passphrase; ctx: person id ‖ u32 KiB ‖ u32 passes ‖ u32 lanes ‖ salt.
    PersonKeys,
    /// Row of `person`; ctx of every row: row version id ‖ clear columns.
    Person,
    /// Row of `grant`.
    Grant,
    /// Row of `request_wrap`.
    RequestWrap,
    /// Row of `box`.
    Box,
    /// Row of `remark`.
    Remark,
    /// Row of `relay`.
    Relay,
    /// Row of `credential`.
    Credential,
}

impl Label {
    /// Every label.
    pub const ALL: [Self; 15] = [
        Self::Request,
        Self::Note,
        Self::Next,
        Self::Draft,
        Self::Epoch,
        Self::Entry,
        Self::Share,
        Self::PersonKeys,
        Self::Person,
        Self::Grant,
        Self::RequestWrap,
        Self::Box,
        Self::Remark,
        Self::Relay,
        Self::Credential,
    ];

    /// As it stands in the authenticated bytes.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Note => "note",
            Self::Next => "next",
            Self::Draft => "draft",
            Self::Epoch => "epoch",
            Self::Entry => "entry",
            Self::Share => "share",
            Self::PersonKeys => "person-keys",
            Self::Person => "person",
            Self::Grant => "grant",
            Self::RequestWrap => "request_wrap",
            Self::Box => "box",
            Self::Remark => "remark",
            Self::Relay => "relay",
            Self::Credential => "credential",
        }
    }

    /// `"cloakroom/v1/" ‖ label ‖ 00 ‖ ctx`.
    pub(crate) fn aad(self, ctx: &[u8]) -> Vec<u8> {
        let text = self.text().as_bytes();
        let mut aad = Vec::with_capacity(PREFIX.len() + text.len() + 1 + ctx.len());
        aad.extend_from_slice(PREFIX);
        aad.extend_from_slice(text);
        aad.push(0);
        aad.extend_from_slice(ctx);
        aad
    }
}

/// What is derived from a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Derive<'a> {
    /// The box's id, 16 bytes (link).
    BoxId,
    /// What the customer's browser shows to the relay (link).
    UploadToken,
    /// Seals the request (link).
    RequestSeal,
    /// Authenticates the submission (link).
    SubmissionMac,
    /// Authenticates words (link).
    Voice,
    /// Seals notes (link).
    StatusSeal,
    /// Seals drafts in the browser (link).
    DraftSeal,
    /// Five words to compare (link); by the sealed request's SHA-256.
    Phrase(&'a [u8; 32]),
    /// Seals a link passed on (link ‖ owner).
    Next,
    /// Seals a request identity (relay share).
    Share,
    /// Seals a person's keys (Argon2id output).
    PersonKeys,
    /// Wraps the epoch key (device item).
    Device,
    /// The database's raw key (device item).
    Database,
    /// Ed25519 seed of the desk's ledger key (device item).
    Signing,
}

impl Derive<'_> {
    /// HKDF's `info`, in pieces: `"cloakroom/v1/"`, the label, and for the phrase the raw hash.
    pub(crate) fn info(&self) -> [&[u8]; 3] {
        let (label, hash): (&str, &[u8]) = match self {
            Self::BoxId => ("box-id", &[]),
            Self::UploadToken => ("upload-token", &[]),
            Self::RequestSeal => ("request-seal", &[]),
            Self::SubmissionMac => ("submission-mac", &[]),
            Self::Voice => ("voice", &[]),
            Self::StatusSeal => ("status-seal", &[]),
            Self::DraftSeal => ("draft-seal", &[]),
            Self::Phrase(hash) => ("phrase", hash.as_slice()),
            Self::Next => ("next", &[]),
            Self::Share => ("share", &[]),
            Self::PersonKeys => ("person-keys", &[]),
            Self::Device => ("device", &[]),
            Self::Database => ("database", &[]),
            Self::Signing => ("signing", &[]),
        };
        [PREFIX, label.as_bytes(), hash]
    }
}

#[cfg(test)]
mod tests {
    use super::Label;
    use std::collections::HashSet;

    #[test]
    fn no_two_uses_share_a_label() {
        let texts: HashSet<_> = Label::ALL.iter().map(|label| label.text()).collect();
        assert_eq!(texts.len(), Label::ALL.len());
    }

    #[test]
    fn ctx_cannot_run_into_the_label() {
        assert_ne!(Label::Person.aad(b"x"), Label::PersonKeys.aad(b"x"));
        assert!(Label::ALL.iter().all(|label| !label.text().contains('\0')));
    }
}
