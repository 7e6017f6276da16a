//! Checks `tauri.conf.json` and turns it into code; every command of the list gets its permission.

macro_rules! commands {
    ($($($window:ident)+ { $($module:ident::$name:ident($($takes:ty)?) -> $answers:ty;)+ })+) => {
        const COMMANDS: &[&str] = &[$($(stringify!($name)),+),+];
    };
}
include!("commands.rs");

fn main() {
    println!("cargo::rerun-if-changed=src-tauri/commands.rs");
    println!("cargo::rerun-if-changed=src-tauri/permissions");
    pack_relocations();
    let manifest = tauri_build::AppManifest::new()
        .commands(COMMANDS)
        .permissions_path_pattern("./src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}

/// Every address in a table of pointers is a relocation of 24 bytes, and there are thirty thousand; packed (DT_RELR,
/// which glibc 2.36 and later loads) they are some bits each.
fn pack_relocations() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|is| is == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
