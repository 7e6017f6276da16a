#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> bool {
    Outgoing::parse(text).is_err()
}

/// The schemes' published test numbers: stripe.com/docs/testing, docs.adyen.com "Test card numbers".
const CARDS: [&str; 17] = [
    "4111111111111111",
    "4242424242424242",
    "4222222222222",
    "4035501000000008",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "36227206271667",
    "30569309025904",
    "3566002020360505",
    "6205500000000000004",
    "6304000000000000",
    "6759649826438453",
    "5000550000000029",
    "8171999927660000",
];

#[test]
fn test_cards_of_every_scheme_are_refused() {
    for card in CARDS {
        assert!(refused(card), "{card}");
        assert!(refused(&format!("Your card no. {card}, valid until 12/27.")), "{card}");
        assert!(refused(&format!("ID{card}x")), "{card}");
    }
}

#[test]
fn whatever_stands_between_its_groups() {
    for between in [
        " ",
        "-",
        ".",
        "/",
        "_",
        ":",
        "|",
        ",",
        "·",
        "*",
        "–",
        "—",
        "\u{2011}",
        "\u{a0}",
        "\u{2009}",
        "\u{3000}",
        "\t",
        "\n",
        "\r\n",
        "\n> ",
        "\r\n> > ",
        " - ",
        "  ",
        "\u{200b}",
        "\u{ad}",
        "\u{2060} ",
        "'",
        "\u{feff}",
        "=\r\n",
    ] {
        let card = ["4111", "1111", "1111", "1111"].join(between);
        assert!(refused(&card), "{card:?}");
        let amex = ["3782", "822463", "10005"].join(between);
        assert!(refused(&format!("({amex})")), "{amex:?}");
        let digits: Vec<_> = "5555555555554444".chars().map(String::from).collect();
        assert!(refused(&digits.join(between)), "{between:?}");
    }
}

#[test]
fn in_digits_of_any_script() {
    for zero in ['０', '٠', '۰', '०', '๐', '𝟎', '𝟶', '₀', '🯰'] {
        let card: String = "4111111111111111"
            .chars()
            .map(|c| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap())
            .collect();
        assert!(refused(&card), "{card}");
    }
    assert!(refused("④①①① ①①①① ①①①① ①①①①"));
    assert!(refused("⁴¹¹¹¹¹¹¹¹¹¹¹¹¹¹¹"));
    assert!(refused("4️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣1️⃣"));
}

#[test]
fn within_a_longer_row() {
    assert!(refused("41111111111111111227123"), "with expiry and code behind it");
    assert!(refused("4111111111111111123"), "with a code right behind it");
    assert!(refused("3782822463100051234"), "with a code of four digits");
    assert!(refused("1234111111111111111"), "with something right before it");
    assert!(refused("%B4111111111111111^DOE/J^2712"), "a magnetic stripe");
    assert!(refused(";4111111111111111=27121011000012345678?"));
    assert!(refused("ticket 4821 4111 1111 1111 1111"), "a number before it");
    assert!(refused("+1 4111 1111 1111 1111"), "no telephone number is as long");
    assert!(refused("4111 1111 1111 1111 12/27 123"), "numbers after it");
}

#[test]
fn signs_that_divide_lists_hide_no_card() {
    for between in ["+", "(", ")", "#", ", ", "; ", " #", " + ", ") (", "+ "] {
        let card = ["4111", "1111", "1111", "1111"].join(between);
        assert!(refused(&card), "{card:?}");
        let amex = ["3782", "822463", "10005"].join(between);
        assert!(refused(&amex), "{amex:?}");
    }
    assert!(refused("41111111+11111111"));
}

#[test]
fn what_is_no_card_goes_out() {
    for text in [
        "",
        "Cloakroom: requested. The customer has a one-time link.",
        "#4821 #4822 #4823 #4824",
        "4821, 4822, 4823, 4824, 4825",
        "IT-12, HELP2-4821",
        "+49 30 901820, +49 (0)30 90182-100",
        "+4915123456789 +491512345678",
        "(555) 123-4567 (555) 987-6543",
        "2026-11-22 07:03:12 to 2026-11-23 08:04:13",
        "20261122070312345",
        "1700000000000 1700000000001",
        "CR-0123456789",
        "https://drop.example.com/#3mJr7AoUXx2Wqd4ghpnJ",
        "4111111111111112",
        "411111111111",
        "0000000000000000",
    ] {
        assert!(!refused(text), "{text}");
    }
}

