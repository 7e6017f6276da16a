//! The JSON of the HTTP calls (DESIGN §4).

use crate::{
    ids::{BoxId, DataClass, HookId, PartId},
    token::{RelayShare, TokenHash},
};
use serde::{Deserialize, Serialize};

/// `POST /v1/boxes`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenBox {
    /// The box to open.
    pub id: BoxId,
    /// SHA-256 of the upload token.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub token_hash: TokenHash,
    /// The sealed request.
    pub request: Base64,
    /// When the link stops taking anything, UTC seconds.
    pub expires: u64,
    /// How much it takes.
    pub limits: BoxLimits,
    /// The chunk size the desk would like, in bytes; the relay's own otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_size: Option<u32>,
    /// What the relay keeps for the desk, one per class at most (FORMATS §6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareDeposit>,
}

/// A share the relay keeps until its term, unless the desk takes it away before.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShareDeposit {
    /// The class.
    pub class: DataClass,
    /// The share, 64 hexadecimal digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub share: RelayShare,
    /// When the relay deletes it by itself, UTC seconds.
    pub term: u64,
    /// The latest that `term` may be moved to, UTC seconds.
    pub term_max: u64,
}

/// `GET /v1/desk/boxes/{id}/shares/{class}`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareView {
    /// The share, 64 hexadecimal digits.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub share: RelayShare,
    /// When the relay deletes it by itself, UTC seconds.
    pub term: u64,
    /// The latest that `term` may be moved to, UTC seconds.
    pub term_max: u64,
}

/// `PUT /v1/desk/boxes/{id}/shares/{class}`: only before the present term passes, and only up to `term_max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShareTerm {
    /// The new term, UTC seconds; sooner or later than before.
    pub term: u64,
}

/// The answer to `DELETE /v1/desk/boxes/{id}/shares/{class}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShareErased {
    /// Whether this relay overwrote the share: now, at an earlier call, or at its term. A relay that does not know it,
    /// because another store had it, cannot say so.
    pub erased: bool,
}

/// `POST /v1/desk/enrol`: no token yet, a one-time code instead.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The code as the operator gave it, 24 characters; case, spaces and dashes do not matter.
    pub code: String,
    /// SHA-256 of the token this desk made for itself.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    pub token_hash: TokenHash,
}

/// The answer to `POST /v1/desk/enrol`, and `GET /v1/desk`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskView {
    /// The name the relay's operator gave this desk.
    pub name: String,
    /// The relay's version.
    pub version: String,
    /// The relay's clock, UTC seconds.
    pub now: u64,
}

/// `GET /v1/desk/hooks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HooksView {
    /// Where this desk's webhooks arrive.
    pub hooks: Vec<HookId>,
}

/// `GET /v1/contact`: what a page shows that has nothing else to show. The same for everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// Whom to ask about a link that does not work, as the operator wrote it; plain text.
    pub contact: Option<String>,
}

/// `GET /v1/desk/deliveries`: webhooks that wait for this desk, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveriesView {
    /// At most as many as fit into 1 MiB of bodies and headers, one at least.
    pub deliveries: Vec<Delivery>,
    /// Deliveries not kept since the last look, because too many waited or nobody fetched them for a week: whoever
    /// sent them may have lost them. Looking starts the count anew.
    pub dropped: u64,
}

/// One webhook, passed on raw. The desk judges it. `DELETE /v1/desk/deliveries/{n}` once it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its number, ascending.
    pub n: u64,
    /// The hook it came through.
    pub hook: HookId,
    /// When it came, UTC seconds by the relay's clock.
    pub at: u64,
    /// The signing headers it carried, each once, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body, untouched.
    pub body: Base64,
}

/// The headers of a webhook that are kept as they came: those that sign or date it. Lower case.
pub const SIGNING_HEADERS: [&str; 11] = [
    "x-zendesk-webhook-signature",
    "x-zendesk-webhook-signature-timestamp",
    "x-hub-signature",
    "x-hub-signature-256",
    "x-hubspot-signature-v3",
    "x-hubspot-request-timestamp",
    "x-helpscout-signature",
    "x-front-signature",
    "x-front-request-timestamp",
    "x-cloakroom-signature",
    "x-cloakroom-timestamp",
];

/// Shows a hook's secret, where a helpdesk cannot sign. It is not kept.
pub const SECRET_HEADER: &str = "x-cloakroom-secret";

/// What is kept of [`SECRET_HEADER`]: its SHA-256, 64 hexadecimal digits. Only a relay says this: what came under this
/// name is not kept.
pub const SECRET_HASH_HEADER: &str = "x-cloakroom-secret-sha256";

