use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::package::PROFILE;
use crate::say::say;
use crate::shell::{Shell, cargo, npm};
use crate::{Outcome, install, workspace};

/// Where everything that is not built comes from.
const SOURCES: &str = "packaging/relay";

/// What is copied as it is: from the workspace, to the system, with these rights.
const COPIED: &[(&str, &str, u32)] = &[
    ("packaging/relay/cloakroom-relay.service", "lib/systemd/system/cloakroom-relay.service", 0o644),
    ("packaging/relay/cloakroom-relay.sysusers", "usr/lib/sysusers.d/cloakroom-relay.conf", 0o644),
    ("packaging/relay/relay.toml", "etc/cloakroom-relay/relay.toml", 0o640),
    ("docs/OPERATING.md", "usr/share/doc/cloakroom-relay/OPERATING.md", 0o644),
    ("LICENSE", "usr/share/doc/cloakroom-relay/copyright", 0o644),
];

/// Makes the Debian package of the relay, and says what is in it.
pub(crate) fn package() -> Outcome {
    install::for_relay()?;
    npm(&["run", "build"]).run()?;
    cargo(&["build", "--locked", "--package", "relay", "--bin", "cloakroom-relay", "--profile", PROFILE])
        .run()?;

    let built = workspace::target().join(PROFILE);
    let bundle = built.join("bundle/relay");
    let tree = bundle.join("tree");
    // An older version's package would be taken along by whoever names all of them.
    if bundle.exists() {
        fs::remove_dir_all(&bundle).map_err(|why| format!("{}: {why}", bundle.display()))?;
    }
    let program = tree.join("usr/bin/cloakroom-relay");
    copy(&built.join("cloakroom-relay"), &program, 0o755)?;
    for (from, to, mode) in COPIED {
        copy(&workspace::root().join(from), &tree.join(to), *mode)?;
    }
    folder(&workspace::root().join("ui/drop/dist"), &tree.join("usr/share/cloakroom-relay/page"))?;
    let keys = tree.join("etc/cloakroom-relay/tls");
    fs::create_dir_all(&keys).map_err(|why| format!("{}: {why}", keys.display()))?;
    for script in ["postinst", "prerm", "postrm"] {
        copy(&workspace::root().join(SOURCES).join(script), &tree.join("DEBIAN").join(script), 0o755)?;
    }
    write(&tree.join("DEBIAN/conffiles"), "/etc/cloakroom-relay/relay.toml\n")?;
    let architecture = Shell::new("dpkg", &["--print-architecture"]).read()?;
    let architecture = architecture.trim();
    let needs = libraries(&bundle, &program)?;
    folders(&tree)?;
    rights(&keys, 0o750)?;
    let version = env!("CARGO_PKG_VERSION");
    let size = size(&tree)?.div_ceil(1024);
    write(&tree.join("DEBIAN/control"), &control(version, architecture, &needs, size))?;

    let file = bundle.join(format!("cloakroom-relay_{version}_{architecture}.deb"));
    let (tree, name) = (tree.to_string_lossy(), file.to_string_lossy());
    Shell::new("dpkg-deb", &["--root-owner-group", "--build", &tree, &name]).run()?;
    say(&format!("\n{name}"));
    say(&format!("installed: {}.{} MiB", size / 1024, size % 1024 * 10 / 1024));
    say(&format!("needs:     {needs}"));
    say(
        "\nInstall it on the server with `sudo apt install` and that path; docs/OPERATING.md goes on from there.",
    );
    Ok(())
}

fn control(version: &str, architecture: &str, needs: &str, kib: u64) -> String {
    format!(
        "Package: cloakroom-relay\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: Cloakroom\n\
         Section: net\nPriority: optional\nInstalled-Size: {kib}\nDepends: {needs}, systemd | systemd-sysusers\n\
         Description: carries sealed documents between customers and support desks\n \
         The server of Cloakroom: customers open one-time links on it and leave documents that their browsers\n \
         have sealed; desks fetch them. It cannot read what it carries.\n"
    )
}

/// The packages that the program's libraries are in.
fn libraries(bundle: &Path, program: &Path) -> Result<String, String> {
    // The tool wants to find a source package around it.
    write(
        &bundle.join("debian/control"),
        "Source: cloakroom-relay\n\nPackage: cloakroom-relay\nArchitecture: any\n",
    )?;
    let said = Shell::new("dpkg-shlibdeps", &["-O", &program.to_string_lossy()]).within(bundle).read()?;
    let needs = said.lines().find_map(|line| line.strip_prefix("shlibs:Depends="));
    needs.map(ToOwned::to_owned).ok_or_else(|| "dpkg-shlibdeps did not say what the program needs".to_owned())
}

fn copy(from: &Path, to: &Path, mode: u32) -> Outcome {
    let text = |why: std::io::Error| format!("{}: {why}", from.display());
    if let Some(above) = to.parent() {
        fs::create_dir_all(above).map_err(text)?;
    }
    fs::copy(from, to).map_err(text)?;
    rights(to, mode)
}

fn rights(path: &Path, mode: u32) -> Outcome {
    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    set.map_err(|why| format!("{}: {why}", path.display()))
}

fn folder(from: &Path, to: &Path) -> Outcome {
    for path in entries(from)? {
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            folder(&path, &to.join(name))?;
        } else {
            copy(&path, &to.join(name), 0o644)?;
        }
    }
    Ok(())
}

/// Folders that everyone may enter, whatever the umask of whoever builds.
fn folders(folder: &Path) -> Outcome {
    rights(folder, 0o755)?;
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        folders(&path)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Outcome {
    let said = |why: std::io::Error| format!("{}: {why}", path.display());
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(said)?;
    }
    fs::write(path, text).map_err(said)?;
    rights(path, 0o644)
}

/// Bytes of everything in a folder.
fn size(folder: &Path) -> Result<u64, String> {
    let mut sum = 0;
    for path in entries(folder)? {
        sum += if path.is_dir() {
            size(&path)?
        } else {
            path.metadata().map_err(|why| format!("{}: {why}", path.display()))?.len()
        };
    }
    Ok(sum)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let said = |why: std::io::Error| format!("{}: {why}", folder.display());
    fs::read_dir(folder).map_err(said)?.map(|entry| entry.map(|entry| entry.path()).map_err(said)).collect()
}
