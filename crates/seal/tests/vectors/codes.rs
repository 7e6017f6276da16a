//! The codes by which vectors name findings.

use seal::{
    agefile::AgeError, card::CardError, epoch::EpochError, json::JsonError, keyring::KeyringError,
    note::NoteError, request::RequestError, sealed::OpenError, submission::SubmissionError, word::WordError,
};
use wire::RecordError;

pub(crate) fn open(error: &OpenError) -> &'static str {
    match error {
        OpenError::Truncated => "truncated",
        OpenError::NewerVersion => "newer-version",
        OpenError::Refused => "refused",
    }
}

pub(crate) fn json(error: &JsonError) -> &'static str {
    match error {
        JsonError::Malformed => "malformed",
        JsonError::NewerVersion => "newer-version",
    }
}

pub(crate) fn request(error: &RequestError) -> &'static str {
    match error {
        RequestError::Open(error) => open(error),
        RequestError::Json(error) => json(error),
        RequestError::Inconsistent => "inconsistent",
    }
}

pub(crate) fn note(error: &NoteError) -> &'static str {
    match error {
        NoteError::Open(error) => open(error),
        NoteError::Json(error) => json(error),
        NoteError::Gap => "gap",
        NoteError::Double => "double",
    }
}

pub(crate) fn card(error: &CardError) -> &'static str {
    match error {
        CardError::Json(error) => json(error),
        CardError::Number(_) => "number",
        CardError::Expiry => "expiry",
    }
}

pub(crate) fn submission(error: &SubmissionError) -> &'static str {
    match error {
        SubmissionError::Forged => "forged",
        SubmissionError::Record(RecordError::Malformed) => "malformed",
        SubmissionError::Record(RecordError::UnknownClass) => "unknown-class",
        SubmissionError::Record(RecordError::PartCount) => "part-count",
        SubmissionError::Record(RecordError::RepeatedPart) => "repeated-part",
        SubmissionError::Record(RecordError::PartLength) => "part-length",
        SubmissionError::OtherBox => "other-box",
        SubmissionError::OtherRequest => "other-request",
        SubmissionError::UnknownSlot => "unknown-slot",
        SubmissionError::WrongClass => "wrong-class",
        SubmissionError::Manifests => "manifests",
    }
}

pub(crate) fn word(error: &WordError) -> &'static str {
    match error {
        WordError::Forged => "forged",
        WordError::Malformed => "malformed",
        WordError::OtherBox => "other-box",
    }
}

pub(crate) fn epoch(error: &EpochError) -> &'static str {
    match error {
        EpochError::Length => "length",
        EpochError::NoSlot => "no-slot",
        EpochError::Doubled => "doubled",
        EpochError::OtherVault => "other-vault",
        EpochError::DoesNotOpen => "does-not-open",
    }
}

pub(crate) fn keyring(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::Head => "head",
        KeyringError::OtherVault => "other-vault",
        KeyringError::OtherEpoch => "other-epoch",
        KeyringError::Changed => "changed",
        KeyringError::Doubled => "doubled",
    }
}

pub(crate) fn age(error: &AgeError) -> &'static str {
    match error {
        AgeError::Header => "header",
        AgeError::Passphrase => "passphrase",
        AgeError::NoMatch => "no-match",
        AgeError::Forged => "forged",
        AgeError::Payload => "payload",
        AgeError::TooLarge => "too-large",
        AgeError::Padding(_) => "bad-padding",
        AgeError::Io(_) => "io",
    }
}
