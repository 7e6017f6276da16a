//! A certificate from files, read again when they change.

use super::{TlsError, certificate};
use crate::{relay::Shared, transport::TlsFiles};
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(10);

/// The certificate in use.
#[derive(Debug)]
pub(super) struct InUse(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for InUse {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Reads the files, and goes on looking at them until the relay stops.
pub(super) fn start(app: &Shared, files: &TlsFiles) -> Result<Arc<InUse>, TlsError> {
    let mut seen = Seen::look(files);
    let (certificate, key) = certificate::read(files)?;
    app.metrics.certificate_ends.store(certificate.ends, Relaxed);
    let in_use = Arc::new(InUse(RwLock::new(Arc::new(key))));
    let (app, files, kept) = (Shared::clone(app), files.clone(), Arc::clone(&in_use));
    tokio::spawn(async move {
        loop {
            // Told to, they are read although they look the same.
            let told = tokio::select! {
                () = app.stopping.cancelled() => return,
                () = app.reload.notified() => true,
                () = tokio::time::sleep(EVERY) => false,
            };
            let now = Seen::look(&files);
            if told || now != seen {
                seen = now;
                renew(&app, &files, &kept);
            }
        }
    });
    Ok(in_use)
}

/// Takes the new certificate, or keeps the one in use and says so.
fn renew(app: &Shared, files: &TlsFiles, in_use: &InUse) {
    match certificate::read(files) {
        Ok((certificate, key)) => {
            *in_use.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
            app.metrics.certificate_ends.store(certificate.ends, Relaxed);
            app.metrics.certificates_taken.fetch_add(1, Relaxed);
            tracing::info!(ends = certificate.ends, "the certificate was read again");
        }
        Err(error) => {
            app.metrics.certificates_refused.fetch_add(1, Relaxed);
            tracing::error!(%error, "the new certificate is not used; the one before stays in use");
        }
    }
}

/// What tells that a file changed, without reading it.
#[derive(PartialEq, Eq)]
struct Seen([Option<(SystemTime, u64, u64)>; 2]);

impl Seen {
    fn look(files: &TlsFiles) -> Self {
        Self([look(&files.certificate), look(&files.key)])
    }
}

fn look(path: &Path) -> Option<(SystemTime, u64, u64)> {
    let about = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&about);
    #[cfg(not(unix))]
    let inode = 0;
    Some((about.modified().ok()?, about.len(), inode))
}
