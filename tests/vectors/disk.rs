//! `epoch.json`, `keyring.json`, `row.json`: what lies under the data folder.

use crate::fixed::{Fixed, OTHER, SECRET, file, flipped, hex, nonce};
use seal::{
    RowVersion, VaultId,
    device::{DeviceItem, DeviceKey},
    epoch::{EpochKey, SLOT_LEN},
    keyring::{self, RECORD_LEN},
    row::{Columns, EntryKey, Table},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const VAULT: VaultId = VaultId::from_bytes([0xa1; 16]);
const OTHER_VAULT: VaultId = VaultId::from_bytes([0xa2; 16]);

pub(crate) fn files() -> Vec<(&'static str, Value)> {
    vec![
        (
            "epoch.json",
            file(
                "keys/epoch: first and second are the slots without their zeros at the end, length that of the file (cut, where it is not 8192). expect: what the vault says: ok (then n, key and at, the slot's offset), length, no-slot, doubled, other-vault or does-not-open",
                "FORMATS 5",
                epochs(),
            ),
        ),
        (
            "keyring.json",
            file(
                "keys/keyring.n under epoch_key. expect: ok or torn (then rows with their keys, in order, and good_len), head, other-vault, other-epoch, changed or doubled",
                "FORMATS 5",
                keyrings(),
            ),
        ),
        (
            "row.json",
            file(
                "sealed = sealed(key, table, row and encoded, body); encoded: the clear columns: integer = u32 8, u64; text (as is) or blob (hex) = u32 length, bytes; null = FFFFFFFF. expect: what opening with these says: ok or refused",
                "FORMATS 5",
                rows(),
            ),
        ),
    ]
}

fn device(bytes: [u8; 32]) -> DeviceKey {
    DeviceItem::from_bytes(Zeroizing::new(bytes)).device_key()
}

fn epoch_key(byte: u8) -> EpochKey {
    EpochKey::from_bytes(Zeroizing::new([byte; 32]))
}

fn epochs() -> Vec<Value> {
    let rng = Fixed::new("epoch");
    let slot =
        |key: u8, device: &DeviceKey, vault, n| epoch_key(key).slot(&rng, device, vault, n).expect("seals");
    let (ours, theirs) = (device(SECRET), device(OTHER));
    let six = slot(6, &ours, VAULT, 6);
    let seven = slot(7, &ours, VAULT, 7);
    let random: Vec<u8> = (0..64).flat_map(|at: u8| wire::sha256(&[at])).collect();
    let torn = [&seven[..64], &six[64..]].concat();
    let no_zeros = [&seven[..2048], &random[..2048]].concat();
    let vector = |name: &str,
                  expect: &str,
                  first: &[u8],
                  second: &[u8],
                  length: usize,
                  found: Option<(u64, u8, usize)>| {
        let mut vector = json!({
            "name": name, "expect": expect, "device_item": hex(SECRET), "vault": VAULT.to_string(),
            "first": hex(trimmed(first)), "second": hex(trimmed(second)), "length": length,
        });
        if let Some((n, key, at)) = found {
            vector["n"] = n.into();
            vector["key"] = hex([key; 32]).into();
            vector["at"] = at.into();
        }
        vector
    };
    let whole = |name: &str, expect: &str, first: &[u8], second: &[u8], found| {
        vector(name, expect, first, second, 2 * SLOT_LEN, found)
    };
    let (in_first, in_second) = (Some((7, 7, 0)), Some((7, 7, SLOT_LEN)));
    vec![
        whole("newest_second_other_random", "ok", &random, &seven, in_second),
        whole("newest_first_other_empty", "ok", &seven, &[], in_first),
        whole("newest_second_older_first", "ok", &six, &seven, in_second),
        whole("newest_first_older_second", "ok", &seven, &six, in_first),
        whole("torn_write_of_the_newest", "ok", &six, &torn, Some((6, 6, 0))),
        whole("random_after_the_checksum", "ok", &no_zeros, &six, in_first),
        whole("number_beyond_32_bits", "ok", &slot(9, &ours, VAULT, 1 << 40), &seven, Some((1 << 40, 9, 0))),
        whole("newest_does_not_open_older_would", "does-not-open", &slot(7, &theirs, VAULT, 7), &six, None),
        whole("other_device", "does-not-open", &random, &slot(7, &theirs, VAULT, 7), None),
        whole("one_number_twice", "doubled", &seven, &slot(8, &ours, VAULT, 7), None),
        whole("same_slot_twice", "doubled", &seven, &seven, None),
        whole("other_vault", "other-vault", &slot(7, &ours, OTHER_VAULT, 7), &random, None),
        whole("number_changed", "no-slot", &flipped(&seven, 27), &random, None),
        whole("sealed_key_changed", "no-slot", &random, &flipped(&seven, 60), None),
        whole("number_changed_checksum_right", "does-not-open", &renumbered(&seven, 8), &six, None),
        whole("both_random", "no-slot", &random, &random, None),
        whole("all_zeros", "no-slot", &[], &[], None),
        vector("half_a_file", "length", &six, &seven, SLOT_LEN, None),
        vector("one_byte_more", "length", &six, &seven, 2 * SLOT_LEN + 1, None),
        vector("empty_file", "length", &[], &[], 0, None),
    ]
}

/// The slot with another number and a checksum over it, as somebody without the device key can make.
fn renumbered(slot: &[u8], n: u64) -> Vec<u8> {
    let mut changed = slot[..89].to_vec();
    changed[20..28].copy_from_slice(&n.to_be_bytes());
    let sum = wire::sha256(&changed);
    [changed.as_slice(), &sum].concat()
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
}

fn keyrings() -> Vec<Value> {
    let rng = Fixed::new("keyring");
    let entry = |byte: u8| {
        (RowVersion::from_bytes([byte; 16]), EntryKey::from_bytes(Zeroizing::new([byte ^ 0xff; 32])))
    };
    let record = |key: u8, vault, n, byte| {
        let (row, entry) = entry(byte);
        keyring::record(&rng, &epoch_key(key), vault, n, row, &entry).expect("seals")
    };
    let ours = |byte| record(7, VAULT, 7, byte);
    let of = |records: &[&[u8]]| [keyring::head(VAULT, 7).as_slice(), &records.concat()].concat();
    let vector = |name: &str, expect: &str, file: &[u8], found: &[u8]| {
        let mut vector = json!({
            "name": name, "expect": expect, "epoch_key": hex([7; 32]), "vault": VAULT.to_string(), "n": 7, "file": hex(file),
        });
        if matches!(expect, "ok" | "torn") {
            let pair = |byte: &u8| json!({ "row": hex([*byte; 16]), "key": hex([byte ^ 0xff; 32]) });
            vector["entries"] = found.iter().map(pair).collect();
            vector["good_len"] = (keyring::HEAD_LEN + found.len() * RECORD_LEN).into();
        }
        vector
    };
    let (one, two, three) = (ours(1), ours(2), ours(3));
    let good = of(&[&one, &two, &three]);
    let body = &good[keyring::HEAD_LEN..];
    let with_head = |head: &[u8]| [head, body].concat();
    vec![
        vector("three", "ok", &good, &[1, 2, 3]),
        vector("empty", "ok", &of(&[]), &[]),
        vector("order_is_free", "ok", &of(&[&three, &one]), &[3, 1]),
        vector("torn_in_the_last_record", "torn", &good[..good.len() - 40], &[1, 2]),
        vector("torn_after_one_byte", "torn", &good[..good.len() - RECORD_LEN + 1], &[1, 2]),
        vector("last_record_half_written", "torn", &of(&[&one, &[&two[..30], &[0; 47]].concat()]), &[1]),
        vector("last_record_zeros", "torn", &of(&[&one, &two, &[0; RECORD_LEN]]), &[1, 2]),
        vector("last_two_records_zeros", "torn", &of(&[&one, &[0; RECORD_LEN], &[0; RECORD_LEN]]), &[1]),
        vector("first_record_torn_alone", "torn", &of(&[&one[..50]]), &[]),
        vector("no_record_opens", "changed", &of(&[&record(6, VAULT, 7, 1), &[0; RECORD_LEN]]), &[]),
        vector("only_record_zeros", "changed", &of(&[&[0; RECORD_LEN]]), &[]),
        vector("middle_record_changed", "changed", &of(&[&one, &flipped(&two, 40), &three]), &[]),
        vector("first_record_zeros", "changed", &of(&[&[0; RECORD_LEN], &two]), &[]),
        vector("record_of_an_older_epoch", "changed", &of(&[&one, &record(6, VAULT, 6, 2), &three]), &[]),
        vector(
            "record_of_another_vault",
            "changed",
            &of(&[&one, &record(7, OTHER_VAULT, 7, 2), &three]),
            &[],
        ),
        vector("record_of_another_number", "changed", &of(&[&one, &record(7, VAULT, 6, 2), &three]), &[]),
        vector("one_row_twice", "doubled", &of(&[&one, &two, &ours(1)]), &[]),
        vector("same_record_twice", "doubled", &of(&[&one, &one]), &[]),
        vector("head_of_another_epoch", "other-epoch", &with_head(&keyring::head(VAULT, 6)), &[]),
        vector("head_of_another_vault", "other-vault", &with_head(&keyring::head(OTHER_VAULT, 7)), &[]),
        vector("head_changed", "head", &flipped(&good, 0), &[]),
        vector("head_cut", "head", &good[..27], &[]),
        vector("empty_file", "head", &[], &[]),
    ]
}

fn rows() -> Vec<Value> {
    let rng = Fixed::new("row");
    let key = EntryKey::from_bytes(Zeroizing::new(SECRET));
    let row = RowVersion::from_bytes([0x42; 16]);
    let columns =
        [json!({"integer": 7}), json!({"text": "#4821"}), json!({"blob": "00ff"}), json!({"null": true})];
    let seal =
        |table, columns: &[Value]| key.seal(&rng, table, row, &encode(columns), b"the body").expect("seals");
    let vector = |name: &str,
                  expect: &str,
                  key: [u8; 32],
                  table: Table,
                  row: RowVersion,
                  columns: &[Value],
                  sealed: &[u8]| {
        json!({
            "name": name, "expect": expect, "key": hex(key), "table": table.name(), "row": row.to_string(),
            "columns": columns, "encoded": hex(encode(columns).as_bytes()), "nonce": nonce(sealed),
            "body": hex(b"the body"), "sealed": hex(sealed),
        })
    };
    let good = seal(Table::Grant, &columns);
    let plain = |name: &str, table: Table, columns: &[Value]| {
        vector(name, "ok", SECRET, table, row, columns, &seal(table, columns))
    };
    let tables = [Table::Person, Table::Grant, Table::RequestWrap, Table::Box, Table::Remark];
    let mut vectors: Vec<Value> =
        tables.into_iter().map(|table| plain(&format!("table_{}", table.name()), table, &columns)).collect();
    let split = [json!({"text": "ab"}), json!({"text": "c"})];
    let other_split = [json!({"text": "a"}), json!({"text": "bc"})];
    let elsewhere = RowVersion::from_bytes([0x43; 16]);
    vectors.extend([
        plain("no_columns", Table::Remark, &[]),
        plain("large_integer", Table::Remark, &[json!({"integer": 9_007_199_254_740_991_u64})]),
        plain("empty_text", Table::Remark, &[json!({"text": ""})]),
        vector("other_key", "refused", OTHER, Table::Grant, row, &columns, &good),
        vector("other_table", "refused", SECRET, Table::Person, row, &columns, &good),
        vector("other_row", "refused", SECRET, Table::Grant, elsewhere, &columns, &good),
        vector("column_changed", "refused", SECRET, Table::Grant, row, &[json!({"integer": 8})], &good),
        vector(
            "columns_swapped",
            "refused",
            SECRET,
            Table::Grant,
            row,
            &[&columns[1..2], &columns[..1], &columns[2..]].concat(),
            &good,
        ),
        vector("column_missing", "refused", SECRET, Table::Grant, row, &columns[..3], &good),
        vector(
            "text_moved_between_columns",
            "refused",
            SECRET,
            Table::Grant,
            row,
            &other_split,
            &seal(Table::Grant, &split),
        ),
        vector(
            "null_is_not_empty",
            "refused",
            SECRET,
            Table::Grant,
            row,
            &[json!({"null": true})],
            &seal(Table::Grant, &[json!({"text": ""})]),
        ),
        vector("body_changed", "refused", SECRET, Table::Grant, row, &columns, &flipped(&good, 15)),
    ]);
    vectors
}

fn encode(columns: &[Value]) -> Columns {
    columns.iter().fold(Columns::new(), |columns, value| match value {
        Value::Object(field) => match (field.get("integer"), field.get("text"), field.get("blob")) {
            (Some(number), None, None) => columns.integer(number.as_u64().expect("a number")),
            (None, Some(text), None) => columns.text(text.as_str().expect("a text")),
            (None, None, Some(blob)) => {
                let hex = blob.as_str().expect("hexadecimal");
                columns.blob(&data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal"))
            }
            _ => columns.null(),
        },
        _ => columns.null(),
    })
}
