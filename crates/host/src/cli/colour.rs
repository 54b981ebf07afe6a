//! Colours, for people at a terminal. What clap prints, the log, failures and tables all go by one rule, which is clap's:
//! not with `NO_COLOR`; else always with `CLICOLOR_FORCE`; else on a terminal, unless `TERM=dumb`.

use std::io;

use anstream::{AutoStream, ColorChoice};
use console::{StyledObject, style};

/// Settles it for the whole process.
pub fn settle() {
    console::set_colors_enabled(AutoStream::choice(&io::stdout()) != ColorChoice::Never);
    console::set_colors_enabled_stderr(AutoStream::choice(&io::stderr()) != ColorChoice::Never);
}

/// How a failure begins on standard error, as clap's do.
pub fn error() -> StyledObject<&'static str> {
    style("error:").for_stderr().red().bold()
}