/// How much a box takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BoxLimits {
    /// Ciphertext bytes of one submission.
    pub bytes: u64,
    /// Parts of one submission, manifests among them.
    pub parts: u8,
}

/// The answer to `POST /v1/boxes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoxOpened {
    /// The box.
    pub id: BoxId,
    /// When the link stops taking anything, UTC seconds.
    pub expires: u64,
    /// The size chunks must have, in bytes; the last may be shorter.
    pub chunk_size: u32,
}

/// Where a box stands at the relay. A hint: the desk and the customer's page believe only what is authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BoxState {
    /// Nothing arrived yet.
    Waiting,
    /// A chunk arrived.
    Sending,
    /// A submission was accepted.
    Sent,
    /// The desk has it; the relay's ciphertext is gone.
    Collected,
    /// The desk destroyed it.
    Purged,
    /// The time ran out before anything was submitted.
    Expired,
    /// The desk took the link back.
    Revoked,
}

impl BoxState {
    /// The state's name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Collected => "collected",
            Self::Purged => "purged",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// From the state's name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Waiting,
            Self::Sending,
            Self::Sent,
            Self::Collected,
            Self::Purged,
            Self::Expired,
            Self::Revoked,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }

    /// Whether chunks and a submission are still taken.
    pub const fn takes_parts(self) -> bool {
        matches!(self, Self::Waiting | Self::Sending)
    }
}

/// `GET /v1/boxes/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoxView {
    /// The sealed request.
    pub request: Base64,
    /// Where the box stands.
    pub state: BoxState,
    /// What the desk wrote for the customer, in order.
    pub notes: Vec<NoteView>,
    /// The size chunks must have, in bytes.
    pub chunk_size: u32,
    /// When the link stops taking anything, UTC seconds.
    pub expires: u64,
    /// The relay's clock, UTC seconds.
    pub now: u64,
    /// How much it takes.
    pub limits: BoxLimits,
}

/// One sealed note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteView {
    /// Its number, from 0.
    pub seq: u32,
    /// The sealed note.
    pub note: Base64,
}

/// `GET /v1/boxes/{id}/parts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartsView {
    /// Every part of which a chunk arrived.
    pub parts: Vec<PartView>,
}

/// What arrived of one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartView {
    /// The part.
    pub part: PartId,
    /// First and last chunk of each unbroken run, ascending.
    pub chunks: Vec<(u32, u32)>,
}

/// The answer to `submit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Submitted {
    /// Where the box stands now.
    pub state: BoxState,
}

/// `GET /v1/desk/events`, polled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventsView {
    /// What happened after the number asked for, ascending.
    pub events: Vec<Event>,
    /// What to ask with next.
    pub next: u64,
}

/// One thing that happened to one of the desk's boxes, or that waits for the desk. Delivered at least once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its number, ascending.
    pub seq: u64,
    /// The box; none where it is about none.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub box_id: Option<BoxId>,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

/// What happened to a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum EventKind {
    /// The first chunk arrived.
    Sending,
    /// A submission was accepted.
    Sent,
    /// The customer said a word.
    Word {
        /// The word and its MAC.
        word: Base64,
    },
    /// The time ran out.
    Expired,
    /// A webhook waits to be fetched. About no box.
    Delivery,
    /// Something a newer relay says.
    #[serde(other)]
    Other,
}

/// `GET /v1/desk/boxes/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeskBoxView {
    /// Where the box stands.
    pub state: BoxState,
    /// The submit body, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Base64>,
    /// When the link stops taking anything, UTC seconds.
    pub expires: u64,
    /// The size of all chunks but a part's last, in bytes.
    pub chunk_size: u32,
    /// How many notes are stored.
    pub notes: u32,
}

/// `POST /v1/desk/boxes/{id}/collected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// SHA-256 of the record, without its MAC: what the vault holds is what the relay may forget.
    pub record: RecordHash,
}

crate::public_bytes! {
    /// SHA-256 of a submission record.
    RecordHash, 32
}
#[cfg(feature = "openapi")]
crate::hex::hex_schema!(RecordHash);

/// Bytes as standard base64 with padding (RFC 4648 §4).
#[derive(Clone, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

impl std::fmt::Debug for Base64 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        data_encoding::BASE64
            .decode(text.as_bytes())
            .map(Self)
            .map_err(|_| serde::de::Error::custom("this is not base64"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Base64 {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .content_encoding("base64")
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Base64 {}
