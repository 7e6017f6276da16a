//! Memory that C libraries freed. Our own allocator wipes what Rust frees; what a window shows or was typed into it
//! also passes through the web view's library in our process, which frees its buffers as they are. On Linux with glibc
//! the allocator itself can be told to write over them, but only by the environment a process starts with.

/// Starts this program once more, in the same process, with an allocator that writes over what is freed; the second
/// time it returns. To be called first of all, while there is one thread. Elsewhere than on Linux it does nothing.
///
/// # Errors
/// When the system does not let the program start again; it may go on as it is.
pub fn start_wiping() -> std::io::Result<()> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    return glibc::start_wiping();
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    Ok(())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::{env, io, os::unix::process::CommandExt, process::Command};

    /// - glibc writes a pattern over what is freed; without its per-thread cache, which would be left out
    /// - WebKit takes its memory from glibc rather than from an allocator of its own
    const WIPING: [(&str, &str); 2] =
        [("GLIBC_TUNABLES", "glibc.malloc.perturb=85:glibc.malloc.tcache_count=0"), ("Malloc", "1")];

    pub(super) fn start_wiping() -> io::Result<()> {
        if WIPING.iter().all(|(name, value)| env::var_os(name).is_some_and(|is| is == *value)) {
            // In force. The web view's own processes, which end with what was in them, keep the allocator that is
            // hardened for them.
            for (name, _) in WIPING {
                env::remove_var(name);
            }
            return Ok(());
        }
        let mut arguments = env::args_os();
        let mut again = Command::new(env::current_exe()?);
        if let Some(name) = arguments.next() {
            again.arg0(name);
        }
        Err(again.args(arguments).envs(WIPING).exec())
    }
}
