//! A disk in user space that writes down every write and every flush, and can be built anew as a power cut at any of
//! them would have left it.

use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request, WriteFlags,
};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempDir;

const SECTOR: usize = 512;
/// Where ext4's own first block ends.
const SUPERBLOCK_END: usize = 4096;
const FILE: INodeNo = INodeNo(2);
const NAME: &str = "disk";

/// One thing that reached the disk.
pub(crate) enum Event {
    /// Bytes at an offset. Until the next flush they may be lost, whole or in part.
    Write(usize, Vec<u8>),
    /// Everything before is on the platter.
    Flush,
}

#[derive(Default)]
struct Written {
    now: Vec<u8>,
    events: Vec<Event>,
}

/// The disk, mounted as one file.
pub(crate) struct LoggedDisk {
    written: Arc<Mutex<Written>>,
    first: Vec<u8>,
    at: TempDir,
    session: Option<fuser::BackgroundSession>,
}

impl LoggedDisk {
    /// A disk that holds this image to begin with.
    pub(crate) fn new(image: Vec<u8>) -> Self {
        let written = Arc::new(Mutex::new(Written { now: image.clone(), events: Vec::new() }));
        let at = tempfile::tempdir().unwrap();
        let disk = Disk { written: Arc::clone(&written) };
        let session = fuser::spawn_mount(disk, at.path(), &Config::default()).unwrap();
        Self { written, first: image, at, session: Some(session) }
    }

    /// The file that is the disk.
    pub(crate) fn path(&self) -> PathBuf {
        self.at.path().join(NAME)
    }

    /// How much has reached it.
    pub(crate) fn events(&self) -> usize {
        self.written.lock().unwrap().events.len()
    }

    /// Takes the disk away; what remains is its first image and all that happened.
    pub(crate) fn into_log(mut self) -> (Vec<u8>, Vec<Event>) {
        if let Some(session) = self.session.take() {
            session.umount_and_join().unwrap();
        }
        let events = std::mem::take(&mut self.written.lock().unwrap().events);
        (std::mem::take(&mut self.first), events)
    }
}

/// The disk as it was after some of its events, moving forward only.
pub(crate) struct Replay<'a> {
    events: &'a [Event],
    flushed: Vec<u8>,
    until: usize,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(first: &[u8], events: &'a [Event]) -> Self {
        Self { events, flushed: first.to_vec(), until: 0 }
    }

    /// The disk after `count` events; `count` never falls. Since the last flush before that, `keeps` says of every
    /// sector of every write whether it got there: first for the write, then for the sector.
    pub(crate) fn at(&mut self, count: usize, mut keeps: impl FnMut(Kept) -> bool) -> Vec<u8> {
        let flush = self.events[..count].iter().rposition(|event| matches!(event, Event::Flush)).unwrap_or(0);
        for event in &self.events[self.until..flush.max(self.until)] {
            apply(&mut self.flushed, event, |_| true);
        }
        self.until = self.until.max(flush);
        let mut disk = self.flushed.clone();
        for event in &self.events[self.until..count] {
            apply(&mut disk, event, &mut keeps);
        }
        disk
    }
}

/// What is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A whole write.
    Write,
    /// One sector of the write asked about last, if that was not kept whole.
    Sector,
}

fn apply(disk: &mut [u8], event: &Event, mut keeps: impl FnMut(Kept) -> bool) {
    let Event::Write(offset, bytes) = event else { return };
    let whole = keeps(Kept::Write);
    if !whole && *offset < SUPERBLOCK_END {
        // ext4 writes this one past its journal and trusts the drive not to tear it.
        return;
    }
    for (at, sector) in bytes.chunks(SECTOR).enumerate() {
        if whole || keeps(Kept::Sector) {
            let start = offset + at * SECTOR;
            disk[start..start + sector.len()].copy_from_slice(sector);
        }
    }
}

struct Disk {
    written: Arc<Mutex<Written>>,
}

const TTL: Duration = Duration::from_secs(60);

impl Disk {
    fn attr(&self, ino: INodeNo) -> FileAttr {
        let size = self.written.lock().unwrap().now.len() as u64;
        let root = ino == INodeNo::ROOT;
        FileAttr {
            ino,
            size: if root { 0 } else { size },
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if root { FileType::Directory } else { FileType::RegularFile },
            perm: if root { 0o700 } else { 0o600 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            flags: 0,
            blksize: 4096,
        }
    }
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if Path::new(name) == Path::new(NAME) {
            reply.entry(&TTL, &self.attr(FILE), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&TTL, &self.attr(ino));
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Past the page cache: what is written arrives here, and at once.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let written = self.written.lock().unwrap();
        let start = (offset as usize).min(written.now.len());
        let end = (start + size as usize).min(written.now.len());
        reply.data(&written.now[start..end]);
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut written = self.written.lock().unwrap();
        let start = offset as usize;
        written.now[start..start + data.len()].copy_from_slice(data);
        written.events.push(Event::Write(start, data.to_vec()));
        reply.written(data.len() as u32);
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.written.lock().unwrap().events.push(Event::Flush);
        reply.ok();
    }
}
