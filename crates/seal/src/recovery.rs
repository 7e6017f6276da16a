//! The recovery identity: the XOR of two printed 32-byte sheets, for two people where there are two (FORMATS §7).

use crate::{
    identity::RecoveryIdentity,
    rng::{Rng, RngFailed},
    secret::Secret,
};
use data_encoding::BASE32_NOPAD;
use wire::sha256;
use zeroize::Zeroizing;

const MAGIC: &[u8; 19] = b"cloakroom/v1/sheet\0";
const VERSION: u8 = 1;
const SUM_LEN: usize = 6;
/// Version, number, 32 bytes, checksum: 64 letters.
const LEN: usize = 2 + 32 + SUM_LEN;
const GROUP: usize = 4;

/// One of the two sheets. Alone it says nothing.
pub struct Sheet {
    number: Number,
    secret: Secret,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "numbers")]
pub enum Number {
    One = 1,
    Two = 2,
}

/// Why typed sheets give no recovery identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Not 64 letters with a right checksum.
    #[error("this sheet was mistyped; compare it letter by letter with the paper")]
    Mistyped,
    /// The same sheet twice.
    #[error("this is the same sheet twice; type the other one")]
    SameTwice,
}

/// Two fresh sheets. Print them, keep neither.
pub fn make_sheets(rng: &dyn Rng) -> Result<(Sheet, Sheet), RngFailed> {
    let one = Sheet { number: Number::One, secret: Secret::make(rng)? };
    let two = Sheet { number: Number::Two, secret: Secret::make(rng)? };
    Ok((one, two))
}

/// The identity of two sheets, in whatever order.
pub fn join(one: &Sheet, two: &Sheet) -> Result<RecoveryIdentity, SheetError> {
    if one.number == two.number {
        return Err(SheetError::SameTwice);
    }
    let mut sum = Zeroizing::new(*one.secret.expose());
    sum.iter_mut().zip(two.secret.expose()).for_each(|(byte, other)| *byte ^= other);
    Ok(RecoveryIdentity::from_secret(&Secret::from_bytes(sum)))
}

impl Sheet {
    /// Which of the two it is.
    pub const fn number(&self) -> Number {
        self.number
    }

    /// What is printed: base32 (RFC 4648 §6) of `01 ‖ number ‖ sheet[32] ‖ first 6 bytes of
    /// H("cloakroom/v1/sheet" ‖ 00 ‖ all before)`, in sixteen groups of four.
    pub fn print(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LEN));
        bytes.extend_from_slice(&[VERSION, self.number as u8]);
        // Exposed to paper.
        bytes.extend_from_slice(self.secret.expose());
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let letters = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
        let mut out = Zeroizing::new(String::with_capacity(letters.len() / GROUP * (GROUP + 1)));
        for (at, letter) in letters.chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                out.push(' ');
            }
            out.push(letter);
        }
        out
    }

    /// As typed from paper: case, spaces and hyphens do not matter, and 0, 1 and 8 are read as O, I and B.
    pub fn parse(text: &str) -> Result<Self, SheetError> {
        let mut letters = Zeroizing::new(String::with_capacity(text.len()));
        letters.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other.to_ascii_uppercase(),
        }));
        let bytes =
            BASE32_NOPAD.decode(letters.as_bytes()).map(Zeroizing::new).map_err(|_| SheetError::Mistyped)?;
        let (body, sum) = bytes.split_last_chunk::<SUM_LEN>().ok_or(SheetError::Mistyped)?;
        let (&[version, number], secret) = body.split_first_chunk::<2>().ok_or(SheetError::Mistyped)?;
        let secret: &[u8; 32] = secret.try_into().map_err(|_| SheetError::Mistyped)?;
        if version != VERSION || *sum != checksum(body) {
            return Err(SheetError::Mistyped);
        }
        let number = match number {
            1 => Number::One,
            2 => Number::Two,
            _ => return Err(SheetError::Mistyped),
        };
        Ok(Self { number, secret: Secret::from_bytes(Zeroizing::new(*secret)) })
    }
}

fn checksum(body: &[u8]) -> [u8; SUM_LEN] {
    let message = Zeroizing::new([MAGIC.as_slice(), body].concat());
    let [a, b, c, d, e, f, ..] = sha256(&message);
    [a, b, c, d, e, f]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn two_sheets_make_one_identity() {
        let (one, two) = make_sheets(&SystemRng).unwrap();
        let typed = |sheet: &Sheet| Sheet::parse(&sheet.print().to_lowercase().replace(' ', "-")).unwrap();
        let joined = join(&typed(&two), &typed(&one)).unwrap();
        assert_eq!(joined.recipient(), join(&one, &two).unwrap().recipient());
        assert_eq!(one.print().len(), 79);
        assert!(matches!(join(&one, &typed(&one)), Err(SheetError::SameTwice)));
    }

    #[test]
    fn every_mistyped_letter_is_found() {
        let (sheet, _) = make_sheets(&SystemRng).unwrap();
        let text = sheet.print();
        for at in (0..text.len()).filter(|at| at % 5 != 4) {
            let mut typed = text.as_bytes().to_vec();
            typed[at] = if typed[at] == b'Q' { b'R' } else { b'Q' };
            assert!(matches!(Sheet::parse(std::str::from_utf8(&typed).unwrap()), Err(SheetError::Mistyped)));
        }
    }
}
