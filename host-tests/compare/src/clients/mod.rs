//! The clients that are compared.

mod async_stripe;
pub mod ours;
mod plain;
mod stock;

use std::path::Path;
use std::process::Command;

use host_tests::tools;
use stripe_connector_host::{COMPONENT, Reuse};
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use self::async_stripe::AsyncStripe;
use self::ours::Ours;
use self::plain::Plain;
use self::stock::Stock;
use crate::drive::drive;
use crate::run::plain_component;
use crate::work::{Measured, Task, Work};

/// A client, in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Reused,
    Fresh,
    PlainReused,
    PlainFresh,
    Plain,
    AsyncStripe,
    Stock,
    Python,
    Node,
}

impl Kind {
    /// What is measured without TLS.
    pub const ALL: [Self; 8] = [
        Self::Reused,
        Self::Fresh,
        Self::PlainReused,
        Self::PlainFresh,
        Self::Plain,
        Self::AsyncStripe,
        Self::Python,
        Self::Node,
    ];

    /// What is measured with it.
    pub const TLS: [Self; 7] =
        [Self::Reused, Self::Fresh, Self::Plain, Self::AsyncStripe, Self::Stock, Self::Python, Self::Node];

    /// Whether it is measured with this work.
    pub fn does(self, work: Work) -> bool {
        !matches!(self, Self::PlainReused | Self::PlainFresh) || !work.is_list()
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Reused => "**ours**, instances reused",
            Self::Fresh => "**ours**, an instance per call",
            Self::PlainReused => "a plain component, instances reused",
            Self::PlainFresh => "a plain component, an instance per call",
            Self::Plain => "plain hyper, serde_json",
            Self::AsyncStripe => "async-stripe 1.0.0-rc.10",
            Self::Stock => "the component, wasmtime's default network",
            Self::Python => "Stripe's Python SDK 16.1.0",
            Self::Node => "Stripe's Node SDK 23.1.0",
        }
    }

    /// Its name for [`run`], and in the charts' data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reused => "reused",
            Self::Fresh => "fresh",
            Self::PlainReused => "plain-reused",
            Self::PlainFresh => "plain-fresh",
            Self::Plain => "plain",
            Self::AsyncStripe => "async-stripe",
            Self::Stock => "stock",
            Self::Python => "client.py",
            Self::Node => "client.js",
        }
    }

    /// The program that does it: this one, or a script. Those that are told whom to trust by the environment are told.
    pub fn command(self, roots: Option<&Path>) -> Command {
        let script = |mut command: Command| {
            command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/").to_owned() + self.name());
            command
        };
        let mut command = match self {
            Self::Python => script(tools::python()),
            Self::Node => script(tools::stripe_node()),
            _ => {
                let mut command = Command::new(std::env::current_exe().expect("this program"));
                command.args(["client", self.name()]);
                command
            }
        };
        if let Some(roots) = roots {
            match self {
                Self::AsyncStripe => command.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR"),
                Self::Node => command.env("NODE_EXTRA_CA_CERTS", roots),
                _ => &mut command,
            };
        }
        command
    }
}

/// Does a task with the client of that name, of those in this program.
pub async fn run(name: &str, task: &Task) -> Measured {
    let (url, roots) = (&task.url, task.roots.as_deref());
    match name {
        "reused" => drive(Ours::new(COMPONENT, url, roots, Reuse::default(), task.callers), task).await,
        "fresh" => drive(Ours::new(COMPONENT, url, roots, Reuse::Never, task.callers), task).await,
        "plain-reused" => {
            drive(Ours::new(&plain_component(), url, roots, Reuse::default(), task.callers), task).await
        }
        "plain-fresh" => {
            drive(Ours::new(&plain_component(), url, roots, Reuse::Never, task.callers), task).await
        }
        "plain" => drive(Plain::new(url, roots), task).await,
        "async-stripe" => drive(AsyncStripe::new(url), task).await,
        "stock" => drive(Stock::new(url, roots), task).await,
        other => panic!("there is no client {other}"),
    }
}

/// What that file has, for those that are told whom to trust by their program.
fn roots(file: Option<&Path>) -> RootCertStore {
    let mut store = RootCertStore::empty();
    for certificate in
        file.map(|file| CertificateDer::pem_file_iter(file).expect("a file")).into_iter().flatten()
    {
        store.add(certificate.expect("a certificate")).expect("a certificate");
    }
    store
}
