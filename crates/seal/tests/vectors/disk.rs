use crate::{
    codes,
    file::{Nonce, array, bytes, expected, number, secret, text, vectors},
};
use data_encoding::HEXLOWER;
use seal::{
    device::DeviceItem,
    epoch::{self, Epoch, EpochKey, FILE_LEN, SLOT_LEN},
    keyring::Keyring,
    row::{Columns, EntryKey, Table},
};
use serde_json::Value;

fn epoch(vector: &Value) {
    let device = DeviceItem::from_bytes(secret(vector, "device_item")).device_key();
    let vault = text(vector, "vault").parse().unwrap();
    let mut file = bytes(vector, "first");
    file.resize(SLOT_LEN, 0);
    file.extend(bytes(vector, "second"));
    file.resize(FILE_LEN, 0);
    file.resize(usize::try_from(number(vector, "length")).unwrap(), 0);
    let Some(found) = expected(vector, Epoch::read(&file, &device, vault), codes::epoch) else { return };
    assert_eq!(epoch::vault_id(&file), Some(vault));
    assert_eq!(found.n, number(vector, "n"));
    assert_eq!(found.at.offset(), number(vector, "at"));
    // The same key, number and nonce make the slot's very bytes.
    let start = usize::try_from(found.at.offset()).unwrap();
    let nonce = Nonce(file[start + 29..start + 41].to_vec());
    let key = EpochKey::from_bytes(secret(vector, "key"));
    let again = key.slot(&nonce, &device, vault, found.n).unwrap();
    assert_eq!(again[..121], file[start..start + 121]);
    let sealed_by_found = found.key.slot(&nonce, &device, vault, found.n).unwrap();
    assert_eq!(sealed_by_found, again);
}

fn keyring(vector: &Value) {
    let key = EpochKey::from_bytes(secret(vector, "epoch_key"));
    let vault = text(vector, "vault").parse().unwrap();
    let n = number(vector, "n");
    let came = Keyring::read(bytes(vector, "file"), &key, vault, n);
    let torn = matches!(&came, Ok(read) if read.torn);
    if torn {
        assert_eq!(text(vector, "expect"), "torn");
    } else if expected(vector, came.as_ref().map(|_| ()), |error| codes::keyring(error)).is_none() {
        return;
    }
    let read = came.unwrap();
    let entries = vector["entries"].as_array().unwrap();
    assert_eq!(read.good_len, number(vector, "good_len"));
    assert_eq!(read.keyring.len(), entries.len());
    for entry in entries {
        let row = text(entry, "row").parse().unwrap();
        let given = EntryKey::from_bytes(secret(entry, "key"));
        // Keys cannot be compared; what one seals, the other opens.
        let columns = Columns::new();
        let nonce = Nonce(vec![3; 12]);
        let sealed = given.seal(&nonce, Table::Remark, row, &columns, b"the same key").unwrap();
        let found = read.keyring.get(&row).unwrap();
        assert_eq!(*found.open(Table::Remark, row, &columns, &sealed).unwrap(), b"the same key");
    }
}

fn row(vector: &Value) {
    let tables = [Table::Person, Table::Grant, Table::RequestWrap, Table::Box, Table::Remark];
    let table = tables.into_iter().find(|table| table.name() == text(vector, "table")).unwrap();
    let columns = vector["columns"].as_array().unwrap().iter().fold(Columns::new(), column);
    assert_eq!(HEXLOWER.encode(columns.as_bytes()), text(vector, "encoded"));
    let key = EntryKey::from_bytes(secret(vector, "key"));
    let version = seal::RowVersion::from_bytes(array(vector, "row"));
    let sealed = bytes(vector, "sealed");
    let Some(body) = expected(vector, key.open(table, version, &columns, &sealed), codes::open) else {
        return;
    };
    assert_eq!(*body, bytes(vector, "body"));
    let nonce = Nonce(bytes(vector, "nonce"));
    assert_eq!(key.seal(&nonce, table, version, &columns, &body).unwrap(), sealed);
}

fn column(columns: Columns, value: &Value) -> Columns {
    match value.as_object().unwrap().keys().next().unwrap().as_str() {
        "integer" => columns.integer(number(value, "integer")),
        "text" => columns.text(text(value, "text")),
        "blob" => columns.blob(&bytes(value, "blob")),
        _ => columns.null(),
    }
}

vectors! { epochs, "epoch.json", super::epoch;
    newest_second_other_random newest_first_other_empty newest_second_older_first newest_first_older_second
    torn_write_of_the_newest random_after_the_checksum number_beyond_32_bits
    newest_does_not_open_older_would other_device one_number_twice same_slot_twice other_vault
    number_changed sealed_key_changed number_changed_checksum_right both_random all_zeros half_a_file
    one_byte_more empty_file
}
vectors! { keyrings, "keyring.json", super::keyring;
    three empty order_is_free torn_in_the_last_record torn_after_one_byte last_record_half_written
    last_record_zeros last_two_records_zeros first_record_torn_alone no_record_opens only_record_zeros middle_record_changed
    first_record_zeros record_of_an_older_epoch record_of_another_vault record_of_another_number
    one_row_twice same_record_twice head_of_another_epoch head_of_another_vault head_changed head_cut
    empty_file
}
vectors! { rows, "row.json", super::row;
    table_person table_grant table_request_wrap table_box table_remark no_columns large_integer empty_text
    other_key other_table other_row column_changed columns_swapped column_missing text_moved_between_columns
    null_is_not_empty body_changed
}
