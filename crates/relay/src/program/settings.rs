//! The settings as a whole.

use super::sources::{Given, Place, Wrong};
use relay::{Acme, Config, Forwarded, Network, Proxy, Rate, TlsFiles, Transport};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use tracing_subscriber::filter::LevelFilter;
use wire::limits;

/// Where certificates come from when nothing else is said.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// What an operator set, or the defaults.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) listen: SocketAddr,
    pub(super) page: Option<PathBuf>,
    pub(super) hosts: Vec<String>,
    pub(super) chunk_size: u32,
    pub(super) public_contact: Option<String>,
    pub(super) desk_token_file: Option<PathBuf>,
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) acme_domains: Vec<String>,
    pub(super) acme_contact: Vec<String>,
    pub(super) acme_directory: Option<String>,
    pub(super) acme_cache_dir: Option<PathBuf>,
    pub(super) acme_ca_file: Option<PathBuf>,
    pub(super) proxy_trusted: Vec<Network>,
    pub(super) proxy_header: Forwarded,
    pub(super) metrics_listen: Option<SocketAddr>,
    pub(super) log_level: Option<LevelFilter>,
    pub(super) log_addresses: bool,
    pub(super) connections: usize,
    pub(super) connections_per_address: Option<usize>,
    pub(super) per_address: AskedRate,
    pub(super) per_box: AskedRate,
    pub(super) uploads_at_once: usize,
    pub(super) desk_boxes: Option<u32>,
    pub(super) desk_gib: Option<u32>,
    pub(super) header_seconds: u32,
}

/// A rate as far as it was set.
#[derive(Debug, Default)]
pub(super) struct AskedRate {
    pub(super) per_second: Option<u32>,
    pub(super) burst: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            page: None,
            hosts: Vec::new(),
            chunk_size: limits::CHUNK_DEFAULT,
            public_contact: None,
            desk_token_file: None,
            tls_cert: None,
            tls_key: None,
            acme_domains: Vec::new(),
            acme_contact: Vec::new(),
            acme_directory: None,
            acme_cache_dir: None,
            acme_ca_file: None,
            proxy_trusted: Vec::new(),
            proxy_header: Forwarded::XForwardedFor,
            metrics_listen: None,
            log_level: None,
            log_addresses: false,
            connections: 4096,
            connections_per_address: None,
            per_address: AskedRate::default(),
            per_box: AskedRate::default(),
            uploads_at_once: 128,
            desk_boxes: None,
            desk_gib: None,
            header_seconds: 5,
        }
    }
}

impl Settings {
    /// Takes what was given, the weightiest last; what of it cannot be.
    pub(super) fn take(given: &[Given]) -> (Self, Vec<Wrong>) {
        let (mut settings, mut wrong) = (Self::default(), Vec::new());
        for one in given {
            if let Err(what) = (one.setting.put)(&mut settings, &one.values) {
                wrong.push(Wrong { place: one.place.clone(), what: what.to_owned() });
            }
        }
        (settings, wrong)
    }

