//! HMAC-SHA-256 (RFC 2104) under keys derived from a link.

use crate::{secret::Secret, stack};
use ring::hmac;
use zeroize::Zeroizing;

/// Length of a MAC in bytes.
pub const MAC_LEN: usize = 32;

macro_rules! mac_key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Secret);

        impl $name {
            /// From its 32 bytes.
            pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
                Self(Secret::from_bytes(bytes))
            }

            pub(crate) fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }

            /// Appends the MAC of `message` to it.
            pub(crate) fn append(&self, mut message: Vec<u8>) -> Vec<u8> {
                // Exposed to ring, which keeps no copy beyond the stack.
                let mac = stack::wiped(|| {
                    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose()), &message)
                });
                message.extend_from_slice(mac.as_ref());
                message
            }

            /// The message in front of its MAC, if that is right. Compares in constant time.
            pub(crate) fn check<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
                let (message, mac) = bytes.split_last_chunk::<MAC_LEN>()?;
                // Exposed to ring, as above.
                let right = stack::wiped(|| {
                    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose()), message, mac)
                });
                right.is_ok().then_some(message)
            }
        }
    };
}

mac_key! {
    /// Authenticates a submission: only a holder of the link has it, and the desk.
    SubmissionMac
}
mac_key! {
    /// Authenticates the customer's words.
    Voice
}
