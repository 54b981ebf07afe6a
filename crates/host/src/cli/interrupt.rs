//! Ctrl-C, and what else ends a command before its time: it is told what was left open.

use std::io::{self, Write};
use std::time::Duration;

use stripe_connector_host::contract::Effect;
use tokio::runtime::Handle;

use super::args::{Args, Command};
use super::course::{Course, Tally};
use super::output::{self, ErrorJson, FailureJson};
use super::{Trouble, colour, dispatch, report};

/// A command that does not give up by then is stuck, such as with an output that nobody reads, and is left where it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// What ends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    /// As shells have it: 128 and the signal's number.
    pub fn code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Runs a command to its end, or until a signal. A second one ends it at once.
pub async fn attend(args: Args) -> Result<(), Trouble> {
    let mut signals = Signals::listen()?;
    let course = args.global.course.clone();
    let (json, repeat) = (args.global.json, Repeat::of(&args));
    // On a thread of its own: it may be stuck in writing, and no worker would be left to hear of the signal.
    let runtime = Handle::current();
    let mut command = tokio::task::spawn_blocking(move || runtime.block_on(dispatch(args)));
    let signal = tokio::select! {
        done = &mut command => return done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
        signal = signals.next() => signal,
    };
    course.stop(signal);
    let patience = if repeat == Repeat::Demo { Duration::MAX } else { PATIENCE };
    let ended = tokio::select! {
        ended = &mut command => Some(ended),
        _ = signals.next() => None,
        () = tokio::time::sleep(patience) => None,
    };
    match ended {
        Some(Ok(Err(Trouble::Interrupted(_)))) => tell(signal, &course, &repeat, json),
        // It was faster.
        Some(Ok(done)) => return done,
        Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        // It may hold standard output.
        None => output::aside(text(signal, course.tally(), &repeat)),
    }
    Err(Trouble::Interrupted(signal))
}

/// How a command is done whole after it was ended.
#[derive(PartialEq, Eq)]
enum Repeat {
    /// There is nothing about it that must be done once only.
    Plain,
    /// With this idempotency key.
    Key(String),
    /// As it is: what is deleted cannot be deleted once more.
    Delete,
    /// Not at all.
    Demo,
}

impl Repeat {
    fn of(args: &Args) -> Self {
        match (&args.command, &args.global.idempotency_key) {
            (Command::Demo, _) => Self::Demo,
            (Command::Delete(_), _) => Self::Delete,
            (command, Some(key)) if command.takes_key() => Self::Key(key.clone()),
            _ => Self::Plain,
        }
    }

    fn advice(&self, effect: Effect) -> Option<String> {
        match self {
            _ if effect == Effect::None => None,
            Self::Plain => None,
            Self::Key(key) => Some(report::repeat_with(key)),
            Self::Delete => Some("repeat the same command; what is deleted already stays deleted".to_owned()),
            Self::Demo => Some("nothing: the demo changes test data only".to_owned()),
        }
    }
}

fn message(signal: Signal, tally: Tally, repeat: &Repeat) -> String {
    let changes =
        |count| if count == 1 { "1 change was".to_owned() } else { format!("{count} changes were") };
    let told = match tally {
        Tally { answered: 0, open: 0 } if *repeat == Repeat::Plain => {
            return format!("ended by {}", signal.name());
        }
        Tally { answered: 0, open: 0 } => "no change had been sent".to_owned(),
        Tally { answered: 0, open } => format!("{} left open", changes(open)),
        Tally { answered, open } => {
            let was = if open == 1 { "was" } else { "were" };
            format!("{} answered, {open} {was} left open", changes(answered))
        }
    };
    format!("ended by {}; {told}", signal.name())
}

fn effect(tally: Tally) -> Effect {
    if tally == (Tally { answered: 0, open: 0 }) { Effect::None } else { Effect::Unknown }
}

const KIND: &str = "interrupted";

fn text(signal: Signal, tally: Tally, repeat: &Repeat) -> String {
    let effect = effect(tally);
    let lines =
        [("effect", Some(report::effect_text(effect).to_owned())), ("what to do", repeat.advice(effect))];
    format!("{} {KIND}: {}\n{}", colour::error(), message(signal, tally, repeat), report::details(lines))
}

/// On standard output as JSON, unless half of an answer is there already, or on standard error.
fn tell(signal: Signal, course: &Course, repeat: &Repeat, json: bool) {
    let tally = course.tally();
    if course.is_partly_written() {
        // What was written is to end with its line. Whoever read it may be gone, by the same Ctrl-C.
        let _ = writeln!(io::stdout());
    } else if json {
        let key = match repeat {
            Repeat::Key(key) => Some(key.as_str()),
            _ => None,
        };
        let effect = effect(tally);
        let key = key.filter(|_| effect != Effect::None);
        let error = FailureJson::own(KIND, message(signal, tally, repeat), effect, key);
        if output::json(&ErrorJson { error }).is_ok() {
            return;
        }
    }
    output::aside(text(signal, tally, repeat));
}

/// The signals themselves. From when they are listened to, they end nothing by themselves.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            // It cannot be listened to, so it ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(answered: usize, open: usize) -> String {
        text(Signal::Interrupt, Tally { answered, open }, &Repeat::Key("order-1".to_owned()))
    }

    #[test]
    fn what_was_left_open_is_told() {
        let none = told(0, 0);
        assert!(none.contains("ended by Ctrl-C; no change had been sent\n"), "{none}");
        assert!(none.contains("none, nothing was changed") && !none.contains("order-1"), "{none}");
        for (answered, open, words) in [
            (0, 1, "; 1 change was left open\n"),
            (0, 2, "; 2 changes were left open\n"),
            (12, 1, "; 12 changes were answered, 1 was left open\n"),
            (1, 0, "; 1 change was answered, 0 were left open\n"),
        ] {
            let text = told(answered, open);
            assert!(text.contains(words), "{text}");
            assert!(text.contains("unknown") && text.contains("--idempotency-key order-1"), "{text}");
        }
    }
}
