//! One-time enrolment codes: 24 characters that can be read aloud, 120 random bits.

use crate::store::StoreError;
use ring::rand::{SecureRandom, SystemRandom};
use wire::sha256;
use zeroize::Zeroizing;

/// Digits and letters without I, L, O and U, which are mistaken for others or make words.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 24;
const GROUP: usize = 4;

/// A code. What is kept of it is its hash.
pub(crate) struct Code(Zeroizing<[u8; LENGTH]>);

impl Code {
    /// A fresh one.
    pub(crate) fn make() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        SystemRandom::new().fill(bytes.as_mut_slice()).map_err(|_| StoreError::Unavailable)?;
        for byte in bytes.iter_mut() {
            // 256 is 8 times 32: no character is likelier than another.
            *byte = ALPHABET.get(usize::from(*byte % 32)).copied().unwrap_or(b'0');
        }
        Ok(Self(bytes))
    }

    /// As a person typed it: case, spaces and dashes do not matter, and what looks like another character is that one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        let mut places = bytes.iter_mut();
        for character in
            text.chars().filter(|c| !c.is_whitespace() && !"-\u{2010}\u{2011}\u{2013}".contains(*c))
        {
            let plain = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let byte = u8::try_from(plain).ok().filter(|byte| ALPHABET.contains(byte))?;
            *places.next()? = byte;
        }
        if places.next().is_some() { None } else { Some(Self(bytes)) }
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_slice())
    }

    /// In groups of four.
    pub(crate) fn show(&self) -> String {
        let groups: Vec<String> =
            self.0.chunks(GROUP).map(|group| group.iter().copied().map(char::from).collect()).collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = Code::make().unwrap();
        let shown = code.show();
        assert_eq!(shown.len(), LENGTH + LENGTH / GROUP - 1);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!("  {} \n", shown.replace('0', "o").replace('1', "l")),
        ] {
            assert_eq!(Code::parse(&typed).unwrap().hash(), code.hash());
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let shown = Code::make().unwrap().show();
        let other = format!("{}U", &shown[..shown.len() - 1]);
        for typed in ["", "0", &shown[1..], &format!("{shown}0"), &other, "Ä"] {
            assert!(Code::parse(typed).is_none());
        }
        assert_ne!(Code::make().unwrap().hash(), Code::make().unwrap().hash());
    }
}
