//! The Stripes that the component is tried on: the sandbox of this project, and two that others wrote, each of these
//! as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use stripe_connector_sandbox::Sandbox;

use crate::stage::loopback;
use crate::tools;

/// One implementation of Stripe's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stripe {
    Sandbox,
    /// PyPI's localstripe.
    Localstripe,
    /// npm's stripe-stateful-mock.
    StatefulMock,
}

impl Stripe {
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::Localstripe, Self::StatefulMock];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Localstripe => "localstripe",
            Self::StatefulMock => "stateful-mock",
        }
    }

    /// Starts it, empty, on a free port of loopback.
    pub async fn start(self) -> Running {
        match self {
            Self::Sandbox => Running::Sandbox(Sandbox::start(loopback()).await.expect("a free port")),
            Self::Localstripe => {
                let mut python = tools::python();
                python.arg(tools::script("serve_localstripe.py"));
                Running::Process(Process::start(python))
            }
            Self::StatefulMock => {
                let mut node = tools::node();
                node.arg(tools::script("serve_stateful_mock.js"));
                Running::Process(Process::start(node))
            }
        }
    }
}

/// A Stripe that serves until it is dropped.
pub enum Running {
    Sandbox(Sandbox),
    Process(Process),
}

impl Running {
    pub fn url(&self) -> String {
        match self {
            Self::Sandbox(sandbox) => sandbox.url(),
            Self::Process(process) => format!("http://127.0.0.1:{}", process.port),
        }
    }

    /// What it printed, which tells what went wrong inside.
    pub fn printed(&self) -> String {
        match self {
            Self::Sandbox(_) => String::new(),
            Self::Process(process) => process.printed(),
        }
    }
}

/// A server that prints its port once it listens.
pub struct Process {
    child: Child,
    port: u16,
    printed: Arc<Mutex<String>>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let both = writer.try_clone().expect("a pipe");
        let child = command.stdin(Stdio::piped()).stdout(writer).stderr(both).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // From here on a panic ends the process too.
        let mut process = Self { child, port: 0, printed: Arc::default() };
        let called = format!("{command:?}");
        // It holds the writing end, and the reader would wait for it for ever.
        drop(command);
        let mut reader = BufReader::new(reader);
        // Warnings may come first.
        let mut first = String::new();
        while process.port == 0 {
            let start = first.len();
            let read = reader.read_line(&mut first).unwrap_or(0);
            assert!(read > 0, "{called} ended before it served: {first}");
            process.port = first[start..].trim().parse().unwrap_or(0);
        }
        let printed = process.printed.clone();
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
                printed.push_str(&line);
                printed.push('\n');
            }
        });
        process
    }

    fn printed(&self) -> String {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
