//! The command `catalog-gen`: takes facts out of Stripe's OpenAPI description and writes them where the workspace
//! reads them, so that nothing else needs the description.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use stripe_catalog_gen::description::Description;
use stripe_catalog_gen::output::outputs;

#[derive(Parser)]
#[command(about = "Writes what the workspace takes from Stripe's OpenAPI description")]
struct Args {
    /// Stripe's OpenAPI description, spec3.json of github.com/stripe/openapi
    #[arg(value_name = "SPEC3.JSON")]
    description: PathBuf,
    /// Write nothing; fail if a committed file differs
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("catalog-gen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let description = Description::read(&args.description)?;
    for output in outputs(&description)? {
        if args.check {
            output.compare()?
        } else {
            output.write()?
        }
        println!("{}: {}, {} bytes", output.file, output.statistics, output.text.len());
    }
    Ok(())
}