    /// What the library is told; or what does not fit together.
    pub(super) fn config(&self) -> Result<Config, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut say = |what: &str| wrong.push(Wrong { place: Place::All, what: what.to_owned() });
        if self.data_dir.is_none() {
            say("data_dir is not set; name the folder that is to hold what the relay stores");
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            say("tls.cert and tls.key belong together; set both");
        }
        let ways = [self.tls_cert.is_some(), !self.acme_domains.is_empty(), !self.proxy_trusted.is_empty()];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            say(
                "certificate files (tls), certificates by ACME (acme.domains) and a proxy (proxy.trusted) exclude each \
                 other; keep one",
            );
        }
        if !self.acme_settings_make_sense() {
            say(
                "acme.domains is not set; name what the certificate is for, or take the other acme settings out",
            );
        }
        if ways == [false; 3] && !self.listen.ip().is_loopback() {
            say(
                "listen can be reached from other computers, and this relay speaks plain HTTP; listen on 127.0.0.1, or \
                 set up a certificate (tls.cert and tls.key, or acme.domains), or name the proxy that does TLS for it \
                 (proxy.trusted)",
            );
        }
        let public = ways != [false; 3];
        if public && self.hosts.is_empty() && self.acme_domains.is_empty() {
            say("hosts is not set; name the host that customers' links lead to");
        }
        if public && self.desk_token_file.is_some() {
            say(
                "desk_token_file is for a desk on this machine: it holds a token in clear; take it out, and let desks \
                 enrol with: cloakroom-relay desk add",
            );
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(self.fill(public))
    }

    fn acme_settings_make_sense(&self) -> bool {
        let any = !self.acme_contact.is_empty()
            || self.acme_directory.is_some()
            || self.acme_cache_dir.is_some()
            || self.acme_ca_file.is_some();
        !any || !self.acme_domains.is_empty()
    }

    fn fill(&self, public: bool) -> Config {
        let mut config = Config::new(self.data_dir.clone().unwrap_or_default());
        config.page.clone_from(&self.page);
        config.transport = self.transport();
        config.chunk_size = self.chunk_size;
        config.hosts = [&self.hosts[..], &self.acme_domains].concat();
        config.connections = self.connections;
        // On loopback everyone has the same address.
        let per_address = self.connections_per_address.or(public.then_some(128));
        config.connections_per_address = per_address.filter(|most| *most > 0);
        config.per_address = self.per_address.or(public, 200, 2000);
        config.per_box = self.per_box.or(public, 100, 1000);
        config.uploads_at_once = self.uploads_at_once;
        config.header_patience = Duration::from_secs(self.header_seconds.into());
        config.log_addresses = self.log_addresses;
        config.public_contact.clone_from(&self.public_contact);
        config.desk_boxes = self.desk_boxes.map_or(config.desk_boxes, u64::from);
        config.desk_bytes = self.desk_gib.map_or(config.desk_bytes, |gib| u64::from(gib) << 30);
        config.control = true;
        config
    }

    fn transport(&self) -> Transport {
        if let (Some(certificate), Some(key)) = (self.tls_cert.clone(), self.tls_key.clone()) {
            return Transport::Files(TlsFiles { certificate, key });
        }
        if !self.acme_domains.is_empty() {
            let cache = self.acme_cache_dir.clone();
            return Transport::Acme(Acme {
                directory: self.acme_directory.clone().unwrap_or_else(|| LETS_ENCRYPT.to_owned()),
                contact: self.acme_contact.clone(),
                domains: self.acme_domains.clone(),
                cache: cache.unwrap_or_else(|| self.data_dir.clone().unwrap_or_default().join("acme")),
                authority: self.acme_ca_file.clone(),
            });
        }
        if self.proxy_trusted.is_empty() {
            Transport::Loopback
        } else {
            Transport::Proxied(Proxy { trusted: self.proxy_trusted.clone(), header: self.proxy_header })
        }
    }
}

