//! age files (C2SP age): items, manifests, wraps. Nothing is released before the end was reached and authenticated,
//! except by [`open_to`], which says so.

use crate::{
    identity::{Identity, Recipient, Role},
    padding::{self, BadPadding, padded_len},
    sealed::SealError,
    stack,
};
use age::{DecryptError, Decryptor, Encryptor};
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use wire::limits::PART_PLAINTEXT_MAX;
use zeroize::{Zeroize, Zeroizing};

/// The longest age header read, in bytes. Ours have a few hundred; age itself sets no limit and parses from
/// the start again at every line, so a hostile file could keep a processor busy for hours.
const HEADER_MAX: u64 = 16 * 1024;
/// A line of a stanza's body, in characters; a shorter one ends the stanza.
const BODY_LINE: usize = 64;
const PIECE: usize = 64 * 1024;

/// Why an age file does not open.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// The header is not one of age version 1.
    #[error("this is not an age file this version reads; ask the customer to send it again")]
    Header,
    /// Sealed to a passphrase, which nothing here ever is.
    #[error("this age file is sealed to a passphrase, which Cloakroom never does; do not trust it")]
    Passphrase,
    /// Sealed to somebody else.
    #[error("this is sealed to another key; open it with the key of its own request and class")]
    NoMatch,
    /// The header was changed.
    #[error("the head of this file was changed after it was sealed; do not trust it, ask for it again")]
    Forged,
    /// The content was changed, cut or lengthened.
    #[error("this file was changed or cut after it was sealed; do not trust it, ask for it again")]
    Payload,
    /// More plaintext than a part may have.
    #[error("this file is larger than a part may be; ask for a smaller one")]
    TooLarge,
    /// The padding is not what it must be.
    #[error(transparent)]
    Padding(#[from] BadPadding),
    /// Reading the ciphertext or writing the plaintext failed.
    #[error("reading or writing failed; check the disk and try again")]
    Io(#[source] io::Error),
}

/// Seals `plaintext` to every one of `recipients`.
pub fn seal(recipients: &[&Recipient], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    seal_padded(recipients, plaintext, 0)
}

/// Seals an item or a manifest: lengthened with zeros to `max(4096, Padmé(length))`.
pub fn seal_item(recipient: &Recipient, plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let len = plaintext.len() as u64;
    if len > PART_PLAINTEXT_MAX {
        return Err(SealError::TooLong);
    }
    let zeros = usize::try_from(padded_len(len) - len).map_err(|_| SealError::TooLong)?;
    seal_padded(&[recipient], plaintext, zeros)
}

/// Opens a whole age file in memory.
pub fn open<R: Role>(identity: &Identity<R>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    let mut whole = Whole::with_capacity(sealed.len());
    open_to(identity, sealed, &mut whole)?;
    Ok(whole.0)
}

/// Opens an item in memory: at most `len` bytes and their zeros are ever held.
pub fn open_item<R: Role>(
    identity: &Identity<R>,
    sealed: impl Read,
    len: u64,
) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    if len > PART_PLAINTEXT_MAX {
        return Err(AgeError::TooLarge);
    }
    let capacity = usize::try_from(padded_len(len)).map_err(|_| AgeError::TooLarge)?;
    let mut whole = Whole::with_capacity(capacity);
    open_to(identity, sealed, &mut whole)?;
    Ok(padding::cut(whole.0, len)?)
}

/// Opens an item into `out`, in two passes over `sealed`: the first authenticates it to its end and checks the
/// padding, the second writes exactly `len` bytes. Constant memory.
pub fn open_item_to<R: Role>(
    identity: &Identity<R>,
    sealed: &mut (impl Read + Seek),
    len: u64,
    out: &mut impl Write,
) -> Result<(), AgeError> {
    if len > PART_PLAINTEXT_MAX {
        return Err(AgeError::TooLarge);
    }
    let mut check = Tail { left: len, bad: false, out: &mut io::sink() };
    open_to(identity, &mut *sealed, &mut check)?;
    check.verdict()?;
    sealed.rewind().map_err(AgeError::Io)?;
    let mut release = Tail { left: len, bad: false, out };
    open_to(identity, sealed, &mut release)?;
    release.verdict()?;
    Ok(())
}

