//! The command `stripe-connector`.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Wrong usage ends here, with what clap says about it and exit code 2.
    let args = cli::args::Args::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(cli::run(args));
    // The process ends with whatever still runs. What is stuck in reading or writing must not keep it, and tasks that are
    // ended one by one complain about each other.
    std::mem::forget(runtime);
    code
}
