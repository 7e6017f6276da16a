//! A reverse proxy in front, and who called it.

use axum::http::{HeaderMap, HeaderName};
use std::{net::IpAddr, str::FromStr};

/// The proxies that may speak for others, and the header in which they say for whom.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Where they connect from.
    pub trusted: Vec<Network>,
    /// Where they write the caller's address.
    pub header: Forwarded,
}

/// The header in which a proxy names its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarded {
    /// `X-Forwarded-For: 203.0.113.5, 10.0.0.2`
    XForwardedFor,
    /// `Forwarded: for=203.0.113.5` (RFC 7239)
    Forwarded,
    /// `X-Real-IP: 203.0.113.5`
    XRealIp,
}

/// An address, or all that begin alike: `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// Neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is neither an address nor a network such as 10.0.0.0/8")]
pub struct NotANetwork;

impl Proxy {
    /// Whether a connection from there is one of the proxies.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// Who called: the last address in the chain that is no proxy of ours; what lies before it could be invented.
    /// A chain that breaks off (no header, or nonsense in it) ends at the last address that was sure.
    pub(crate) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut sure = peer;
        if !self.trusts(peer) {
            return sure;
        }
        let all = headers.get_all(self.header.name());
        let chain: Vec<&str> = all.iter().map(|value| value.to_str().unwrap_or("")).collect();
        for hop in chain.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Some(address) = self.header.address(hop) else { break };
            sure = address;
            if !self.trusts(sure) {
                break;
            }
        }
        sure
    }
}

impl Forwarded {
    pub(crate) fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => axum::http::header::FORWARDED,
            Self::XRealIp => HeaderName::from_static("x-real-ip"),
        }
    }

    fn address(self, hop: &str) -> Option<IpAddr> {
        match self {
            Self::XForwardedFor | Self::XRealIp => address(hop.trim()),
            Self::Forwarded => {
                let node = hop.split(';').find_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
                })?;
                let quoted = node.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                address(quoted.unwrap_or(node))
            }
        }
    }
}

/// An address, with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(plain(address));
    }
    if let Ok(with_port) = text.parse::<std::net::SocketAddr>() {
        return Some(plain(with_port.ip()));
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(plain)
}

/// IPv4 as such, also when it comes mapped into IPv6.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

impl Network {
    /// Whether it is so wide that it names nobody: trusting it is trusting everyone, and plain HTTP for all of them.
    pub fn is_everyone(&self) -> bool {
        self.bits < if self.address.is_ipv4() { 8 } else { 16 }
    }

    fn contains(&self, address: IpAddr) -> bool {
        let (ours, theirs, width) = match (self.address, plain(address)) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (u128::from(ours.to_bits()), u128::from(theirs.to_bits()), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits(), theirs.to_bits(), 128),
            _ => return false,
        };
        let differ = ours ^ theirs;
        differ.checked_shr(width - self.bits).unwrap_or(0) == 0
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map(plain).map_err(|_| NotANetwork)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| NotANetwork))?;
        if bits > width {
            return Err(NotANetwork);
        }
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use axum::http::HeaderValue;

    fn proxy(header: Forwarded) -> Proxy {
        Proxy { trusted: vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()], header }
    }

    fn caller(header: Forwarded, peer: &str, lines: &[&'static str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header.name(), HeaderValue::from_static(line));
        }
        proxy(header).caller(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_called() {
        use Forwarded::{Forwarded as Standard, XForwardedFor as Usual, XRealIp as Real};
        for (header, peer, lines, expected) in [
            (Usual, "127.0.0.1", &["203.0.113.5"][..], "203.0.113.5"),
            // Whoever calls may write a chain of his own; the proxy appends to it.
            (Usual, "127.0.0.1", &["198.51.100.1, 203.0.113.5"], "203.0.113.5"),
            (Usual, "127.0.0.1", &["198.51.100.1", "203.0.113.5, 10.1.2.3"], "203.0.113.5"),
            (Usual, "127.0.0.1", &["203.0.113.5, nonsense, 10.1.2.3"], "10.1.2.3"),
            (Usual, "127.0.0.1", &[], "127.0.0.1"),
            (Usual, "127.0.0.1", &["203.0.113.5:4711"], "203.0.113.5"),
            (Usual, "127.0.0.1", &["::ffff:203.0.113.5"], "203.0.113.5"),
            (Usual, "203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            (Real, "10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            (
                Standard,
                "10.0.0.1",
                &["for=198.51.100.1;proto=https, For=\"[2001:db8::7]:99\""],
                "2001:db8::7",
            ),
            (Standard, "10.0.0.1", &["for=unknown"], "10.0.0.1"),
        ] {
            assert_eq!(caller(header, peer, lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn networks() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("0.0.0.0/0", "203.0.113.5", "::1"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()));
            assert!(!network.contains(outside.parse().unwrap()));
        }
        for (network, everyone) in [
            ("0.0.0.0/0", true),
            ("128.0.0.0/1", true),
            ("10.0.0.0/8", false),
            ("::/0", true),
            ("fd00::/16", false),
        ] {
            assert_eq!(network.parse::<Network>().unwrap().is_everyone(), everyone, "{network}");
        }
        assert!(Network::from_str("127.0.0.1").unwrap().contains("::ffff:127.0.0.1".parse().unwrap()));
        for wrong in ["", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }
}