/// Opens an age file piece by piece, each authenticated, and returns the plaintext's length in bytes.
/// Until this returns `Ok`, the file may still turn out to be cut: show nothing that was written before.
pub fn open_to<R: Role>(
    identity: &Identity<R>,
    sealed: impl Read,
    out: &mut impl Write,
) -> Result<u64, AgeError> {
    // age moves file keys about on the stack.
    stack::wiped_whole(|| open_pieces(identity, sealed, out))
}

fn open_pieces<R: Role>(
    identity: &Identity<R>,
    sealed: impl Read,
    out: &mut impl Write,
) -> Result<u64, AgeError> {
    let decryptor = Decryptor::new_buffered(bounded(sealed)?).map_err(header_error)?;
    if decryptor.is_scrypt() {
        return Err(AgeError::Passphrase);
    }
    let mut reader = decryptor.decrypt(std::iter::once(identity.as_age())).map_err(header_error)?;
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    let mut total = 0;
    loop {
        let read = match reader.read(&mut piece) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(payload_error(e)),
        };
        total += read as u64;
        if total > PART_PLAINTEXT_MAX {
            return Err(AgeError::TooLarge);
        }
        out.write_all(piece.get(..read).unwrap_or_default()).map_err(AgeError::Io)?;
    }
}

fn seal_padded(recipients: &[&Recipient], plaintext: &[u8], zeros: usize) -> Result<Vec<u8>, SealError> {
    stack::wiped_whole(|| seal_whole(recipients, plaintext, zeros))
}

fn seal_whole(recipients: &[&Recipient], plaintext: &[u8], zeros: usize) -> Result<Vec<u8>, SealError> {
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| recipient.as_age()))
        .map_err(|_| SealError::Cipher)?;
    let total = plaintext.len() + zeros;
    let sealed = Vec::with_capacity(256 * (recipients.len() + 1) + total + 16 * (total / PIECE + 1));
    let write = || -> io::Result<Vec<u8>> {
        let mut writer = encryptor.wrap_output(sealed)?;
        writer.write_all(plaintext)?;
        io::copy(&mut io::repeat(0).take(zeros as u64), &mut writer)?;
        writer.finish()
    };
    write().map_err(|_| SealError::Cipher)
}

/// Refuses a header that does not end within [`HEADER_MAX`], or in which a stanza lacks its final short line (C2SP age,
/// recipient stanza): the crate `age` lets that pass.
fn bounded<'a>(mut sealed: impl Read + 'a) -> Result<impl io::BufRead + 'a, AgeError> {
    let mut head = Vec::new();
    (&mut sealed).take(HEADER_MAX).read_to_end(&mut head).map_err(AgeError::Io)?;
    if !is_whole_header(&head) {
        return Err(AgeError::Header);
    }
    Ok(BufReader::with_capacity(PIECE, Cursor::new(head).chain(sealed)))
}

fn is_whole_header(head: &[u8]) -> bool {
    let mut unfinished = false;
    for line in head.split(|byte| *byte == b'\n') {
        match line {
            [b'-', b'-', b'-', ..] => return !unfinished,
            [b'-', b'>', ..] if unfinished => return false,
            [b'-', b'>', ..] => unfinished = true,
            body => unfinished &= body.len() >= BODY_LINE,
        }
    }
    false
}

fn header_error(error: DecryptError) -> AgeError {
    match error {
        DecryptError::NoMatchingKeys => AgeError::NoMatch,
        DecryptError::InvalidMac => AgeError::Forged,
        DecryptError::Io(e) if e.kind() != io::ErrorKind::UnexpectedEof => AgeError::Io(e),
        _ => AgeError::Header,
    }
}

/// age reports its own findings with these two kinds; any other comes from the disk.
fn payload_error(error: io::Error) -> AgeError {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => AgeError::Payload,
        _ => AgeError::Io(error),
    }
}

