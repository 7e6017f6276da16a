//! Every setting there is: one list for the file, the environment and the command line.

use super::settings::Settings;
use relay::{Forwarded, Network};
use std::{net::SocketAddr, path::PathBuf, str::FromStr};
use tracing_subscriber::filter::LevelFilter;
use wire::limits;

/// One setting.
pub(super) struct Setting {
    /// In the file, with a dot between table and name: `tls.cert`.
    pub(super) key: &'static str,
    pub(super) help: &'static str,
    /// Whether it takes several values.
    pub(super) many: bool,
    /// Takes the value, or says what it must be; never what it was.
    pub(super) put: fn(&mut Settings, &[String]) -> Result<(), &'static str>,
}

impl Setting {
    /// `CLOAKROOM_RELAY_TLS_CERT`
    pub(super) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// `tls-cert`
    pub(super) fn flag(&self) -> String {
        // One at a time on the command line, since before there was a file.
        if self.key == "hosts" { "host".to_owned() } else { self.key.replace(['.', '_'], "-") }
    }
}

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "CLOAKROOM_RELAY_";

const fn one(
    key: &'static str,
    help: &'static str,
    put: fn(&mut Settings, &[String]) -> Result<(), &'static str>,
) -> Setting {
    Setting { key, help, many: false, put }
}

const fn many(
    key: &'static str,
    help: &'static str,
    put: fn(&mut Settings, &[String]) -> Result<(), &'static str>,
) -> Setting {
    Setting { key, help, many: true, put }
}

/// The list.
pub(super) const SETTINGS: &[Setting] = &[
    one("data_dir", "The folder that holds everything the relay stores; made when missing", |to, from| {
        path(&mut to.data_dir, from)
    }),
    one("listen", "Where to listen; port 0 takes any free one [default: 127.0.0.1:0]", |to, from| {
        to.listen = address(from)?;
        Ok(())
    }),
    one("page", "The folder of the built customer's page", |to, from| path(&mut to.page, from)),
    many("hosts", "A host name to answer to, besides loopback ones and those of acme.domains", |to, from| {
        to.hosts = from.iter().map(|text| name(text)).collect::<Result<_, _>>()?;
        Ok(())
    }),
    one("chunk_size", "Bytes of a chunk, unless a desk asks for another size", |to, from| {
        to.chunk_size = number(from, limits::CHUNK_MIN.into(), limits::CHUNK_MAX.into())
            .map_err(|_| "must be a number between 64 KiB and 4 MiB, in bytes")?;
        Ok(())
    }),
    one("public_contact", "Whom to ask about a link that does not work; anyone may read it", |to, from| {
        let text = only(from)?;
        if !relay::is_public_contact(text) {
            return Err("must be plain text of at most 500 characters");
        }
        to.public_contact = Some(text.to_owned());
        Ok(())
    }),
    one(
        "desk_token_file",
        "The file with one desk's token, 64 hexadecimal digits; made when missing",
        |to, from| path(&mut to.desk_token_file, from),
    ),
    one("tls.cert", "The file with the certificate and those that vouch for it, PEM", |to, from| {
        path(&mut to.tls_cert, from)
    }),
    one("tls.key", "The file with the certificate's key, PEM", |to, from| path(&mut to.tls_key, from)),
    many("acme.domains", "A name to get a certificate for, by ACME on port 443", |to, from| {
        to.acme_domains = from.iter().map(|text| name(text)).collect::<Result<_, _>>()?;
        Ok(())
    }),
    many("acme.contact", "Whom the authority may write to: mailto:you@example.com", |to, from| {
        if !from.iter().all(|text| text.starts_with("mailto:") && text.contains('@')) {
            return Err("must be a mail address after mailto:");
        }
        to.acme_contact = from.to_vec();
        Ok(())
    }),
    one("acme.directory", "The authority's directory [default: Let's Encrypt]", |to, from| {
        let text = only(from)?;
        if !text.starts_with("https://") {
            return Err("must be an address that begins with https://");
        }
        to.acme_directory = Some(text.to_owned());
        Ok(())
    }),
    one(
        "acme.cache_dir",
        "The folder for the account and the certificate [default: acme in data_dir]",
        |to, from| path(&mut to.acme_cache_dir, from),
    ),
    one("acme.ca_file", "Certificates, PEM, that vouch for the authority's own server", |to, from| {
        path(&mut to.acme_ca_file, from)
    }),
    many(
        "proxy.trusted",
        "The address, or network, of a reverse proxy that does TLS for the relay",
        |to, from| {
            let networks: Result<Vec<Network>, _> = from.iter().map(|text| Network::from_str(text)).collect();
            let networks = networks.map_err(|_| "must be an address, or a network such as 10.0.0.0/8")?;
            if networks.iter().any(Network::is_everyone) {
                return Err("must name the proxy: a network this wide lets everyone speak for others");
            }
            to.proxy_trusted = networks;
            Ok(())
        },
    ),
    one(
        "proxy.header",
        "x-forwarded-for, forwarded or x-real-ip: where it names its caller [default: the first]",
        |to, from| {
            to.proxy_header = match only(from)?.to_ascii_lowercase().as_str() {
                "x-forwarded-for" => Forwarded::XForwardedFor,
                "forwarded" => Forwarded::Forwarded,
                "x-real-ip" => Forwarded::XRealIp,
                _ => return Err("must be x-forwarded-for, forwarded or x-real-ip"),
            };
            Ok(())
        },
    ),
    one("metrics.listen", "Where to show health and counts to operators, in plain HTTP", |to, from| {
        to.metrics_listen = Some(address(from)?);
        Ok(())
    }),
    one("log.level", "error, warn, info, debug or trace [default: info]", |to, from| {
        let level = only(from)?.parse::<LevelFilter>();
        to.log_level = Some(level.map_err(|_| "must be error, warn, info, debug or trace")?);
        Ok(())
    }),
    one("log.addresses", "true: the log names callers' addresses [default: false]", |to, from| {
        to.log_addresses = match only(from)? {
            "true" => true,
            "false" => false,
            _ => return Err("must be true or false"),
        };
        Ok(())
    }),
    one("limits.connections", "Connections at the same time [default: 4096]", |to, from| {
        to.connections = count(from, 1)?;
        Ok(())
    }),
    one(
        "limits.connections_per_address",
        "Of them from one address; 0: any number [default: 128]",
        |to, from| {
            to.connections_per_address = Some(count(from, 0)?);
            Ok(())
        },
    ),
    one(
        "limits.requests_per_second",
        "Requests a second from one address; 0: any number [default: 200]",
        |to, from| {
            to.per_address.per_second = Some(count(from, 0)?);
            Ok(())
        },
    ),
    one("limits.requests_at_once", "Of them at once [default: 2000]", |to, from| {
        to.per_address.burst = Some(count(from, 1)?);
        Ok(())
    }),
    one(
        "limits.box_requests_per_second",
        "Requests a second about one link; 0: any number [default: 100]",
        |to, from| {
            to.per_box.per_second = Some(count(from, 0)?);
            Ok(())
        },
    ),
    one("limits.box_requests_at_once", "Of them at once [default: 1000]", |to, from| {
        to.per_box.burst = Some(count(from, 1)?);
        Ok(())
    }),
    one("limits.uploads_at_once", "Uploads written at the same time [default: 128]", |to, from| {
        to.uploads_at_once = count(from, 2)?;
        Ok(())
    }),
    one("limits.desk_boxes", "Links that one desk may have open [default: 100000]", |to, from| {
        to.desk_boxes = Some(count(from, 1)?);
        Ok(())
    }),
    one("limits.desk_gib", "GiB of ciphertext that may wait for one desk [default: 100]", |to, from| {
        to.desk_gib = Some(count(from, 1)?);
        Ok(())
    }),
    one("limits.header_seconds", "For a TLS handshake or a request's header [default: 5]", |to, from| {
        to.header_seconds = number(from, 1, 60).map_err(|_| "must be a number of seconds from 1 to 60")?;
        Ok(())
    }),
];

