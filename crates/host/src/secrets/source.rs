//! Where secrets come from, as one word of a configuration.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::{CommandSecrets, DirSecrets, EnvSecrets, Secrets};

/// A store of secrets by its name: `env`, `dir:PATH` or `command:PROGRAM ARGUMENT...`.
///
/// The words of a command are separated by blanks; `'...'` and `"..."` hold words with blanks together. Nothing else of
/// a shell's language is known, since there is no shell.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// [`EnvSecrets`].
    #[default]
    Environment,
    /// [`DirSecrets`].
    Directory(PathBuf),
    /// [`CommandSecrets`]: a program and its arguments.
    Command(String, Vec<String>),
}

impl Source {
    /// The store, with the time that a command may take and for which its secrets are kept, where these are said.
    pub fn open(&self, timeout: Option<Duration>, keep: Option<Duration>) -> Arc<dyn Secrets> {
        match self {
            Self::Environment => Arc::new(EnvSecrets),
            Self::Directory(path) => Arc::new(DirSecrets::new(path)),
            Self::Command(program, arguments) => {
                let command = CommandSecrets::new(program, arguments);
                let command = timeout.into_iter().fold(command, CommandSecrets::timeout);
                Arc::new(keep.into_iter().fold(command, CommandSecrets::keep))
            }
        }
    }
}

/// Why a text names no [`Source`]. It says what would, and does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongSource(&'static str);

impl fmt::Display for WrongSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WrongSource {}

impl FromStr for Source {
    type Err = WrongSource;

    fn from_str(text: &str) -> Result<Self, WrongSource> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "env" if rest.is_empty() => Ok(Self::Environment),
            "dir" if rest.is_empty() => Err(WrongSource("`dir:` is followed by the path of a directory")),
            "dir" => Ok(Self::Directory(rest.into())),
            "command" => {
                let mut words = words(rest)?.into_iter();
                let program = words.next().filter(|program| !program.is_empty());
                let program =
                    program.ok_or(WrongSource("`command:` is followed by a program and its arguments"))?;
                Ok(Self::Command(program, words.collect()))
            }
            _ => Err(WrongSource("it must be `env`, `dir:PATH` or `command:PROGRAM ARGUMENT...`")),
        }
    }
}

fn words(text: &str) -> Result<Vec<String>, WrongSource> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        Some(end) if end == character => break,
                        Some(inside) => word.push(inside),
                        None => return Err(WrongSource("a quotation mark of the command is not closed")),
                    }
                }
            }
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            // Its arguments may hold what logs in to the secret manager.
            Self::Command(program, _) => f.debug_tuple("Command").field(program).finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Source {
        let mut words = words.iter().map(|word| (*word).to_owned());
        Source::Command(words.next().unwrap(), words.collect())
    }

    #[test]
    fn stores_by_name() {
        for (text, source) in [
            ("env", Source::Environment),
            ("dir:/run/secrets", Source::Directory("/run/secrets".into())),
            ("dir:C:\\secrets", Source::Directory("C:\\secrets".into())),
            ("command:pass show {name}", command(&["pass", "show", "{name}"])),
            ("command: a  'b c' \"d'e\" ''", command(&["a", "b c", "d'e", ""])),
            ("command:a x=' 1'2 $HOME;id", command(&["a", "x= 12", "$HOME;id"])),
        ] {
            assert_eq!(text.parse(), Ok(source), "{text}");
        }
        for text in
            ["", "environment", "dir", "dir:", "command:", "command: ''", "command:a 'b", "env:x", "/run"]
        {
            let told = text.parse::<Source>().unwrap_err().to_string();
            assert!(told.contains('`') || told.contains("closed"), "{text}: {told}");
        }
    }

    #[test]
    fn debug_shows_no_arguments() {
        let source: Source = "command:vault --token=canary".parse().unwrap();
        assert!(!format!("{source:?}").contains("canary"));
    }
}
