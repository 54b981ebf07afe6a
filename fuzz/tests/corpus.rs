//! Replays what fuzzing found of interest, and what it found wrong.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use stripe_connector_fuzz::TARGETS;

#[test]
fn the_corpus_holds() {
    let mut failed = Vec::new();
    for (name, target) in TARGETS {
        let corpus = files(&format!("corpus/{name}"));
        assert!(!corpus.is_empty(), "fuzz/corpus/{name} is empty");
        for file in corpus.into_iter().chain(files(&format!("regressions/{name}"))) {
            let input = fs::read(&file).unwrap();
            if catch_unwind(|| target(&input)).is_err() {
                failed.push(file);
            }
        }
    }
    assert!(failed.is_empty(), "these inputs fail, each as is told above: {failed:#?}");
}

/// The files of a folder in the order of their names; none if there is no such folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
