//! The files that the description gives.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::catalog::Catalog;
use crate::description::Description;
use crate::mapping::Mapping;
use crate::sandbox::Facts;

/// A file of the workspace and what belongs in it.
pub struct Output {
    pub file: &'static str,
    pub text: String,
    pub statistics: String,
}

pub fn outputs(description: &Description) -> Result<[Output; 3]> {
    let facts = Facts::of(description)?;
    let mapping = Mapping::of(description)?;
    let catalog = Catalog::of(description)?;
    Ok([
        Output {
            file: "crates/sandbox/src/spec/facts.json",
            text: facts.to_text()?,
            statistics: facts.to_string(),
        },
        Output { file: "src/catalog/mapping.txt", text: mapping.to_text(), statistics: mapping.to_string() },
        Output {
            file: "src/catalog/generated.rs",
            text: catalog.to_text()?,
            statistics: catalog.to_string(),
        },
    ])
}

/// Cargo runs the command where it was built, so the workspace is found from any folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Output {
    pub fn write(&self) -> Result<()> {
        let file = workspace().join(self.file);
        let folder = file.parent().with_context(|| format!("{} has no folder", self.file))?;
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder of {}", self.file))?;
        fs::write(&file, &self.text).with_context(|| format!("cannot write {}", self.file))
    }

    pub fn compare(&self) -> Result<()> {
        let committed = fs::read_to_string(workspace().join(self.file))
            .with_context(|| format!("cannot read {}", self.file))?;
        if committed == self.text {
            return Ok(());
        }
        let lines = committed.lines().zip(self.text.lines());
        let same = lines.take_while(|(old, new)| old == new).count();
        bail!(
            "{} is not what the description gives: they differ from line {} on; \
             run catalog-gen without --check and commit what it writes",
            self.file,
            same + 1
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::tests::stripes_own;

    #[test]
    fn the_committed_files_are_what_the_description_gives() -> Result<()> {
        let Some(description) = stripes_own()? else { return Ok(()) };
        outputs(&description)?.iter().try_for_each(Output::compare)
    }

    #[test]
    fn a_difference_is_told_with_its_line() -> Result<()> {
        let file = "crates/sandbox/src/spec/facts.json";
        let committed = fs::read_to_string(workspace().join(file))?;
        let text = committed.replacen("\"operations\"", "\"actions\"", 1);
        let output = Output { file, text, statistics: String::new() };
        let message = output.compare().err().context("a difference was not seen")?.to_string();
        assert!(message.starts_with("crates/sandbox/src/spec/facts.json is not what the description gives"));
        assert!(message.contains("from line 3 on"), "{message}");
        Ok(())
    }
}
