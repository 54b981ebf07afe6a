//! How far a long listing is, on standard error.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less is not worth a word.
const SILENCE: Duration = Duration::from_secs(1);

/// A count of rows. It shows after a second, on a terminal, and is gone when dropped.
pub struct Progress {
    bar: ProgressBar,
    /// Dropped with the rest, which ends the wait before it shows.
    _shown: Sender<()>,
}

impl Progress {
    pub fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} rows, {per_sec:.0}, {elapsed}") {
            bar.set_style(style);
        }
        let later = bar.clone();
        let (shown, dropped) = mpsc::channel();
        // No task: the bar is locked for as long as a full pipe takes no rows, and a worker that waits for it would hear
        // neither of answers nor of Ctrl-C.
        thread::spawn(move || {
            if dropped.recv_timeout(SILENCE) == Err(RecvTimeoutError::Timeout) {
                // It hides by itself where standard error is no terminal.
                later.set_draw_target(ProgressDrawTarget::stderr());
                later.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Self { bar, _shown: shown }
    }

    /// Counts `rows` more and lets `write` have the terminal.
    pub fn advance<T>(&self, rows: u64, write: impl FnOnce() -> T) -> T {
        self.bar.inc(rows);
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
