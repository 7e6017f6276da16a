use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Where a helpdesk is: `https://company.zendesk.com`, `https://help.example.com/rt`.
///
/// https only, but for a helpdesk on this machine: its credentials go there with every call. Nothing but scheme, host,
/// port and path; no `/` at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl Address {
    /// Reads an address as a person typed or pasted it. A missing `https://` is added; query and fragment are dropped.
    ///
    /// # Errors
    /// [`BadAddress`] when it is none, is not https, or holds a name or password.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let mut url = Url::parse(&full).map_err(|_| BadAddress::NoAddress)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::HoldsCredentials);
        }
        let here = match url.host().ok_or(BadAddress::NoAddress)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        match url.scheme() {
            "https" => {}
            "http" if here => {}
            _ => return Err(BadAddress::NotHttps),
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a path below it; `path` begins with `/` and is already encoded.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, BadAddress> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

/// Why a text is no address of a helpdesk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not an address at all.
    #[error("this is not a web address; type it as your browser shows it, such as https://help.example.com")]
    NoAddress,
    /// Anything but https, not on this machine.
    #[error(
        "this address is not https; the helpdesk's token would travel in the open, so use its https address"
    )]
    NotHttps,
    /// `name:password@` in it.
    #[error("this address holds a name or a password; leave them out, and enter the token in its own field")]
    HoldsCredentials,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_people_paste_is_read() {
        for (typed, read) in [
            ("https://company.zendesk.com", "https://company.zendesk.com"),
            (" company.freshdesk.com/ ", "https://company.freshdesk.com"),
            ("https://help.example.com/rt/", "https://help.example.com/rt"),
            ("https://help.example.com/rt?next=1#top", "https://help.example.com/rt"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
        ] {
            let address = Address::parse(typed).unwrap();
            assert_eq!(address.as_str(), read);
            assert_eq!(Address::parse(address.as_str()).unwrap(), address);
        }
        assert_eq!(
            Address::parse("help.example.com/rt/").unwrap().at("/REST/2.0/rt"),
            "https://help.example.com/rt/REST/2.0/rt"
        );
    }

    #[test]
    fn plain_http_is_refused_away_from_this_machine() {
        for typed in ["http://company.zendesk.com", "http://10.0.0.1", "ftp://company.example", "file:///etc"]
        {
            assert!(
                matches!(Address::parse(typed), Err(BadAddress::NotHttps | BadAddress::NoAddress)),
                "{typed}"
            );
        }
        assert_eq!(Address::parse("http://company.zendesk.com"), Err(BadAddress::NotHttps));
    }

    #[test]
    fn credentials_in_it_are_refused_and_not_quoted() {
        let why = Address::parse("https://agent:hunter2@help.example.com").unwrap_err();
        assert_eq!(why, BadAddress::HoldsCredentials);
        assert!(!why.to_string().contains("hunter2"));
    }
}
