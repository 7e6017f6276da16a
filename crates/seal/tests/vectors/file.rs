//! Reading a file of vectors.

use data_encoding::HEXLOWER;
use serde_json::Value;
use std::{fs, path::Path};
use wire::BoxId;
use zeroize::Zeroizing;

/// One named test per vector, and one that no vector is without a test.
macro_rules! vectors {
    ($module:ident, $file:literal, $check:path; $($name:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    $check(&crate::file::vector($file, stringify!($name)));
                }
            )+

            #[test]
            fn every_vector_has_its_test() {
                assert_eq!(crate::file::names($file), [$(stringify!($name)),+]);
            }
        }
    };
}
pub(crate) use vectors;

pub(crate) fn vector(file: &str, name: &str) -> Value {
    let found = read(file).into_iter().find(|vector| vector["name"] == name);
    found.unwrap_or_else(|| panic!("{file} has no vector {name}"))
}

pub(crate) fn names(file: &str) -> Vec<String> {
    read(file).iter().map(|vector| text(vector, "name").to_owned()).collect()
}

fn read(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(file);
    let text = fs::read(path).expect("the vectors are there");
    let whole: Value = serde_json::from_slice(&text).expect("the vectors are JSON");
    whole["vectors"].as_array().expect("a list").clone()
}

pub(crate) fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{field} is a text"))
}

pub(crate) fn number(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().unwrap_or_else(|| panic!("{field} is a number"))
}

pub(crate) fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(text(vector, field).as_bytes()).unwrap_or_else(|_| panic!("{field} is hexadecimal"))
}

pub(crate) fn array<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap_or_else(|_| panic!("{field} has {N} bytes"))
}

pub(crate) fn secret(vector: &Value, field: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(array(vector, field))
}

pub(crate) fn link(vector: &Value) -> seal::Link {
    seal::Link::from_secret(secret(vector, "secret"))
}

pub(crate) fn box_id(vector: &Value) -> BoxId {
    text(vector, "box_id").parse().expect("a box id")
}

/// Whether the vector says what came of it; gives the result where that is `ok`.
pub(crate) fn expected<T, E>(
    vector: &Value,
    came: Result<T, E>,
    code: impl Fn(&E) -> &'static str,
) -> Option<T> {
    let said = match &came {
        Ok(_) => "ok",
        Err(error) => code(error),
    };
    assert_eq!(said, text(vector, "expect"));
    came.ok()
}

/// Gives the nonce of the vector, so that sealing makes its very bytes.
pub(crate) struct Nonce(pub Vec<u8>);

impl seal::Rng for Nonce {
    fn fill(&self, dest: &mut [u8]) -> Result<(), seal::rng::RngFailed> {
        dest.copy_from_slice(&self.0);
        Ok(())
    }
}
