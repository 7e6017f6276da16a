//! An entry's body: who did what, when.

use crate::json::{self, JsonError};
use crate::key::{PublicKey, SigningKey};
use crate::leaf::{LeafBytes, LeafError};
use crate::{Id, What};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

/// The body of an entry, version 1: `{"v":1,"n":…,"at":…,"who":…,"what":…, …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "Written")]
pub struct Body {
    /// 16 random bytes: they keep a neighbour's hash in a proof unguessable.
    pub n: Id,
    /// When, UTC seconds.
    pub at: u64,
    /// Who.
    pub who: Who,
    /// What, with its data.
    pub what: What,
}

impl Body {
    /// The entry's bytes, without a signature.
    ///
    /// # Errors
    /// [`LeafError::TooLong`] past [`crate::leaf::MAX_LEAF`] bytes.
    pub fn leaf(&self) -> Result<LeafBytes, LeafError> {
        LeafBytes::build(&self.json()?, None)
    }

    /// The entry's bytes with a person's signature (FORMATS §7, acts about people, grants, policy, holds, approvals).
    ///
    /// # Errors
    /// [`LeafError::TooLong`] past [`crate::leaf::MAX_LEAF`] bytes.
    pub fn signed_leaf(&self, vault: &Id, person: &SigningKey) -> Result<LeafBytes, LeafError> {
        let body = self.json()?;
        let signature = person.sign(&act(vault, &body));
        LeafBytes::build(&body, Some(&signature))
    }

    fn json(&self) -> Result<Vec<u8>, LeafError> {
        serde_json::to_vec(self).map_err(|_| LeafError::Body)
    }
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The desk by itself.
    Desk,
    /// A person, by id.
    Person(Id),
}

/// A body as read: an older reader carries what it does not know, so that it can verify a newer ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A kind of this version.
    Known(Body),
    /// A kind or a body version that came later.
    Unknown {
        /// The body's version.
        v: u64,
        /// The kind it names.
        what: String,
    },
}

impl Entry {
    /// Reads a body.
    ///
    /// # Errors
    /// [`LeafError::Json`], [`LeafError::DuplicateKey`], or [`LeafError::Body`] when members are missing or do not fit.
    pub fn parse(body: &[u8]) -> Result<Self, LeafError> {
        let members = json::object(body).map_err(|e| match e {
            JsonError::Syntax => LeafError::Json,
            JsonError::Duplicate => LeafError::DuplicateKey,
        })?;
        let version = members.get("v").and_then(Value::as_u64).ok_or(LeafError::Body)?;
        let what = members.get("what").and_then(Value::as_str).ok_or(LeafError::Body)?.to_owned();
        if version != 1 {
            return Ok(Self::Unknown { v: version, what });
        }
        let value = Value::Object(members);
        let head = Head::deserialize(&value).map_err(|_| LeafError::Body)?;
        if !What::KINDS.contains(&what.as_str()) {
            return Ok(Self::Unknown { v: version, what });
        }
        let what = What::deserialize(&value).map_err(|_| LeafError::Body)?;
        Ok(Self::Known(Body { n: head.n, at: head.at, who: head.who, what }))
    }

    /// The body, when its kind is known.
    pub fn known(&self) -> Option<&Body> {
        match self {
            Self::Known(body) => Some(body),
            Self::Unknown { .. } => None,
        }
    }
}

/// What a person signs for an act: `"cloakroom/v1/act" ‖ 00 ‖ vault id ‖ body` (FORMATS §7).
pub fn act(vault: &Id, body: &[u8]) -> Vec<u8> {
    [b"cloakroom/v1/act\0".as_slice(), vault.as_bytes(), body].concat()
}

/// Whether `signature` is that person's over that body in that vault.
pub fn act_verifies(vault: &Id, body: &[u8], person: &PublicKey, signature: &[u8; 64]) -> bool {
    person.verifies(&act(vault, body), signature)
}

#[derive(Deserialize)]
struct Head {
    n: Id,
    at: u64,
    who: Who,
}

/// The order of the members on disk.
#[derive(Serialize)]
struct Written {
    v: u8,
    n: Id,
    at: u64,
    who: Who,
    #[serde(flatten)]
    what: What,
}

impl From<Body> for Written {
    fn from(body: Body) -> Self {
        Self { v: 1, n: body.n, at: body.at, who: body.who, what: body.what }
    }
}

impl Serialize for Who {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Desk => serializer.serialize_str("desk"),
            Self::Person(id) => id.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "desk" {
            return Ok(Self::Desk);
        }
        text.parse().map(Self::Person).map_err(de::Error::custom)
    }
}
