//! What the machine itself can do: what our figures are held against.

use super::{MIB, random, timed};
use journeys::Outcome;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest,
};
use rustix::fs::Advice;
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::FileExt,
    path::Path,
    thread,
    time::Duration,
};

/// Files a second that so many threads create, fill and fsync, each its share of `files`.
pub(crate) fn writes(folder: &Path, writers: usize, files: usize, length: usize) -> Outcome<f64> {
    fs::create_dir_all(folder)?;
    let bytes = random(length)?;
    let each = files / writers;
    let (done, took) = timed(|| {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..writers)
                .map(|writer| {
                    let bytes = &bytes;
                    scope.spawn(move || {
                        (0..each).try_for_each(|n| durable_file(&folder.join(format!("{writer}-{n}")), bytes))
                    })
                })
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
        })
    });
    done?;
    fs::remove_dir_all(folder)?;
    Ok((each * writers) as f64 / took.as_secs_f64())
}

/// Creates a file, fills it, fsyncs it.
pub(crate) fn durable_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes files one by one, then fsyncs their folder.
pub(crate) fn unlinks(folder: &Path, files: usize, length: usize) -> Outcome<Duration> {
    fs::create_dir_all(folder)?;
    let bytes = random(length)?;
    let names: Vec<_> = (0..files).map(|n| folder.join(n.to_string())).collect();
    names.iter().try_for_each(|name| fs::write(name, &bytes))?;
    let folder_file = File::open(folder)?;
    rustix::fs::syncfs(&folder_file)?;
    let (done, took) = timed(|| {
        names.iter().try_for_each(fs::remove_file)?;
        folder_file.sync_all()
    });
    done?;
    fs::remove_dir_all(folder)?;
    Ok(took)
}

/// Gigabytes a second of a file read by one thread and sent over loopback to another that only reads.
pub(crate) fn loopback(file: &Path, times: usize) -> Outcome<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let length = fs::metadata(file)?.len();
    let (done, took) = timed(|| -> io::Result<u64> {
        thread::scope(|scope| {
            let sender = scope.spawn(move || -> io::Result<()> {
                let (mut stream, _) = listener.accept()?;
                let mut buffer = vec![0; MIB / 4];
                for _ in 0..times {
                    let mut file = File::open(file)?;
                    loop {
                        match file.read(&mut buffer)? {
                            0 => break,
                            read => stream.write_all(buffer.get(..read).unwrap_or_default())?,
                        }
                    }
                }
                Ok(())
            });
            let mut stream = TcpStream::connect(address)?;
            let mut buffer = vec![0; MIB];
            let mut sum = 0;
            loop {
                match stream.read(&mut buffer)? {
                    0 => break,
                    read => sum += read as u64,
                }
            }
            sender.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))?;
            Ok(sum)
        })
    });
    journeys::ensure(done? == length * times as u64, "the whole file came over loopback")?;
    Ok((length * times as u64) as f64 / took.as_secs_f64() / 1e9)
}

/// Forgets what memory holds of a file, so that the next reader reads the disk.
pub(crate) fn forget(file: &Path) -> Outcome {
    let file = File::open(file)?;
    file.sync_all()?;
    Ok(rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?)
}

/// Plain SHA-256 over a file, by one thread.
pub(crate) fn sha256(file: &Path) -> Outcome<Duration> {
    let (done, took) = timed(|| -> io::Result<_> {
        let mut file = File::open(file)?;
        let mut context = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; 4 * MIB];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(context.finish()),
                read => context.update(buffer.get(..read).unwrap_or_default()),
            }
        }
    });
    std::hint::black_box(done?);
    Ok(took)
}

/// The least that a rotation must do: so many records of 77 bytes encrypted into a new file, which is made durable with
/// its name; then two slots of 4 KiB overwritten in place.
pub(crate) fn rotation(folder: &Path, records: usize) -> Outcome<Duration> {
    fs::create_dir_all(folder)?;
    let slots = folder.join("slots");
    durable_file(&slots, &random(8192)?)?;
    let slots = File::options().write(true).open(slots)?;
    let noise = random(4096)?;
    let entries = random(records * 48)?;
    let key = UnboundKey::new(&AES_256_GCM, &random(32)?).map_err(|_| "a key")?;
    let key = LessSafeKey::new(key);
    let (done, took) = timed(|| -> Outcome {
        let mut file = Vec::with_capacity(records * 77);
        for (n, entry) in entries.chunks_exact(48).enumerate() {
            let mut nonce = [0; NONCE_LEN];
            nonce.get_mut(..8).ok_or("a nonce")?.copy_from_slice(&n.to_be_bytes());
            file.push(1);
            file.extend_from_slice(&nonce);
            let start = file.len();
            file.extend_from_slice(entry);
            let sealed = file.get_mut(start..).ok_or("a record")?;
            let tag = key
                .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), sealed)
                .map_err(|_| "sealing")?;
            file.extend_from_slice(tag.as_ref());
        }
        durable_file(&folder.join("keyring"), &file)?;
        File::open(folder)?.sync_all()?;
        for offset in [0, 4096] {
            slots.write_all_at(&noise, offset)?;
            slots.sync_all()?;
        }
        Ok(())
    });
    done?;
    fs::remove_dir_all(folder)?;
    Ok(took)
}
