use std::fmt;
use std::str::FromStr;

/// What an internal note says: states only. There is nothing in it that a customer gave, by type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InternalNote {
    /// The customer was sent a link.
    Requested,
    /// It arrived.
    Received,
    /// It was destroyed.
    Deleted {
        /// Whose proof is the certificate of this number.
        certificate: CertificateNumber,
    },
}

impl InternalNote {
    /// What stands in the ticket, plain text in English.
    #[must_use]
    pub fn text(&self) -> String {
        let text = match self {
            Self::Requested => "requested. The customer has a one-time link.",
            Self::Received => "received. Open it in Cloakroom; it never comes into this ticket.",
            Self::Deleted { certificate } => {
                return format!("Cloakroom: deleted, certificate {certificate}.");
            }
        };
        format!("Cloakroom: {text}")
    }
}

/// The number of a certificate, as the desk shows it: `CR-` and ten hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateNumber(String);

impl FromStr for CertificateNumber {
    type Err = BadCertificateNumber;

    fn from_str(text: &str) -> Result<Self, BadCertificateNumber> {
        let digits = text.strip_prefix("CR-").ok_or(BadCertificateNumber)?;
        if digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadCertificateNumber)
        }
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no certificate's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no certificate number; use it exactly as the history shows it")]
pub struct BadCertificateNumber;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::Outgoing;

    #[test]
    fn each_state_has_its_words() {
        let certificate: CertificateNumber = "CR-0123456789".parse().unwrap();
        let all = [InternalNote::Requested, InternalNote::Received, InternalNote::Deleted { certificate }];
        let texts: Vec<_> = all.iter().map(InternalNote::text).collect();
        for text in &texts {
            assert!(text.starts_with("Cloakroom: ") && text.ends_with('.'), "{text}");
            assert!(Outgoing::parse(text).is_ok());
            assert_eq!(texts.iter().filter(|other| *other == text).count(), 1);
        }
        assert!(texts.contains(&"Cloakroom: deleted, certificate CR-0123456789.".to_owned()));
    }

    #[test]
    fn nothing_else_passes_for_a_certificate_number() {
        for text in [
            "",
            "CR-",
            "CR-012345678",
            "CR-01234567890",
            "cr-0123456789",
            "CR-012345678x",
            "4111111111111111",
        ] {
            assert_eq!(text.parse::<CertificateNumber>(), Err(BadCertificateNumber));
        }
    }
}
