//! From arguments to an exit code.

pub mod args;
mod catalog;
mod change;
mod check;
mod colour;
mod completions;
mod connect;
mod connection_file;
mod course;
mod demo;
mod fields;
mod help;
mod input;
mod interrupt;
mod list;
mod log;
mod output;
mod progress;
mod read;
mod repeat;
mod report;
mod sandbox;
mod serve;
mod signals;
mod table;

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use stripe_connector_host::CallError;
use uuid::Uuid;

use args::{Args, Command};
use log::Log;
use repeat::Repeat;
use signals::Signal;

/// Why a command did not do all it was asked to.
pub enum Trouble {
    /// Wrong usage: the command was not tried.
    Usage(String),
    /// A call has no result.
    Call {
        error: CallError,
        /// The call was to change something.
        write: bool,
    },
    /// The command told all about it already.
    Told,
    /// A signal ended it.
    Interrupted(Signal),
    /// Standard output does not take what is written.
    Output(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Trouble {
    /// The same of a call that was to change something.
    pub fn of_change(self) -> Self {
        match self {
            Self::Call { error, .. } => Self::Call { error, write: true },
            other => other,
        }
    }
}

/// Wrong usage, with what would be right.
pub fn usage(message: impl Display, advice: &str) -> Trouble {
    let advice = report::details([("what to do", Some(advice.to_owned()))]);
    Trouble::Usage(format!("{message}\n{}", advice.trim_end()))
}

/// For calls that only read.
pub fn reading(error: CallError) -> Trouble {
    Trouble::Call { error, write: false }
}

/// For calls that change something.
pub fn writing(error: CallError) -> Trouble {
    Trouble::Call { error, write: true }
}

/// Runs the command: 0 when it is done, 1 when the connector failed, 2 for wrong usage, 129, 130 and 143 when a signal ended
/// it.
pub async fn run(mut args: Args) -> ExitCode {
    let json = args.global.json;
    colour::settle();
    let log = match configure(&mut args) {
        Ok(log) => log,
        Err(trouble) => return conclude(trouble, &Repeat::Plain, json),
    };
    let repeat = Repeat::of(&args);
    let done = match args.command {
        // A signal is how it is done.
        Command::Sandbox { .. } | Command::Serve(_) => carry_out(args).await,
        _ => interrupt::attend(args, &repeat).await,
    };
    let code = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => conclude(trouble, &repeat, json),
    };
    log.close().await;
    code
}

/// Tells what the matter is.
fn conclude(trouble: Trouble, repeat: &Repeat, json: bool) -> ExitCode {
    match trouble {
        Trouble::Usage(message) => {
            output::aside(format_args!("{} {message}", colour::error()));
            ExitCode::from(2)
        }
        Trouble::Call { error, write } => {
            report::tell(&error, write, json, repeat.key());
            ExitCode::FAILURE
        }
        Trouble::Told => ExitCode::FAILURE,
        Trouble::Interrupted(signal) => ExitCode::from(signal.code()),
        // Whoever reads has seen enough, as `head` does.
        Trouble::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Trouble::Output(error) => {
            let advice = repeat.key().map(|key| format!("make room for it, and {}", repeat::with(key)));
            let advice = report::details([("what to do", advice)]);
            let message = format!("the answer cannot be written: {error}");
            output::aside(format_args!("{} {message}\n{advice}", colour::error()));
            ExitCode::FAILURE
        }
    }
}

/// Reads what the connection is set to, if there is to be one, and shows the log as that says.
fn configure(args: &mut Args) -> Result<Log, Trouble> {
    let connects = match &args.command {
        Command::Sandbox { .. } | Command::Completions { .. } => false,
        Command::Check(check) => !check.schema,
        _ => true,
    };
    if connects {
        args.global.config = connection_file::read(&args.global)?;
    }
    if args.command.takes_key() {
        // The connector would make one up, and nobody could say which when the command is ended.
        let own = || Uuid::new_v4().to_string();
        args.global.idempotency_key.get_or_insert_with(own);
    }
    Ok(log::show(args.global.verbose, &args.global.config))
}

/// Does what the command is for, until it is stopped.
async fn dispatch(args: Args) -> Result<(), Trouble> {
    let course = args.global.course.clone();
    if matches!(args.command, Command::Demo) {
        // It has something to tidy first.
        return carry_out(args).await;
    }
    tokio::select! {
        biased;
        signal = course.stopped() => Err(Trouble::Interrupted(signal)),
        done = carry_out(args) => done,
    }
}

async fn carry_out(args: Args) -> Result<(), Trouble> {
    let global = &args.global;
    match args.command {
        Command::Demo => demo::run(global).await,
        Command::Check(check) => check::run(global, &check).await,
        Command::Entities { name } => catalog::entities(global, name.as_deref()).await,
        Command::Actions { name } => catalog::actions(global, name.as_deref()).await,
        Command::List(list) => list::run(global, list).await,
        Command::Get(get) => read::get(global, &get).await,
        Command::Create(create) => change::create(global, &create).await,
        Command::Update(update) => change::update(global, update).await,
        Command::Delete(delete) => change::delete(global, delete).await,
        Command::Run(run) => read::run(global, &run).await,
        Command::Serve(serve) => serve::run(global, &serve).await,
        Command::Completions { shell } => completions::run(global, shell).await,
        Command::Sandbox { listen, seed_data, faults } => {
            sandbox::run(global, listen, seed_data, faults.as_deref()).await
        }
    }
}
