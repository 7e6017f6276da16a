use data_encoding::BASE64;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What a helpdesk knows the desk by: an API token, an API key, an access token. It derives nothing that shows it.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Credential(String);

impl Credential {
    /// The most bytes of one.
    pub const MAX: usize = 4096;

    /// Reads a credential as a person pasted it; white space around it is dropped.
    ///
    /// # Errors
    /// [`BadCredential`] when nothing is left, it is too long, or holds what no header may.
    pub fn parse(text: &str) -> Result<Self, BadCredential> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadCredential::Empty);
        }
        if text.len() > Self::MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadCredential::NotAToken);
        }
        Ok(Self(text.to_owned()))
    }

    /// Its text, for the keychain.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn as_bearer(&self) -> Authorization {
        Authorization(Zeroizing::new(format!("Bearer {}", self.0)))
    }

    pub(crate) fn as_token(&self) -> Authorization {
        Authorization(Zeroizing::new(format!("token {}", self.0)))
    }

    pub(crate) fn as_password_of(&self, name: &str) -> Authorization {
        let pair = Zeroizing::new(format!("{name}:{}", self.0));
        Authorization(Zeroizing::new(format!("Basic {}", *Zeroizing::new(BASE64.encode(pair.as_bytes())))))
    }

    /// The key is the name, and the password means nothing.
    pub(crate) fn as_name(&self) -> Authorization {
        let pair = Zeroizing::new(format!("{}:X", self.0));
        Authorization(Zeroizing::new(format!("Basic {}", *Zeroizing::new(BASE64.encode(pair.as_bytes())))))
    }
}

/// The value of the `authorization` header of every call to a helpdesk.
pub struct Authorization(Zeroizing<String>);

impl Authorization {
    /// The header that carries it, at every helpdesk.
    pub const HEADER: &'static str = "authorization";

    /// Its value, to be sent and then forgotten; mark the header as sensitive.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Why a text is no credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// Nothing but white space.
    #[error("the token is empty; copy it from the helpdesk's settings")]
    Empty,
    /// Too long, or with spaces, line ends or anything but ASCII in it.
    #[error(
        "this is no token; copy only the token itself from the helpdesk's settings, without anything around it"
    )]
    NotAToken,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn each_helpdesk_has_its_header() {
        let token = Credential::parse(" s3cret\n").unwrap();
        assert_eq!(token.as_bearer().expose(), "Bearer s3cret");
        assert_eq!(token.as_token().expose(), "token s3cret");
        assert_eq!(
            token.as_password_of("a@b.example/token").expose(),
            "Basic YUBiLmV4YW1wbGUvdG9rZW46czNjcmV0"
        );
        assert_eq!(token.as_name().expose(), "Basic czNjcmV0Olg=");
    }

    #[test]
    fn what_would_break_a_header_is_refused() {
        for text in ["a b", "a\r\nX-Other: 1", "é", "\u{0}x"] {
            assert!(matches!(Credential::parse(text), Err(BadCredential::NotAToken)), "{text:?}");
        }
        assert!(matches!(Credential::parse(" \n"), Err(BadCredential::Empty)));
        assert!(matches!(Credential::parse(&"a".repeat(4097)), Err(BadCredential::NotAToken)));
    }
}
