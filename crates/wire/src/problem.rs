//! Problem documents (RFC 9457). They never quote what was sent.

use crate::ids::PartId;
use serde::{Deserialize, Serialize};

/// What went wrong, for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemCode {
    /// No such box, or not with this token: the same answer for both.
    #[serde(rename = "urn:cloakroom:problem:not-here")]
    NotHere,
    /// No valid desk token.
    #[serde(rename = "urn:cloakroom:problem:unauthorized")]
    Unauthorized,
    /// The name is taken by other bytes.
    #[serde(rename = "urn:cloakroom:problem:conflict")]
    Conflict,
    /// Larger than allowed.
    #[serde(rename = "urn:cloakroom:problem:too-large")]
    TooLarge,
    /// The box takes nothing any more.
    #[serde(rename = "urn:cloakroom:problem:ended")]
    Ended,
    /// Another submission won.
    #[serde(rename = "urn:cloakroom:problem:already-sent")]
    AlreadySent,
    /// Chunks are missing or differ from what the record says.
    #[serde(rename = "urn:cloakroom:problem:incomplete")]
    Incomplete,
    /// Too many of them.
    #[serde(rename = "urn:cloakroom:problem:too-many")]
    TooMany,
    /// Not what this call takes.
    #[serde(rename = "urn:cloakroom:problem:bad-request")]
    BadRequest,
    /// No such page or method.
    #[serde(rename = "urn:cloakroom:problem:no-such-call")]
    NoSuchCall,
    /// An enrolment code that was used, ran out or never was: the same answer for all.
    #[serde(rename = "urn:cloakroom:problem:bad-code")]
    BadCode,
    /// The desk holds as much here as it may.
    #[serde(rename = "urn:cloakroom:problem:quota")]
    Quota,
    /// The relay's disk is full; nothing of this call was kept.
    #[serde(rename = "urn:cloakroom:problem:full")]
    Full,
    /// The relay cannot answer now.
    #[serde(rename = "urn:cloakroom:problem:unavailable")]
    Unavailable,
}

impl ProblemCode {
    /// The HTTP status it travels with.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotHere | Self::NoSuchCall => 404,
            Self::Unauthorized => 401,
            Self::BadCode => 403,
            Self::Conflict | Self::AlreadySent => 409,
            Self::TooLarge => 413,
            Self::Ended => 410,
            Self::Incomplete => 422,
            Self::TooMany => 429,
            Self::BadRequest => 400,
            Self::Full | Self::Quota => 507,
            Self::Unavailable => 503,
        }
    }

    /// What happened.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotHere => "There is nothing here for this link",
            Self::Unauthorized => "This desk is not known here",
            Self::Conflict => "This name already holds something else",
            Self::TooLarge => "This is larger than allowed",
            Self::Ended => "This link takes nothing any more",
            Self::AlreadySent => "Something was already sent through this link",
            Self::Incomplete => "Some of it has not arrived",
            Self::TooMany => "Too many of these",
            Self::BadRequest => "This call was not understood",
            Self::NoSuchCall => "There is no such page",
            Self::BadCode => "This enrolment code does not work",
            Self::Quota => "This desk holds as much at the relay as it may",
            Self::Full => "The relay has no room left",
            Self::Unavailable => "The relay cannot answer now",
        }
    }

    /// What to do.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::NotHere => "Check that the link is complete, or ask whoever sent it for a new one.",
            Self::Unauthorized => "Check the desk's relay settings, or enrol the desk again.",
            Self::Conflict => "Use a new name; what is stored was not changed.",
            Self::TooLarge => "Send less at once; the limits are in the request.",
            Self::Ended => "Ask whoever sent the link for a new one.",
            Self::AlreadySent => "Nothing more is needed; open the link to see what became of it.",
            Self::Incomplete => "Send the missing parts again, then submit again.",
            Self::TooMany => "Wait a little and try again.",
            Self::BadRequest => "Reload the page, or update Cloakroom.",
            Self::NoSuchCall => "Check the address.",
            Self::BadCode => {
                "It was used already, ran out, or was mistyped; ask whoever runs the relay for a new one."
            }
            Self::Quota => {
                "Nothing was kept; collect or end what waits, or ask whoever runs the relay for more room."
            }
            Self::Full => "Nothing was kept; try again later, or tell the relay's operator.",
            Self::Unavailable => "Nothing was lost; try again in a moment.",
        }
    }
}

/// The body of an `application/problem+json` answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What went wrong, for a program.
    #[serde(rename = "type")]
    pub code: ProblemCode,
    /// What went wrong, for a person.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// For `incomplete`: the parts to send again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<PartId>,
}

impl Problem {
    /// The document for a code.
    pub fn new(code: ProblemCode) -> Self {
        Self {
            code,
            title: code.title().to_owned(),
            status: code.status(),
            detail: code.detail().to_owned(),
            missing: Vec::new(),
        }
    }

    /// The document that names the parts to send again.
    pub fn incomplete(missing: Vec<PartId>) -> Self {
        Self { missing, ..Self::new(ProblemCode::Incomplete) }
    }
}
