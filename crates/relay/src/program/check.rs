//! Looks at the settings without serving: `--check-config`.

use super::{
    settings::Settings,
    sources::{Place, Wrong},
};
use relay::{Certificate, Config, Transport};
use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

/// What would keep the relay from serving, or its customers from reaching it.
pub(super) fn check(settings: &Settings, config: &Config) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut say = |what: String| wrong.push(Wrong { place: Place::All, what });
    if let Some(page) = &config.page
        && !page.join("index.html").is_file()
    {
        say(format!(
            "page: {} has no index.html; build the page, or point to where it was built",
            page.display()
        ));
    }
    if let Some(above) = existing(&config.store)
        && !above.is_dir()
    {
        say(format!("data_dir: {} is not a folder", above.display()));
    }
    match &config.transport {
        Transport::Files(files) => match Certificate::check(files) {
            Err(error) => say(format!("tls: {error}")),
            Ok(certificate) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
                if certificate.ends <= now {
                    say("tls.cert: the certificate has run out; have a new one issued".to_owned());
                }
                for host in config.hosts.iter().filter(|host| !certificate.names(host)) {
                    say(format!(
                        "tls.cert: the certificate is not for {host}; have one issued that names it"
                    ));
                }
            }
        },
        Transport::Acme(acme) => {
            if let Some(file) = &acme.authority
                && let Err(error) = fs::read(file)
            {
                say(format!("acme.ca_file: {} cannot be read ({error})", file.display()));
            }
        }
        _ => {}
    }
    if settings
        .metrics_listen
        .is_some_and(|address| address.port() == settings.listen.port() && address.port() != 0)
    {
        say("metrics.listen needs a port of its own".to_owned());
    }
    wrong
}

/// The nearest of a path's folders that is there.
fn existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| above.exists())
}