/// Collects plaintext and leaves no copy behind when it grows.
struct Whole(Zeroizing<Vec<u8>>);

impl Whole {
    fn with_capacity(bytes: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(bytes)))
    }
}

impl Write for Whole {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.0.capacity() - self.0.len() < piece.len() {
            let mut larger = Vec::with_capacity(2 * (self.0.len() + piece.len()));
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets the first `left` bytes through and watches that only zeros follow.
struct Tail<'a, W> {
    left: u64,
    bad: bool,
    out: &'a mut W,
}

impl<W> Tail<'_, W> {
    fn verdict(&self) -> Result<(), BadPadding> {
        if self.bad || self.left > 0 { Err(BadPadding) } else { Ok(()) }
    }
}

impl<W: Write> Write for Tail<'_, W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let through = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.len());
        let (content, padding) = piece.split_at_checked(through).unwrap_or((piece, &[]));
        self.out.write_all(content)?;
        self.left -= content.len() as u64;
        self.bad |= !padding::only_zeros(padding);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::{identity::RequestIdentity, rng::SystemRng};

    fn sealed(content: &[u8]) -> (RequestIdentity, Vec<u8>) {
        let identity = RequestIdentity::make(&SystemRng).unwrap();
        let sealed = seal_item(&identity.recipient(), content).unwrap();
        (identity, sealed)
    }

    #[test]
    fn a_cut_item_releases_nothing_at_any_length() {
        let content = vec![5; 150_000];
        let (identity, sealed) = sealed(&content);
        for len in [0, 1, 100, 167, 168, 184, 200, 65_736, 65_737, 100_000, 131_272, sealed.len() - 1] {
            let mut out = Vec::new();
            let cut = open_item_to(&identity, &mut Cursor::new(&sealed[..len]), 150_000, &mut out);
            assert!(cut.is_err(), "{len}");
            assert!(out.is_empty(), "{len}");
            assert!(open(&identity, &sealed[..len]).is_err(), "{len}");
        }
        let mut out = Vec::new();
        open_item_to(&identity, &mut Cursor::new(&sealed), 150_000, &mut out).unwrap();
        assert_eq!(out, content);
    }

    /// age adds a stanza of random length to each header, so that readers stay used to stanzas they do not know.
    #[test]
    fn what_we_seal_fits_the_bound_that_the_relay_checks() {
        let identity = RequestIdentity::make(&SystemRng).unwrap();
        let bound = wire::limits::age_ciphertext_max(4096);
        let longest = (0..300).map(|_| seal_item(&identity.recipient(), b"").unwrap().len()).max();
        assert!(longest.unwrap() as u64 <= bound);
    }

    #[test]
    fn a_header_without_end_is_refused_at_once() {
        let identity = RequestIdentity::make(&SystemRng).unwrap();
        let endless = b"age-encryption.org/v1\n".iter().copied().chain(b"-> a\nAA\n".iter().copied().cycle());
        let endless: Vec<u8> = endless.take(1 << 20).collect();
        assert!(matches!(open(&identity, &endless), Err(AgeError::Header)));
    }

    #[test]
    fn more_than_a_part_may_hold_is_not_sealed() {
        let identity = RequestIdentity::make(&SystemRng).unwrap();
        let mut sink = io::sink();
        assert!(matches!(
            open_item_to(&identity, &mut Cursor::new(b""), PART_PLAINTEXT_MAX + 1, &mut sink),
            Err(AgeError::TooLarge)
        ));
        assert!(matches!(open_item(&identity, io::empty(), PART_PLAINTEXT_MAX + 1), Err(AgeError::TooLarge)));
    }

    #[test]
    fn a_failing_disk_is_told_from_a_bad_file() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk"))
            }
        }
        let (identity, sealed) = sealed(&[1; 200_000]);
        let input = Cursor::new(&sealed[..70_000]).chain(Failing);
        assert!(matches!(open_to(&identity, input, &mut io::sink()), Err(AgeError::Io(_))));
    }
}
