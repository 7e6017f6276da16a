//! One call to a helpdesk, by the same way that leads to relays: TLS as this computer trusts it, no redirects.

use crate::{
    Desk,
    transport::{self, NoAnswer},
};
use bytes::Bytes;
use futures_util::StreamExt;
use helpdesk::{ANSWER_MAX, Answer, Authorization, Call, Credential, Helpdesk, Trouble};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use std::time::Duration;

/// A call as a whole, its answer read to the end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a helpdesk was not heard: it answered something that is no answer, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// It answered, and this is why that is of no use.
    Answered(Trouble),
    /// It did not answer.
    Silent(NoAnswer),
    /// The credential is not where it was put.
    NoCredential,
}

impl Unheard {
    /// Its name in the database.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Answered(trouble) => trouble.code(),
            Self::NoCredential => "no-credential",
            Self::Silent(NoAnswer::TimedOut) => "timed-out",
            Self::Silent(NoAnswer::Name) => "name",
            Self::Silent(NoAnswer::Refused) => "nothing-there",
            Self::Silent(NoAnswer::NoTls) => "no-tls",
            Self::Silent(NoAnswer::Untrusted | NoAnswer::WrongName | NoAnswer::BadCertificate) => {
                "certificate"
            }
            Self::Silent(NoAnswer::Expired | NoAnswer::NotYetValid) => "certificate-time",
            Self::Silent(NoAnswer::Proxy) => "proxy",
            Self::Silent(_) => "silent",
        }
    }

    /// The least seconds before it is asked again.
    pub(crate) fn wait(self) -> u64 {
        match self {
            Self::Answered(trouble) => trouble.wait(),
            Self::Silent(_) | Self::NoCredential => 0,
        }
    }

    /// It said itself how long to wait, and nobody may be quicker than that.
    pub(crate) fn is_advice(self) -> bool {
        matches!(self, Self::Answered(Trouble::SlowDown { .. } | Trouble::Down { .. }))
    }
}

/// What a code says, in words: what happened, and what to do.
pub fn helpdesk_failure(code: &str) -> &'static str {
    match code {
        "slow-down" => "it asks to be asked less often; it is asked again when it said so",
        "sign-in" => {
            "it does not know this token; make a new one there, remove this connection and add it again"
        }
        "not-allowed" => {
            "it does not let this account read tickets; give the account that right there, then test again"
        }
        "no-ticket" => "it shows no such ticket to this account; check the account's rights there",
        "not-this-helpdesk" => {
            "something else than this kind of helpdesk answers there; check kind and address, and add it again"
        }
        "down" => "it has trouble of its own; it is asked again by itself",
        "refused" => "it refuses the call; check queue and project names, and add it again",
        "malformed" => {
            "its answer cannot be read; nothing was changed. Its version may be too new for this one"
        }
        "too-large" => "its answer is too large to read; nothing was changed and it is asked again by itself",
        "no-credential" => {
            "its token is not in the keychain; unlock the keychain, or remove this connection and add it again"
        }
        "timed-out" => "it did not answer in time; it is asked again by itself",
        "name" => "its name was not found; check the address, and whether this computer is connected",
        "nothing-there" => "nothing answers at its address; check address and port",
        "no-tls" => "what answers there does not speak TLS; check address and port",
        "certificate" => {
            "its certificate is not one this computer trusts for that name; nothing was sent: ask whoever runs it"
        }
        "certificate-time" => {
            "its certificate is not valid at this time; nothing was sent: check this computer's clock, then ask \
             whoever runs it"
        }
        "proxy" => "this computer's proxy does not connect to it; check the proxy settings",
        _ => "it cannot be reached, or the connection broke; it is asked again by itself",
    }
}

impl Desk {
    /// Sends one call and reads its answer, no further than it has to.
    pub(crate) async fn call_helpdesk(
        &self,
        helpdesk: &Helpdesk,
        credential: &Credential,
        call: Call,
    ) -> Result<Answer, Unheard> {
        let silent = |why| Unheard::Silent(why);
        let call = outgoing(&call, &helpdesk.authorization(credential)).ok_or(silent(NoAnswer::Name))?;
        let sent = async {
            let mut answer = self.inner.config.transport.call(call).await?;
            let headers = answer.headers.iter().filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            });
            let (status, headers) = (answer.status.as_u16(), headers.collect());
            let mut body = Vec::new();
            while let Some(bytes) = answer.body.next().await {
                body.extend_from_slice(&bytes?);
                if body.len() > ANSWER_MAX {
                    body.truncate(ANSWER_MAX + 1);
                    break;
                }
            }
            Ok(Answer { status, headers, body })
        };
        match tokio::time::timeout(PATIENCE, sent).await {
            Ok(answer) => answer.map_err(silent),
            Err(_) => Err(silent(NoAnswer::TimedOut)),
        }
    }
}

/// A call as the way takes it. The credential stands in a header that is marked sensitive, and nowhere else.
fn outgoing(call: &Call, authorization: &Authorization) -> Option<transport::Call> {
    let url: Uri = call.url.parse().ok()?;
    let origin = format!("{}://{}", url.scheme_str()?, url.authority()?);
    let path = url.path_and_query()?.as_str().to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in &call.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // In clear for the header alone.
    let mut value = HeaderValue::from_str(authorization.expose()).ok()?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(Authorization::HEADER), value);
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_static(concat!("Cloakroom/", env!("CARGO_PKG_VERSION"))),
    );
    let method = Method::from_bytes(call.method.as_str().as_bytes()).ok()?;
    let body = call.body.clone().map_or_else(Bytes::new, Bytes::from);
    Some(transport::Call { origin: origin.into(), method, path, headers, body })
}
