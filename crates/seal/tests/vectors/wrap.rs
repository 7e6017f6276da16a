use crate::{
    codes,
    file::{Nonce, array, box_id, bytes, expected, number, text, vectors},
};
use seal::{
    ClassIdentity, Link, PersonIdentity, RequestIdentity, SystemRng, agefile, grant,
    link::LinkOpenError,
    share, wrap,
    wrap::{Shared, WrapError},
};
use serde_json::Value;
use std::io::Cursor;
use wire::{DataClass, RelayShare};

fn age(vector: &Value) {
    match text(vector, "kind") {
        "request_wrap" => request_wrap(vector),
        "grant" => granted(vector),
        "link" => kept_link(vector),
        _ => item(vector),
    }
}

fn request_wrap(vector: &Value) {
    let class = ClassIdentity::from_text(text(vector, "identity")).unwrap();
    assert_eq!(class.recipient().to_text(), text(vector, "recipient"));
    let code = |error: &WrapError| match error {
        WrapError::Age(error) => codes::age(error),
        WrapError::Key(_) => "not-a-key",
        WrapError::NeedsShare => "needs-share",
        WrapError::NewerKind => "newer-kind",
        WrapError::Share(error) => codes::open(error),
    };
    let share = vector["share"].is_string().then(|| RelayShare::from_bytes(array(vector, "share")));
    let under = share.as_ref().map(|share| {
        let class = DataClass::try_from(u8::try_from(number(vector, "class")).unwrap()).unwrap();
        Shared { share, id: box_id(vector), class }
    });
    let opened = wrap::open_with(&class, &bytes(vector, "age"), under);
    let Some(request) = expected(vector, opened, code) else { return };
    if let Some(under) = under {
        let sealed = bytes(vector, "sealed");
        let again = share::seal(&Nonce(sealed[1..13].to_vec()), under.share, under.id, under.class, &request);
        assert_eq!(again.unwrap(), sealed);
        let again = wrap::seal_shared(&SystemRng, &request, &class.recipient(), under).unwrap();
        assert!(matches!(wrap::open(&class, &again), Err(WrapError::NeedsShare)));
        assert_eq!(wrap::open_with(&class, &again, Some(under)).unwrap().to_text(), request.to_text());
    }
    assert_eq!(*request.to_text(), text(vector, "out"));
    let again = wrap::seal(&request, &class.recipient()).unwrap();
    assert_eq!(wrap::open(&class, &again).unwrap().to_text(), request.to_text());
}

fn granted(vector: &Value) {
    let holder = PersonIdentity::from_text(text(vector, "identity")).unwrap();
    let code = |error: &grant::GrantError| match error {
        grant::GrantError::Age(error) => codes::age(error),
        grant::GrantError::Key(_) => "not-a-key",
    };
    let Some(class) = expected(vector, grant::open(&holder, &bytes(vector, "age")), code) else { return };
    assert_eq!(*class.to_text(), text(vector, "out"));
    let again = grant::seal(&class, &holder.recipient()).unwrap();
    assert_eq!(grant::open(&holder, &again).unwrap().to_text(), class.to_text());
}

fn kept_link(vector: &Value) {
    let request = RequestIdentity::from_text(text(vector, "identity")).unwrap();
    let code = |error: &LinkOpenError| match error {
        LinkOpenError::Age(error) => codes::age(error),
        LinkOpenError::Link(_) => "damaged",
    };
    let Some(link) = expected(vector, Link::open_from(&request, &bytes(vector, "age")), code) else { return };
    assert_eq!(*link.encode(), text(vector, "out"));
}

/// Buffered and in two passes alike; a bad item releases nothing.
fn item(vector: &Value) {
    let request = RequestIdentity::from_text(text(vector, "identity")).unwrap();
    let (sealed, length) = (bytes(vector, "age"), number(vector, "length"));
    let mut released = Vec::new();
    let streamed = agefile::open_item_to(&request, &mut Cursor::new(&sealed), length, &mut released);
    let good = expected(vector, streamed, codes::age).is_some();
    let buffered = agefile::open_item(&request, sealed.as_slice(), length);
    let opened = expected(vector, buffered, codes::age);
    if good {
        assert_eq!(released, bytes(vector, "out"));
        assert_eq!(*opened.unwrap(), released);
    } else {
        assert!(released.is_empty());
    }
}

vectors! { age_files, "wrap.json", super::age;
    request_wrap other_class header_changed content_changed content_cut header_cut not_age share_needed
    kind_of_a_newer_version empty_wrap not_a_key shared shared_other_share shared_other_box shared_other_class
    shared_without shared_cut shared_not_a_key grant grant_to_recovery grant_to_somebody_else link item
    item_length_too_small item_length_too_large item_padding_not_zero item_cut
}
