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
                #[cfg(unix)]
                if anyone_reads(&files.key) {
                    say(format!(
                        "tls.key: every user of this machine can read it, and pass for this relay; chmod o= {}",
                        files.key.display()
                    ));
                }
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

/// Whether the file and every folder on the way to it are open to all.
#[cfg(unix)]
fn anyone_reads(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).map_or(0, |about| about.permissions().mode());
    let Ok(file) = file.canonicalize() else { return false };
    mode(&file) & 0o004 != 0 && file.ancestors().skip(1).all(|folder| mode(folder) & 0o001 != 0)
}

/// The nearest of a path's folders that is there.
fn existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|above| above.exists())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_open_to_all_when_the_way_to_it_is() {
        // The system's own folder of temporary files: that is open.
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key.pem");
        fs::write(&key, "").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for (folder_mode, key_mode, open) in
            [(0o755, 0o644, true), (0o750, 0o644, false), (0o755, 0o640, false), (0o711, 0o604, true)]
        {
            set(folder.path(), folder_mode);
            set(&key, key_mode);
            assert_eq!(anyone_reads(&key), open, "{folder_mode:o} {key_mode:o}");
        }
        assert!(!anyone_reads(&folder.path().join("none")));
    }
}
