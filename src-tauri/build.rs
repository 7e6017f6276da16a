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
    let manifest = tauri_build::AppManifest::new()
        .commands(COMMANDS)
        .permissions_path_pattern("./src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
