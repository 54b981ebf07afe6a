//! The command `stripe-connector`.

mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    // Wrong usage ends here, with what clap says about it and exit code 2.
    cli::run(cli::args::Args::parse()).await
}
