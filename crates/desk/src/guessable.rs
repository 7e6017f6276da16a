//! Passphrases that are long enough and still among the first that anyone would try.

use zeroize::Zeroizing;

/// Long passphrases that stand in every list of leaked ones, or in a famous drawing; compared by letters and digits.
const KNOWN: [&str; 12] = [
    "correcthorsebatterystaple",
    "passwordpassword",
    "password12345678",
    "passwort12345678",
    "iloveyouiloveyou",
    "letmeinletmeinletmein",
    "thisisapassword",
    "thisismypassword",
    "thequickbrownfox",
    "tobeornottobethatisthequestion",
    "administratoradministrator",
    "maytheforcebewithyou",
];

/// Rows of keys and alphabets along which fingers run.
const RUNS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcbazyxwvutsrqponmlkjihgfedcba",
    "012345678901234567890123456789",
    "987654321098765432109876543210",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
];

/// Whether a passphrase is one of the first that anyone would try: a known one, few different letters, one piece over
/// and over, a run along the keyboard, or nothing but the names given (company, person, product).
pub fn is_guessable(passphrase: &str, names: &[&str]) -> bool {
    let bare = bare(passphrase);
    let mut letters: Vec<char> = bare.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < 6
        || KNOWN.contains(&bare.as_str())
        || RUNS.iter().any(|run| run.contains(bare.as_str()))
        || is_repeated(&bare)
        || is_only_names(&bare, names)
}

/// Letters and digits alone, in lower case.
fn bare(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
}

/// One piece of at most eight characters, again and again.
fn is_repeated(bare: &str) -> bool {
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(bare.chars().collect());
    (1..=8).any(|period| {
        letters.len() >= 2 * period && letters.iter().zip(letters.iter().skip(period)).all(|(a, b)| a == b)
    })
}

/// What stays once every name is taken out is too short to matter.
fn is_only_names(whole: &str, names: &[&str]) -> bool {
    let mut rest = Zeroizing::new(whole.to_owned());
    for name in names.iter().flat_map(|name| name.split_whitespace()).chain(["cloakroom"]) {
        let name = bare(name);
        if name.chars().count() >= 3 {
            rest = Zeroizing::new(rest.replace(name.as_str(), ""));
        }
    }
    rest.len() < whole.len() && rest.chars().count() < 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_guesses_are_refused() {
        for guess in [
            "Correct horse battery staple",
            "password password",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "1234567890123456",
            "qwertyuiopasdfgh",
            "Cloakroom Hotel Adler 1",
            "hotel-adler-hotel-adler",
        ] {
            assert!(is_guessable(guess, &["Hotel Adler", "Mira Novak"]), "{guess}");
        }
    }

    #[test]
    fn unusual_words_are_taken() {
        for good in [
            "lantern gravel otter ninety",
            "Ein Fisch fährt selten Tram",
            "九つの青い提灯が夜の川を静かに下ってゆく",
        ] {
            assert!(!is_guessable(good, &["Hotel Adler", "Mira Novak"]), "{good}");
        }
    }
}
