//! Ctrl-C, and what else ends a command before its time: it is told what was left open.

use std::time::Duration;

use stripe_connector_host::contract::Effect;
use tokio::runtime::Handle;

use super::args::Args;
use super::course::{Course, Tally};
use super::output::{self, ErrorJson, FailureJson};
use super::repeat::Repeat;
use super::signals::{Signal, Signals};
use super::{Trouble, colour, dispatch, report};

/// A command that does not give up by then is stuck, such as with an output that nobody reads, and is left where it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs a command to its end, or until a signal. A second one ends it at once.
pub async fn attend(args: Args, repeat: &Repeat) -> Result<(), Trouble> {
    let mut signals = Signals::listen()
        .map_err(|error| Trouble::Usage(format!("this system lets nobody listen to signals: {error}")))?;
    let (course, json) = (args.global.course.clone(), args.global.json);
    // On a thread of its own: it may be stuck in writing, and no worker would be left to hear of the signal.
    let runtime = Handle::current();
    let mut command = tokio::task::spawn_blocking(move || runtime.block_on(dispatch(args)));
    let signal = tokio::select! {
        done = &mut command => return done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())),
        signal = signals.next() => signal,
    };
    course.stop(signal);
    tokio::spawn(async move {
        let again = signals.next().await;
        std::process::exit(again.code().into());
    });
    let patience = if *repeat == Repeat::Demo { Duration::MAX } else { PATIENCE };
    let told = match tokio::time::timeout(patience, &mut command).await {
        Ok(Ok(Err(Trouble::Interrupted(_)))) => tell(signal, &course, repeat, json),
        // It was faster.
        Ok(Ok(done)) => return done,
        Ok(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        // It may hold standard output.
        Err(_) => Told { output: None, aside: Some(text(signal, course.tally(), repeat)) },
    };
    // Nobody may read that either.
    let telling = tokio::task::spawn_blocking(move || told.write());
    let _ = tokio::time::timeout(PATIENCE, telling).await;
    Err(Trouble::Interrupted(signal))
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

/// What is told, and where.
struct Told {
    output: Option<String>,
    aside: Option<String>,
}

impl Told {
    /// Whoever read it may be gone, by the same signal.
    fn write(self) {
        if let Some(output) = self.output {
            let _ = output::line(output);
        }
        if let Some(aside) = self.aside {
            output::aside(aside);
        }
    }
}

/// On standard output as JSON, unless half of an answer is there already, or on standard error.
fn tell(signal: Signal, course: &Course, repeat: &Repeat, json: bool) -> Told {
    let tally = course.tally();
    let text = text(signal, tally, repeat);
    if course.is_partly_written() {
        // What was written is to end with its line.
        return Told { output: Some(String::new()), aside: Some(text) };
    }
    if !json {
        return Told { output: None, aside: Some(text) };
    }
    let effect = effect(tally);
    let key = repeat.key().filter(|_| effect != Effect::None);
    let error = FailureJson::own(KIND, message(signal, tally, repeat), effect, key);
    match serde_json::to_string(&ErrorJson { error }) {
        Ok(json) => Told { output: Some(json), aside: None },
        Err(_) => Told { output: None, aside: Some(text) },
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
