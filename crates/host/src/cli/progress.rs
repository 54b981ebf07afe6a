//! How far a long listing is, on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

/// What takes less is not worth a word.
const SILENCE: Duration = Duration::from_secs(1);

/// A count of rows. It shows after a second, on a terminal, and is gone when dropped.
pub struct Progress {
    bar: ProgressBar,
    show: JoinHandle<()>,
}

impl Progress {
    pub fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} rows, {per_sec:.0}, {elapsed}") {
            bar.set_style(style);
        }
        let later = bar.clone();
        let show = tokio::spawn(async move {
            tokio::time::sleep(SILENCE).await;
            // It hides by itself where standard error is no terminal.
            later.set_draw_target(ProgressDrawTarget::stderr());
            later.enable_steady_tick(Duration::from_millis(100));
        });
        Self { bar, show }
    }

    /// Counts `rows` more and lets `write` have the terminal.
    pub fn advance<T>(&self, rows: u64, write: impl FnOnce() -> T) -> T {
        self.bar.inc(rows);
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.show.abort();
        self.bar.finish_and_clear();
    }
}
