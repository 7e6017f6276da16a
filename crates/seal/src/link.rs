//! The link's secret and everything derived from it (FORMATS §2).

use crate::{
    agefile::{self, AgeError},
    derive::{derive, derive_key},
    identity::{Identity, Recipient, Request},
    label::Derive,
    mac::{SubmissionMac, Voice},
    rng::{Rng, RngFailed},
    sealed::{SealError, SealKey},
    secret::Secret,
};
use wire::{BoxId, UploadToken, sha256};
use zeroize::{Zeroize, Zeroizing};

const VERSION: u8 = 1;
const CODE_LEN: usize = 1 + 32 + 4;
/// 37 bytes make at most 51 characters; anything much longer is not worth decoding.
const TEXT_MAX: usize = 64;

/// The 32 secret bytes that a customer's link carries in its fragment.
pub struct Link(Secret);

/// The text carries no whole link: cut off, mistyped, or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not 37 bytes, not version 1, or the checksum is wrong.
    #[error("the link is damaged; copy it whole from the message it came in, or ask for a new one")]
    Damaged,
}

impl Link {
    /// A fresh link.
    pub fn make(rng: &dyn Rng) -> Result<Self, RngFailed> {
        Secret::make(rng).map(Self)
    }

    /// From its 32 secret bytes.
    pub fn from_secret(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// Finds the code in what a person pasted: a bare code or a whole URL, `%23` or `%2523` for `#`, white space and
    /// signs before it, anything that is no base58 after it.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let mut code = Zeroizing::new([0; CODE_LEN]);
        let len = bs58::decode(code_in(text)?).onto(code.as_mut_slice()).map_err(|_| LinkError::Damaged)?;
        let (body, sum) = code.split_last_chunk::<4>().ok_or(LinkError::Damaged)?;
        let (version, secret) = body.split_first().ok_or(LinkError::Damaged)?;
        if len != CODE_LEN || *version != VERSION || *sum != checksum(body) {
            return Err(LinkError::Damaged);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(secret);
        Ok(Self::from_secret(bytes))
    }

    /// The code: `base58(01 ‖ secret ‖ first 4 bytes of H(H(01 ‖ secret)))`.
    pub fn encode(&self) -> Zeroizing<String> {
        let mut code = Zeroizing::new(Vec::with_capacity(CODE_LEN));
        code.push(VERSION);
        // Exposed to be handed to the customer: this is what a link is.
        code.extend_from_slice(self.0.expose());
        let sum = checksum(&code);
        code.extend_from_slice(&sum);
        Zeroizing::new(bs58::encode(&*code).into_string())
    }

    /// The whole link: `origin`, then the code in the fragment.
    pub fn url(&self, origin: &str) -> Zeroizing<String> {
        let origin = origin.trim_end_matches('/');
        let code = self.encode();
        let mut url = Zeroizing::new(String::with_capacity(origin.len() + 2 + code.len()));
        url.push_str(origin);
        url.push_str("/#");
        url.push_str(&code);
        url
    }

    /// Names the box at the relay.
    pub fn box_id(&self) -> BoxId {
        BoxId::from_bytes(*derive(self.expose(), Derive::BoxId))
    }

    /// What the customer's browser shows to the relay.
    pub fn upload_token(&self) -> UploadToken {
        UploadToken::from_bytes(*derive(self.expose(), Derive::UploadToken))
    }

    /// Seals the request.
    pub fn request_seal(&self) -> SealKey {
        derive_key(self.expose(), Derive::RequestSeal)
    }

    /// Authenticates the submission.
    pub fn submission_mac(&self) -> SubmissionMac {
        SubmissionMac::from_bytes(derive(self.expose(), Derive::SubmissionMac))
    }

    /// Authenticates the customer's words.
    pub fn voice(&self) -> Voice {
        Voice::from_bytes(derive(self.expose(), Derive::Voice))
    }

    /// Seals notes.
    pub fn status_seal(&self) -> SealKey {
        derive_key(self.expose(), Derive::StatusSeal)
    }

    /// Seals what the customer's browser keeps before submitting.
    pub fn draft_seal(&self) -> SealKey {
        derive_key(self.expose(), Derive::DraftSeal)
    }

    /// What the desk keeps of this link beyond the request's end.
    pub fn box_keys(&self) -> BoxKeys {
        BoxKeys {
            box_id: self.box_id(),
            submission_mac: self.submission_mac(),
            voice: self.voice(),
            status_seal: self.status_seal(),
        }
    }

    /// The link's code as an age file to the request's recipients: it dies with them.
    pub fn seal_to(&self, recipients: &[&Recipient]) -> Result<Vec<u8>, SealError> {
        agefile::seal(recipients, self.encode().as_bytes())
    }

    /// Opens what [`Link::seal_to`] made.
    pub fn open_from(identity: &Identity<Request>, sealed: &[u8]) -> Result<Self, LinkOpenError> {
        let text = agefile::open(identity, sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| LinkError::Damaged)?;
        Ok(Self::parse(text)?)
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// Why a kept link does not open.
#[derive(Debug, thiserror::Error)]
pub enum LinkOpenError {
    /// The age file does not open.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// It opens, but holds no link.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// What the desk keeps in its `box` row, which opens without a person, until the status page ends.
pub struct BoxKeys {
    /// The box.
    pub box_id: BoxId,
    /// Checks the submission.
    pub submission_mac: SubmissionMac,
    /// Checks words.
    pub voice: Voice,
    /// Seals notes.
    pub status_seal: SealKey,
}

/// A `box` row body that is not 96 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this box's keys are not as long as they should be; the vault was changed by something else: do not use it"
)]
pub struct BadBoxKeys;

impl BoxKeys {
    /// Length of the row body in bytes.
    pub const LEN: usize = 96;

    /// The row body: `submission-mac ‖ voice ‖ status-seal`. The box id is a clear column.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut body = Zeroizing::new(Vec::with_capacity(Self::LEN));
        // Exposed to be sealed into the row.
        body.extend_from_slice(self.submission_mac.expose());
        body.extend_from_slice(self.voice.expose());
        body.extend_from_slice(self.status_seal.expose());
        body
    }

    /// From the row's body and its clear column.
    pub fn decode(box_id: BoxId, body: &[u8]) -> Result<Self, BadBoxKeys> {
        let (mac, rest) = body.split_first_chunk::<32>().ok_or(BadBoxKeys)?;
        let (voice, rest) = rest.split_first_chunk::<32>().ok_or(BadBoxKeys)?;
        let status: &[u8; 32] = rest.try_into().map_err(|_| BadBoxKeys)?;
        Ok(Self {
            box_id,
            submission_mac: SubmissionMac::from_bytes(Zeroizing::new(*mac)),
            voice: Voice::from_bytes(Zeroizing::new(*voice)),
            status_seal: SealKey::from_bytes(Zeroizing::new(*status)),
        })
    }
}

/// What follows the last `#`, `%23` or `%2523`, from its first base58 character to the last in a row.
fn code_in(text: &str) -> Result<&str, LinkError> {
    let after = |mark: &str| text.rfind(mark).map_or(0, |at| at + mark.len());
    let rest = text.get(after("#").max(after("%23")).max(after("%2523"))..).unwrap_or_default();
    let rest = rest.trim_start_matches(|c| !is_base58(c));
    let code = rest.split(|c| !is_base58(c)).next().unwrap_or_default();
    if code.is_empty() || code.len() > TEXT_MAX { Err(LinkError::Damaged) } else { Ok(code) }
}

fn is_base58(c: char) -> bool {
    c.is_ascii_alphanumeric() && !matches!(c, '0' | 'O' | 'I' | 'l')
}

fn checksum(body: &[u8]) -> [u8; 4] {
    let mut first = sha256(body);
    let [a, b, c, d, ..] = sha256(&first);
    first.zeroize();
    [a, b, c, d]
}
