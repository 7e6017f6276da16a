//! Where settings are given: a file, the environment, the command line, each weightier than the one before. What is
//! wrong is named by its place and its key, never by its value.

use super::table::{PREFIX, SETTINGS, Setting};
use clap::{Arg, ArgAction, ArgMatches, Command, parser::ValueSource};
use std::{fmt, fs, path::Path, sync::LazyLock};
use toml::de::{DeTable, DeValue};

/// One setting, as it was given.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) values: Vec<String>,
    pub(super) place: Place,
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of the file.
    Line(usize, String),
    Variable(String),
    Flag(String),
    /// The settings together.
    All,
}

/// Something wrong with the settings, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) place: Place,
    pub(super) what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Line(line, key) if key.is_empty() => write!(out, "line {line}: {}", self.what),
            Place::Line(line, key) => write!(out, "line {line}: {key} {}", self.what),
            Place::Variable(name) => write!(out, "{name} {}", self.what),
            Place::Flag(name) => write!(out, "--{name} {}", self.what),
            Place::All => write!(out, "{}", self.what),
        }
    }
}

/// Reads the file: what it sets, and what is wrong with it.
pub(super) fn file(path: &Path) -> (Vec<Given>, Vec<Wrong>) {
    match fs::read_to_string(path) {
        Ok(text) => read(&text),
        Err(error) => {
            let what =
                format!("{} cannot be read ({error}); check its name and who may read it", path.display());
            (Vec::new(), vec![Wrong { place: Place::All, what }])
        }
    }
}

fn read(text: &str) -> (Vec<Given>, Vec<Wrong>) {
    let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let place = Place::Line(error.span().map_or(1, |span| line(span.start)), String::new());
            let what = if error.message().contains("duplicate key") {
                "this stands in the file twice; keep one of the two"
            } else {
                "this is not TOML: a setting is a name, an equals sign and a value"
            };
            return (Vec::new(), vec![Wrong { place, what: what.to_owned() }]);
        }
    };
    let (mut given, mut wrong) = (Vec::new(), Vec::new());
    let mut tables = vec![(String::new(), table.get_ref())];
    while let Some((prefix, table)) = tables.pop() {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let place = Place::Line(line(name.span().start), sayable(&key));
            let setting = SETTINGS.iter().find(|setting| setting.key == key);
            match (setting, value.get_ref()) {
                (None, DeValue::Table(inner)) if is_table(&key) => tables.push((format!("{key}."), inner)),
                (None, _) => wrong.push(unknown(place)),
                (Some(setting), value) => match values(setting, value) {
                    Some(values) => given.push(Given { setting, values, place }),
                    None => wrong.push(Wrong { place, what: expected(setting).to_owned() }),
                },
            }
        }
    }
    (given, wrong)
}

/// Whether settings stand in a table of this name.
fn is_table(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

/// A key as it may be repeated: a value in its place would not look like one.
fn sayable(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.';
    if key.len() <= 40 && key.bytes().all(plain) { key.to_owned() } else { "what stands here".to_owned() }
}

fn unknown(place: Place) -> Wrong {
    Wrong { place, what: "is no setting; `cloakroom-relay serve --help` lists them".to_owned() }
}

fn expected(setting: &Setting) -> &'static str {
    if setting.many {
        "must be a text, or texts in square brackets"
    } else {
        "must be one text, number or true or false"
    }
}

fn values(setting: &Setting, value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(all) if setting.many => all.iter().map(|one| plain(one.get_ref())).collect(),
        value => plain(value).map(|text| vec![text]),
    }
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// Variables of ours that no setting has.
pub(super) fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<Wrong> {
    let known =
        |name: &str| name == CONFIG_VARIABLE || SETTINGS.iter().any(|setting| setting.variable() == name);
    names
        .filter(|name| name.starts_with(PREFIX) && !known(name))
        .map(|name| unknown(Place::Variable(name)))
        .collect()
}

/// The variable that names the file.
pub(super) const CONFIG_VARIABLE: &str = "CLOAKROOM_RELAY_CONFIG";

/// Adds a flag, with its variable, for every setting.
pub(super) fn flags(mut command: Command) -> Command {
    // The parser wants names that live as long as the program.
    static NAMES: LazyLock<Vec<[String; 2]>> =
        LazyLock::new(|| SETTINGS.iter().map(|setting| [setting.flag(), setting.variable()]).collect());
    for (setting, [flag, variable]) in SETTINGS.iter().zip(NAMES.iter()) {
        let mut flag = Arg::new(setting.key).long(flag.as_str()).env(variable.as_str()).help(setting.help);
        flag = flag.value_name(if setting.key.ends_with("dir") { "FOLDER" } else { "VALUE" });
        flag = if setting.many {
            flag.action(ArgAction::Append).value_delimiter(',')
        } else {
            flag.action(ArgAction::Set)
        };
        command = command.arg(flag);
    }
    command
}

/// What the environment and the command line gave.
pub(super) fn given(matches: &ArgMatches) -> Vec<Given> {
    let mut given = Vec::new();
    for setting in SETTINGS {
        let Some(values) = matches.get_many::<String>(setting.key) else { continue };
        let place = match matches.value_source(setting.key) {
            Some(ValueSource::EnvVariable) => Place::Variable(setting.variable()),
            _ => Place::Flag(setting.flag()),
        };
        given.push(Given { setting, values: values.cloned().collect(), place });
    }
    given
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        read(text).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_is_read() {
        let given =
            read("data_dir = \"/d\"\n[limits]\nconnections = 10\n[acme]\ndomains = [\"a\", \"b\"]\n").0;
        let mut found: Vec<_> = given.iter().map(|one| (one.setting.key, one.values.join("+"))).collect();
        found.sort();
        assert_eq!(
            found,
            [
                ("acme.domains", "a+b".to_owned()),
                ("data_dir", "/d".to_owned()),
                ("limits.connections", "10".to_owned())
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place_and_not_by_its_value() {
        let secret = "4111111111111111";
        for (text, expected) in [
            (format!("\n\nlisen = \"{secret}\"\n"), "line 3: lisen is no setting"),
            (format!("[tls]\ncert = \"a\"\n\"{secret}\" = 1\n"), "line 3: what stands here is no setting"),
            (format!("[limits]\nconnections = [\"{secret}\"]\n"), "line 2: limits.connections must be one"),
            (format!("[{secret}x]\na = 1\n"), "line 1: what stands here is no setting"),
            (format!("page = {secret}x\n"), "line 1: this is not TOML"),
            (format!("page = \"a\"\nlisten \"{secret}\"\n"), "line 2: this is not TOML"),
            (format!("page = \"a\"\npage = \"{secret}\"\n"), "line 2: this stands in the file twice"),
            (format!("[page]\na = \"{secret}\"\n"), "line 1: page must be one"),
        ] {
            let wrong = wrong(&text);
            assert!(wrong.iter().any(|one| one.starts_with(expected)), "{text}: {wrong:?}");
            assert!(!wrong.concat().contains(secret), "{wrong:?}");
        }
        // All of it at once.
        assert_eq!(wrong("a = 1\nb = 2\n").len(), 2);
    }

    #[test]
    fn a_mistyped_variable_is_found() {
        let names = ["PATH", "CLOAKROOM_RELAY_LISTEN", "CLOAKROOM_RELAY_CONFIG", "CLOAKROOM_RELAY_LISEN"];
        let wrong = unknown_variables(names.into_iter().map(ToOwned::to_owned));
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].to_string().starts_with("CLOAKROOM_RELAY_LISEN is no setting"));
    }
}