impl AskedRate {
    fn or(&self, public: bool, per_second: u32, burst: u32) -> Option<Rate> {
        let asked = self.per_second.or(public.then_some(per_second)).filter(|rate| *rate > 0)?;
        Some(Rate { per_second: asked, burst: self.burst.unwrap_or(burst) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::{super::table::SETTINGS, *};

    fn given(pairs: &[(&str, &str)]) -> Vec<Given> {
        let one = |(key, value): &(&str, &str)| {
            let setting = SETTINGS.iter().find(|setting| setting.key == *key).unwrap();
            let values = value.split(',').map(ToOwned::to_owned).collect();
            Given { setting, values, place: Place::Flag(setting.flag()) }
        };
        pairs.iter().map(one).collect()
    }

    fn config(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let (settings, mut wrong) = Settings::take(&given(pairs));
        match settings.config() {
            Ok(config) if wrong.is_empty() => return Ok(config),
            Ok(_) => {}
            Err(more) => wrong.extend(more),
        }
        Err(wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn the_weightier_wins() {
        let config =
            config(&[("data_dir", "/a"), ("hosts", "a,b"), ("data_dir", "/b"), ("hosts", "c")]).unwrap();
        assert_eq!(config.store, PathBuf::from("/b"));
        assert_eq!(config.hosts, ["c"]);
    }

    #[test]
    fn one_way_in() {
        let plain = config(&[("data_dir", "/a")]).unwrap();
        assert!(matches!(plain.transport, Transport::Loopback));
        assert!(plain.per_address.is_none() && plain.connections_per_address.is_none());
        let files = [
            ("data_dir", "/a"),
            ("tls.cert", "c"),
            ("tls.key", "k"),
            ("listen", "0.0.0.0:443"),
            ("hosts", "H.example"),
        ];
        let files = config(&files).unwrap();
        assert!(matches!(files.transport, Transport::Files(_)));
        assert_eq!(files.hosts, ["h.example"]);
        assert_eq!(files.per_address, Some(Rate { per_second: 200, burst: 2000 }));
        let acme = config(&[("data_dir", "/a"), ("acme.domains", "a.example,b.example")]).unwrap();
        assert_eq!(acme.hosts, ["a.example", "b.example"]);
        let Transport::Acme(acme) = acme.transport else { unreachable!() };
        assert_eq!((acme.cache, acme.directory.as_str()), (PathBuf::from("/a/acme"), LETS_ENCRYPT));
        let off = [
            ("data_dir", "/a"),
            ("proxy.trusted", "10.0.0.0/8"),
            ("hosts", "a"),
            ("limits.requests_per_second", "0"),
        ];
        let off = config(&off).unwrap();
        assert!(matches!(off.transport, Transport::Proxied(_)));
        assert!(off.per_address.is_none() && off.per_box.is_some());
    }

    #[test]
    fn what_does_not_fit_together_is_said() {
        for (pairs, said) in [
            (&[][..], "data_dir is not set"),
            (&[("data_dir", "/a"), ("tls.cert", "c")], "belong together"),
            (&[("data_dir", "/a"), ("listen", "0.0.0.0:80")], "plain HTTP"),
            (&[("data_dir", "/a"), ("listen", "[::]:80")], "plain HTTP"),
            (&[("data_dir", "/a"), ("proxy.trusted", "::1")], "hosts is not set"),
            (&[("data_dir", "/a"), ("proxy.trusted", "::1"), ("acme.domains", "a")], "exclude each other"),
            (&[("data_dir", "/a"), ("acme.contact", "mailto:a@b")], "acme.domains is not set"),
            (&[("data_dir", "/a"), ("acme.contact", "a@b")], "--acme-contact must be a mail address"),
            (&[("data_dir", "/a"), ("acme.directory", "http://a")], "--acme-directory must be an address"),
            (&[("data_dir", "/a"), ("hosts", "https://a/")], "--host must be a host's name"),
            (&[("data_dir", "/a"), ("listen", "localhost")], "--listen must be an address"),
            (&[("data_dir", "/a"), ("limits.connections", "0")], "--limits-connections must be a number"),
            (&[("data_dir", "/a"), ("log.addresses", "yes")], "--log-addresses must be true or false"),
            (&[("data_dir", "/a"), ("proxy.trusted", "nginx")], "--proxy-trusted must be an address"),
            (&[("data_dir", "/a"), ("proxy.trusted", "0.0.0.0/0")], "--proxy-trusted must name the proxy"),
            (&[("data_dir", "/a"), ("proxy.trusted", "::1,::/0")], "--proxy-trusted must name the proxy"),
            (&[("data_dir", "/a"), ("chunk_size", "1000")], "between 64 KiB and 4 MiB"),
            (&[("data_dir", "/a"), ("public_contact", "a\rb")], "--public-contact must be plain text"),
            (&[("data_dir", "/a"), ("limits.desk_boxes", "0")], "--limits-desk-boxes must be a number"),
        ] {
            let error = config(pairs).unwrap_err();
            assert!(error.contains(said), "{pairs:?}: {error}");
        }
    }

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        let mut names: Vec<_> = SETTINGS.iter().flat_map(|one| [one.flag(), one.variable()]).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
