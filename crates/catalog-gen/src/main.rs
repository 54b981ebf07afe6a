//! The command `catalog-gen`: takes facts out of Stripe's OpenAPI description and writes them where the workspace
//! reads them, so that nothing else needs the description.

mod description;
mod nodes;
mod sandbox;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

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

fn main() -> Result<()> {
    let args = Args::parse();
    let facts = Facts::of(&Description::read(&args.description)?)?;
    let text = facts.to_text()?;
    let file = facts_file();
    if args.check {
        compare(&file, &text)?;
    } else {
        write(&file, &text)?;
    }
    println!("{facts}, {} bytes", text.len());
    Ok(())
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn facts_file() -> PathBuf {
    workspace().join("crates/sandbox/src/spec/facts.json")
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().with_context(|| format!("{} has no folder", file.display()))?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn compare(file: &Path, text: &str) -> Result<()> {
    let committed = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    if committed == text {
        return Ok(());
    }
    let same = committed.lines().zip(text.lines()).take_while(|(old, new)| old == new).count();
    bail!(
        "{} is not what the description gives: it differs from line {} on; run catalog-gen without --check, and commit the file",
        file.display(),
        same + 1
    )
}
