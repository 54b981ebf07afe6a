//! The command `catalog-gen`: takes facts out of Stripe's OpenAPI description and writes them where the workspace
//! reads them, so that nothing else needs the description.

mod description;
mod nodes;
mod sandbox;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;

use description::Description;
use sandbox::Facts;

#[derive(Parser)]
#[command(about = "Writes crates/sandbox/src/spec/facts.json from Stripe's OpenAPI description")]
struct Args {
    /// Stripe's OpenAPI description, spec3.json of github.com/stripe/openapi
    #[arg(value_name = "SPEC3.JSON")]
    description: PathBuf,
    /// Write nothing; fail if the committed file differs
    #[arg(long)]
    check: bool,
}

/// In the workspace.
const FACTS: &str = "crates/sandbox/src/spec/facts.json";

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
    let facts = Facts::of(&Description::read(&args.description)?)?;
    let text = facts.to_text()?;
    let file = workspace().join(FACTS);
    if args.check {
        compare(&file, &text)?;
    } else {
        write(&file, &text)?;
    }
    println!("{FACTS}: {facts}, {} bytes", text.len());
    Ok(())
}

/// Cargo runs this command where it was built, so the workspace is found from any folder.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().with_context(|| format!("{FACTS} has no folder"))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder of {FACTS}"))?;
    fs::write(file, text).with_context(|| format!("cannot write {FACTS}"))
}

fn compare(file: &Path, text: &str) -> Result<()> {
    let committed = fs::read_to_string(file).with_context(|| format!("cannot read {FACTS}"))?;
    if committed == text {
        return Ok(());
    }
    let same = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
    bail!(
        "{FACTS} is not what the description gives: they differ from line {} on; \
         run catalog-gen without --check and commit what it writes",
        same + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripe's description is not part of this repository, so this can only be checked where there is a copy of it.
    #[test]
    fn the_committed_facts_are_those_of_the_description() -> Result<()> {
        let Some(description) = std::env::var_os("STRIPE_SPEC") else {
            println!("skipped: STRIPE_SPEC does not name Stripe's OpenAPI description (spec3.json)");
            return Ok(());
        };
        let facts = Facts::of(&Description::read(Path::new(&description))?)?;
        compare(&workspace().join(FACTS), &facts.to_text()?)
    }

    #[test]
    fn a_difference_is_told_with_its_line() -> Result<()> {
        let committed = workspace().join(FACTS);
        let changed = fs::read_to_string(&committed)?.replacen("\"operations\"", "\"actions\"", 1);
        let message = compare(&committed, &changed).err().context("a difference was not seen")?.to_string();
        assert!(message.starts_with("crates/sandbox/src/spec/facts.json is not what the description gives"));
        assert!(message.contains("from line 3 on"), "{message}");
        Ok(())
    }
}
