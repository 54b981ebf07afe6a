//! What became of each row, aligned.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::case::Case;
use crate::run::Outcome;

const HEAD: [&str; 7] = ["row", "call", "kind", "effect", "attempts", "key", "elapsed"];

type Cells = [String; HEAD.len()];

/// Clones share their rows.
#[derive(Clone, Default)]
pub struct Table(Arc<Mutex<Vec<(usize, Cells)>>>);

impl Table {
    /// Notes a row by its place in the matrix; none for one that did not come to an end.
    pub fn note(&self, place: usize, case: &Case, outcome: Option<&Outcome>, wrong: bool) {
        let mut cells = Cells::default();
        cells[0] = if wrong { format!("{} FAILED", case.name) } else { case.name.clone() };
        cells[1] = case.call.name().to_owned();
        if let Some(outcome) = outcome {
            (cells[2], cells[3]) = match &outcome.result {
                Ok(_) => ("ok".to_owned(), String::new()),
                Err(failure) => (failure.kind.name().to_owned(), failure.effect.name().to_owned()),
            };
            cells[4] = outcome.admitted.to_string();
            cells[5] = outcome.key().to_owned();
            cells[6] = seconds(outcome.elapsed);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((place, cells));
    }

    pub fn text(&self) -> String {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        rows.sort_by_key(|(place, _)| *place);
        let all: Vec<_> =
            [HEAD.map(str::to_owned)].into_iter().chain(rows.into_iter().map(|(_, cells)| cells)).collect();
        let width = |column: usize| all.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; HEAD.len()] = std::array::from_fn(width);
        let mut text = String::new();
        for cells in &all {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                let _ = write!(line, "{cell:width$}  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
