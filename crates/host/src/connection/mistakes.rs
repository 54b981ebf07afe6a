//! What is wrong with a connection's settings, all of it at once.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the file: line and column, from 1.
    File(usize, usize),
    /// In this environment variable.
    Environment(String),
    /// Nowhere in particular: it is missing, or was set by the host.
    Nowhere,
}

/// One thing that is wrong. It never repeats a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What, and what would be right.
    pub message: String,
}

/// All that is wrong, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    file: Option<PathBuf>,
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    pub(super) fn new(mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| match mistake.place {
            Place::File(line, column) => (line, column),
            Place::Environment(_) | Place::Nowhere => (usize::MAX, 0),
        });
        Self { file: None, mistakes }
    }

    pub(super) fn of_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.mistakes.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_deref().map_or_else(|| "line".to_owned(), |file| file.display().to_string());
        f.write_str("the connection's settings are wrong")?;
        for Mistake { place, message } in &self.mistakes {
            match place {
                Place::File(line, column) => write!(f, "\n  {file}:{line}:{column}: {message}")?,
                Place::Environment(variable) => write!(f, "\n  environment variable {variable}: {message}")?,
                Place::Nowhere if self.file.is_some() => write!(f, "\n  {file}: {message}")?,
                Place::Nowhere => write!(f, "\n  {message}")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
