use crate::Outcome;
use crate::say::say;
use crate::shell::Shell;

/// A C compiler, and the libcrypto that SQLCipher links.
pub(crate) const BUILD: &[&str] = &["build-essential", "libssl-dev", "pkg-config"];

/// The desktop app's windows: the web view, icons, tray.
pub(crate) const WINDOW: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "fonts-dejavu-core",
];

/// A screen of their own, a session bus with a keychain, and a driver that works them as a person would.
pub(crate) const SCREEN: &[&str] =
    &["webkit2gtk-driver", "xvfb", "openbox", "x11-apps", "x11-utils", "dbus", "gnome-keyring"];

/// The browser a customer has, the stock `age` that must open what it sealed, disks to cut off, networks and a
/// proxy in between.
pub(crate) const JOURNEYS: &[&str] =
    &["chromium", "chromium-sandbox", "age", "e2fsprogs", "fuse3", "iproute2", "procps", "tinyproxy"];

/// A real helpdesk. Each test sets up its own, in a folder.
pub(crate) const HELPDESK: &[&str] = &["request-tracker5", "rt5-db-sqlite", "rt5-standalone"];

/// A certificate authority, with a DNS of its own, for the relay to ask.
pub(crate) const AUTHORITY: &[&str] = &["pebble"];

/// Installs what is missing of these where there is apt; elsewhere names it.
pub(crate) fn packages(groups: &[&[&str]]) -> Outcome {
    let wanted = groups.concat();
    if !Shell::new("apt-get", &["--version"]).works() {
        say(&format!(
            "This is not Debian or Ubuntu. Install what these packages hold there, under the names your system has:\n  {}",
            wanted.join(" ")
        ));
        return Ok(());
    }
    let missing: Vec<_> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("Installing by apt: {}", missing.join(" ")));
    if install(&missing).is_err() {
        say("That did not work; fetching apt's lists and trying once more.");
        apt_get(&["update"])?;
        install(&missing).map_err(|why| format!("{why}. Install these yourself: {}", missing.join(" ")))?;
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    Shell::new("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package])
        .quietly()
        .is_some_and(|status| status == "installed")
}

fn install(packages: &[&str]) -> Outcome {
    apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

/// As root, or through sudo.
fn apt_get(arguments: &[&str]) -> Outcome {
    let is_root = Shell::new("id", &["-u"]).quietly().is_some_and(|id| id.trim() == "0");
    let line = [&["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"], arguments].concat();
    if is_root {
        Shell::new("env", &line).run()
    } else {
        Shell::new("sudo", &[&["env"], &line[..]].concat()).run()
    }
}
