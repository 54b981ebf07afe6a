//! The clients that are compared.

mod async_stripe;
pub mod ours;
mod plain;

use std::process::Command;

use host_tests::tools;
use stripe_connector_host::Reuse;

use self::async_stripe::AsyncStripe;
use self::ours::Ours;
use self::plain::Plain;
use crate::drive::drive;
use crate::work::{Measured, Task};

/// A client, in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Reused,
    Fresh,
    Plain,
    AsyncStripe,
    Python,
    Node,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Reused, Self::Fresh, Self::Plain, Self::AsyncStripe, Self::Python, Self::Node];

    pub fn title(self) -> &'static str {
        match self {
            Self::Reused => "**ours**, instances reused",
            Self::Fresh => "**ours**, an instance per call",
            Self::Plain => "plain hyper, serde_json",
            Self::AsyncStripe => "async-stripe 1.0.0-rc.10",
            Self::Python => "Stripe's Python SDK 16.1.0",
            Self::Node => "Stripe's Node SDK 23.1.0",
        }
    }

    /// Its name for [`run`].
    fn name(self) -> &'static str {
        match self {
            Self::Reused => "reused",
            Self::Fresh => "fresh",
            Self::Plain => "plain",
            Self::AsyncStripe => "async-stripe",
            Self::Python => "client.py",
            Self::Node => "client.js",
        }
    }

    /// The program that does it: this one, or a script.
    pub fn command(self) -> Command {
        let script = |mut command: Command| {
            command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/").to_owned() + self.name());
            command
        };
        match self {
            Self::Python => script(tools::python()),
            Self::Node => script(tools::stripe_node()),
            _ => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.args(["client", self.name()]);
                command
            }
        }
    }
}

/// Does a task with the client of that name, of those in this program.
pub async fn run(name: &str, task: &Task) -> Measured {
    match name {
        "reused" => drive(Ours::new(&task.url, Reuse::default(), task.callers), task).await,
        "fresh" => drive(Ours::new(&task.url, Reuse::Never, task.callers), task).await,
        "plain" => drive(Plain::new(&task.url), task).await,
        "async-stripe" => drive(AsyncStripe::new(&task.url), task).await,
        other => panic!("there is no client {other}"),
    }
}