fn only(from: &[String]) -> Result<&str, &'static str> {
    match from {
        [only] if !only.is_empty() => Ok(only),
        _ => Err("must be one value"),
    }
}

fn path(to: &mut Option<PathBuf>, from: &[String]) -> Result<(), &'static str> {
    *to = Some(only(from)?.into());
    Ok(())
}

fn address(from: &[String]) -> Result<SocketAddr, &'static str> {
    only(from)?.parse().map_err(|_| "must be an address with a port, such as 0.0.0.0:443 or [::]:443")
}

/// A host's name as it stands in an address: no scheme, port or path.
fn name(text: &str) -> Result<String, &'static str> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if is_address || in_brackets.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()) {
        let six = is_address && text.contains(':');
        return Ok(if six { format!("[{text}]") } else { text.to_owned() });
    }
    if text.len() <= 253 && text.split('.').all(is_label) {
        return Ok(text.to_ascii_lowercase());
    }
    Err("must be a host's name alone, such as drop.example.com")
}

fn number(from: &[String], least: u64, most: u64) -> Result<u32, ()> {
    let number: u64 = only(from).map_err(drop)?.parse().map_err(drop)?;
    if !(least..=most).contains(&number) {
        return Err(());
    }
    u32::try_from(number).map_err(drop)
}

fn count<T: TryFrom<u32>>(from: &[String], least: u64) -> Result<T, &'static str> {
    let wrong = "must be a number up to a million, and large enough to mean something";
    let number = number(from, least, 1_000_000).map_err(|()| wrong)?;
    T::try_from(number).map_err(|_| wrong)
}