#[test]
fn a_long_text_is_read_once() {
    // Every way to put its groups together would be more than a computer lives to try.
    assert!(!refused(&"0 ".repeat(50_000)));
    assert!(!refused(&"0".repeat(50_000)));
    assert!(refused(&format!("{}4111 1111 1111 1111", "0 ".repeat(50_000))));
}

#[test]
fn the_error_does_not_say_which() {
    let why = Outgoing::parse("4111 1111 1111 1111").unwrap_err().to_string();
    assert!(!why.contains("4111"));
    assert!(why.contains("write its digits in words"));
}

/// A number that is right, for a beginning and a length.
fn with_check(mut digits: Vec<u8>) -> Vec<u8> {
    for check in 0..10 {
        digits.push(check);
        if luhn(&digits) {
            break;
        }
        digits.pop();
    }
    digits
}

fn card() -> impl Strategy<Value = Vec<u8>> {
    let scheme = prop::sample::select(vec![
        ("4", 16),
        ("4", 19),
        ("51", 16),
        ("2221", 16),
        ("34", 15),
        ("6011", 16),
        ("3528", 16),
        ("36", 14),
        ("62", 17),
        ("62", 19),
        ("56", 18),
        ("67", 13),
    ]);
    (scheme, prop::collection::vec(0..10u8, 18)).prop_map(|((begin, length), rest)| {
        let digits = begin.bytes().map(|digit| digit - b'0').chain(rest).take(length - 1).collect();
        with_check(digits)
    })
}

fn between() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", " ", "-", ".", "\n", "\r\n> ", "\u{a0}", "\u{200b}", " - ", "/"])
}

proptest! {
    /// No card passes, however it is written.
    #[test]
    fn no_card_passes(card in card(), seams in prop::collection::vec(between(), 19), zero in prop::sample::select(vec!['0', '０', '٠', '𝟎']), before in "[a-z ]{0,8}", after in "[a-z .]{0,8}") {
        let mut text = before;
        for (digit, seam) in card.iter().zip(seams) {
            text.push(char::from_u32(u32::from(zero) + u32::from(*digit)).unwrap());
            text += seam;
        }
        text += &after;
        prop_assert!(refused(&text), "{:?}", text);
    }

    /// One wrong digit, and it is no card: what refuses everything would be no filter.
    #[test]
    fn a_wrong_digit_passes(card in card(), wrong in 1..10u8, place in 1..13usize) {
        // In a longer row a shorter one may be right by chance.
        prop_assume!(card.len() <= COMMON);
        let mut card = card;
        card[place] = (card[place] + wrong) % 10;
        let text: String = card.iter().map(|digit| char::from(b'0' + digit)).collect();
        prop_assert!(!refused(&text));
    }

    /// Ticket numbers do, one or a list of them.
    #[test]
    fn ticket_numbers_pass(tickets in prop::collection::vec(1..99_999_999u64, 1..12), style in 0..4u8) {
        let text: Vec<_> = tickets
            .iter()
            .map(|ticket| match style {
                0 => format!("#{ticket}"),
                1 => format!("IT-{ticket}"),
                2 => format!("{ticket},"),
                _ => format!("ticket {ticket} and"),
            })
            .collect();
        prop_assert!(!refused(&text.join(" ")), "{:?}", text);
    }

    /// Telephone numbers do: international ones (ITU-T E.164), and national ones that begin with 0.
    #[test]
    fn telephone_numbers_pass(numbers in prop::collection::vec("(\\+[1-9][0-9]{1,2} [0-9]{2,5}([ /-][0-9]{2,3}){1,2}|\\+[1-9][0-9]{6,13}|0[0-9]{2,4}[ /-][0-9]{4,7})", 1..5)) {
        prop_assert!(!refused(&numbers.join(", ")), "{:?}", numbers);
        prop_assert!(!refused(&numbers.join(" or ")), "{:?}", numbers);
    }

    #[test]
    fn nothing_breaks_it(text in "\\PC{0,60}") {
        let _ = refused(&text);
    }
}
