//! Secrets from a directory of files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{LATEST, MAX_SECRET, SecretBytes, SecretError, Secrets, is_plain};

/// How often a file is looked for that a swap of the mount may have taken away between finding and opening it.
const SWAPS: usize = 4;

/// Secrets from files as orchestrators mount them: a volume of Kubernetes, its CSI driver's, `/run/secrets` of Docker,
/// a secret volume of Cloud Run, systemd's `$CREDENTIALS_DIRECTORY`.
///
/// | version | files, the first that is there |
/// | --- | --- |
/// | `latest` | `NAME`, `NAME/latest`, `NAME.latest` |
/// | any other, such as `2` | `NAME/2`, `NAME.2` |
///
/// `NAME.2` is for mounts that are flat. A version that is asked for by its number is never answered by the plain
/// `NAME`: what is mounted there changes with every rotation.
///
/// Files are read for every call, through the symbolic links by which Kubernetes swaps a whole volume at once. Names have
/// letters, digits, `.`, `_` and `-`, so none leads out of the directory; a file that a symbolic link leads out of it to
/// is denied. Blanks and line ends around a secret are not part of it; an empty file is no secret.
#[derive(Clone, Debug)]
pub struct DirSecrets(PathBuf);

impl DirSecrets {
    /// Secrets from the files in `directory`. It may be mounted later: it is looked for at every call.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }
}

#[async_trait]
impl Secrets for DirSecrets {
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        if !is_plain(name) || !is_plain(version) {
            return Err(SecretError::NotFound);
        }
        let (directory, files) = (self.0.clone(), files(name, version));
        // A mount may be another machine's, which answers when it likes.
        let found = tokio::task::spawn_blocking(move || find(&directory, &files)).await;
        found.unwrap_or_else(|broken| Err(SecretError::Unavailable(format!("reading broke off: {broken}"))))
    }

    fn place(&self, name: &str, version: &str) -> String {
        let names = files(name, version);
        let names: Vec<_> = names.iter().map(|name| self.0.join(name).display().to_string()).collect();
        format!("the file {}", names.join(" or "))
    }
}

/// Where a secret may be, below the directory.
fn files(name: &str, version: &str) -> Vec<String> {
    let plain = (version == LATEST).then(|| name.to_owned());
    plain.into_iter().chain([format!("{name}/{version}"), format!("{name}.{version}")]).collect()
}

fn find(directory: &Path, files: &[String]) -> Result<SecretBytes, SecretError> {
    for _ in 0..SWAPS {
        let root = directory.canonicalize().map_err(|error| unreadable(directory, &error))?;
        let mut swapped = false;
        for file in files {
            match look(&root, file)? {
                Looked::Found(secret) => return Ok(secret),
                Looked::Missing => {}
                Looked::Swapped => swapped = true,
            }
        }
        if !swapped {
            break;
        }
    }
    Err(SecretError::NotFound)
}

enum Looked {
    Found(SecretBytes),
    Missing,
    /// A link that leads nowhere, or a file that was there a moment ago: the mount may be in the middle of a swap.
    Swapped,
}

fn look(root: &Path, file: &str) -> Result<Looked, SecretError> {
    let path = root.join(file);
    let target = match path.canonicalize() {
        Ok(target) => target,
        // `NotADirectory`: the version of a secret is looked for below it, and it is a file.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let entry = file.split('/').next().unwrap_or(file);
            let is_link = fs::symlink_metadata(root.join(entry)).is_ok_and(|entry| entry.is_symlink());
            return Ok(if is_link { Looked::Swapped } else { Looked::Missing });
        }
        Err(error) => return Err(unreadable(&path, &error)),
    };
    if !target.starts_with(root) {
        tracing::error!(
            target: "stripe_connector::host",
            "refused: the secret {} is a link out of its directory", path.display()
        );
        return Err(SecretError::Denied);
    }
    match read(&target) {
        Ok(Some(secret)) => Ok(secret.unless_empty().map_or(Looked::Missing, Looked::Found)),
        Ok(None) => Ok(Looked::Missing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Looked::Swapped),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

/// A file's secret; none of what is no file, such as a pipe that would never end.
fn read(target: &Path) -> io::Result<Option<SecretBytes>> {
    if !fs::metadata(target)?.is_file() {
        return Ok(None);
    }
    // One piece of memory from the start: growing would leave copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(vec![0; MAX_SECRET + 1]);
    let mut file = File::open(target)?;
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    match bytes.get(..length) {
        Some(secret) if length <= MAX_SECRET => Ok(Some(SecretBytes::new(secret))),
        _ => Err(io::Error::other(format!("it has over {MAX_SECRET} bytes, so it is no secret"))),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> SecretError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => SecretError::Denied,
        io::ErrorKind::NotFound => {
            SecretError::Unavailable(format!("there is no directory {}", path.display()))
        }
        _ => SecretError::Unavailable(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
