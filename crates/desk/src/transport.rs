//! How calls travel to a relay: an argument of the desk, so that a test can own the way as it owns the clock.

use bytes::Bytes;
use futures_util::{future::BoxFuture, stream::BoxStream};
use http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;

/// The way to every relay. One call goes out, one answer comes back, or none.
pub trait Transport: Send + Sync {
    /// Makes a call. What it returns waits as long as the transport thinks right and then says why nothing came.
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Answer, NoAnswer>>;
}

/// One call to a relay.
#[derive(Clone)]
pub struct Call {
    /// The relay's origin, such as `https://drop.example.com`.
    pub origin: Arc<str>,
    /// The method.
    pub method: Method,
    /// Path and query, from the slash on.
    pub path: String,
    /// Headers; the one that holds the token is marked sensitive.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, as it arrives.
    pub body: BoxStream<'static, Result<Bytes, NoAnswer>>,
}

/// Why no answer of a relay arrived. Each is tried again by itself, and each is for a person to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing more is known, or the connection broke on the way.
    #[error("the relay cannot be reached; nothing was lost, it is tried again by itself")]
    Broken,
    /// It took too long.
    #[error("the relay did not answer in time; nothing was lost, it is tried again by itself")]
    TimedOut,
    /// No address belongs to the name.
    #[error("the relay's name was not found; check its address, and whether this computer is connected")]
    Name,
    /// Nothing listens there.
    #[error("nothing answers at the relay's address; check address and port, or ask whoever runs the relay")]
    Refused,
    /// The certificates to trust cannot be read.
    #[error("the certificates this computer trusts cannot be read; check the file that SSL_CERT_FILE names")]
    Roots,
    /// What answers does not speak TLS.
    #[error(
        "what answers at the relay's address does not speak TLS; check address and port, and whether something on \
         the way answers in its place"
    )]
    NoTls,
    /// Nobody this computer trusts vouches for the certificate.
    #[error(
        "the relay's certificate was issued by nobody this computer trusts; nothing was sent: ask whoever runs the \
         relay, a proxy may be reading along"
    )]
    Untrusted,
    /// The certificate names another server.
    #[error("the relay's certificate is for another name; nothing was sent: check the address")]
    WrongName,
    /// The certificate's time is over.
    #[error(
        "the relay's certificate has expired; nothing was sent: tell whoever runs the relay, or set this computer's \
         clock if it is ahead"
    )]
    Expired,
    /// The certificate's time has not begun.
    #[error(
        "the relay's certificate is not valid yet; this computer's clock is probably behind: set it right"
    )]
    NotYetValid,
    /// The certificate was withdrawn, or is no certificate for a server.
    #[error("the relay's certificate is not good; nothing was sent: ask whoever runs the relay")]
    BadCertificate,
    /// The proxy does not let the call through.
    #[error(
        "the proxy does not connect to the relay; check this computer's proxy settings, or ask whoever runs it"
    )]
    Proxy,
    /// Something else than a relay answered.
    #[error(
        "something in between answered in the relay's place, such as a proxy or a sign-in page; nothing was lost: \
         check the address and the network"
    )]
    InBetween,
    /// The relay says that it cannot answer at this moment.
    #[error("the relay cannot answer now; nothing was lost, it is tried again by itself")]
    Busy,
    /// The relay, or what stands before it, asks for fewer calls.
    #[error(
        "the relay asks for fewer calls from this network and is left alone for a while; nothing was lost, it goes on \
         by itself: if this comes often, tell whoever runs the relay"
    )]
    TooOften,
}
