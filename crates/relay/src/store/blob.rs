//! Chunk files: one flat folder, random names, written once.

use super::StoreError;
use bytes::Bytes;
use ring::{
    digest::{Context, SHA256},
    rand::{SecureRandom, SystemRandom},
};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The name of a chunk file. Random, so that what survives in a folder's blocks says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BlobName([u8; 16]);

impl BlobName {
    fn make(random: &SystemRandom) -> io::Result<Self> {
        let mut name = [0; 16];
        random.fill(&mut name).map_err(|_| io::Error::other("no randomness"))?;
        Ok(Self(name))
    }

    pub(crate) fn file_name(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl ToSql for BlobName {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(&self.0)))
    }
}

impl FromSql for BlobName {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self)
    }
}

/// The folder of chunk files.
pub(crate) struct Blobs {
    folder: PathBuf,
    #[cfg(unix)]
    handle: File,
    random: SystemRandom,
}

impl Blobs {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        super::make_folder(&folder)?;
        Ok(Self {
            #[cfg(unix)]
            handle: File::open(&folder)?,
            folder,
            random: SystemRandom::new(),
        })
    }

    pub(crate) fn path(&self, name: BlobName) -> PathBuf {
        self.folder.join(name.file_name())
    }

    /// The file's length, none when it is gone.
    pub(crate) fn length(&self, name: BlobName) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(name)) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes the file away. Durable after [`Blobs::sync`].
    pub(crate) fn unlink(&self, name: BlobName) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes files that came or went durable. (NTFS keeps names in order by itself and has no such call.)
    pub(crate) fn sync(&self) -> io::Result<()> {
        #[cfg(unix)]
        self.handle.sync_all()?;
        Ok(())
    }

    /// Takes away every chunk file not in `keep`: what a crash left between a file and its row.
    pub(crate) fn sweep(&self, keep: &HashSet<BlobName>) -> io::Result<u64> {
        let mut gone = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if let Some(name) = name.to_str().and_then(BlobName::parse)
                && !keep.contains(&name)
            {
                self.unlink(name)?;
                gone += 1;
            }
        }
        if gone > 0 {
            self.sync()?;
        }
        Ok(gone)
    }
}

/// A chunk on its way to the disk. Its file goes when this is dropped, unless it was kept.
pub(crate) struct HalfChunk {
    blobs: Arc<Blobs>,
    name: BlobName,
    file: File,
    hasher: Context,
    length: u32,
    kept: bool,
}

impl HalfChunk {
    pub(crate) fn create(blobs: Arc<Blobs>) -> Result<Self, StoreError> {
        let name = BlobName::make(&blobs.random)?;
        let file = open_new(&blobs.path(name))?;
        Ok(Self { blobs, name, file, hasher: Context::new(&SHA256), length: 0, kept: false })
    }

    /// Appends. The caller bounds the length.
    pub(crate) fn write(&mut self, pieces: &[Bytes]) -> Result<(), StoreError> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.hasher.update(piece);
            self.length = self.length.saturating_add(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    /// Makes the bytes durable. The file's name is not, until the folder is synced.
    pub(crate) fn finish(mut self) -> Result<WholeChunk, StoreError> {
        crate::fault::point("chunk.written");
        self.file.sync_all()?;
        crate::fault::point("chunk.synced");
        let hash = sum(std::mem::replace(&mut self.hasher, Context::new(&SHA256)));
        Ok(WholeChunk { hash, half: self })
    }
}

impl Drop for HalfChunk {
    fn drop(&mut self) {
        if !self.kept && self.blobs.unlink(self.name).is_err() {
            tracing::warn!("a half chunk could not be removed; the next start removes it");
        }
    }
}

/// A chunk whose bytes are durable, and which still goes away unless a committed row names it.
pub(crate) struct WholeChunk {
    hash: [u8; 32],
    half: HalfChunk,
}

impl WholeChunk {
    pub(crate) fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    pub(crate) fn length(&self) -> u32 {
        self.half.length
    }

    pub(crate) fn name(&self) -> BlobName {
        self.half.name
    }

    /// A committed row names the file now.
    pub(crate) fn keep(mut self) {
        self.half.kept = true;
    }
}

/// Hashes bytes that are already stored, or pretends to.
pub(crate) fn sum(context: Context) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
