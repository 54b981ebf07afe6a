//! Where keys come from: the environment ([`EnvSecrets`]), a directory of files ([`DirSecrets`]), a command
//! ([`CommandSecrets`]), or a store of your own ([`Secrets`]).

mod bytes;
mod command;
mod directory;
mod environment;
mod fixed;
mod source;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

pub use bytes::SecretBytes;
pub use command::CommandSecrets;
pub use directory::DirSecrets;
pub use environment::EnvSecrets;
pub use fixed::FixedSecrets;
pub use source::{Source, WrongSource};

/// The secret that a connection asks for when its `api_key_secret` does not say otherwise.
pub const DEFAULT_SECRET: &str = "stripe-api-key";
/// The secret with the token that callers of the service show, when the connection's settings name none.
pub const DEFAULT_TOKEN_SECRET: &str = "service-token";

/// The version that a connection asks for when its `api_key_secret_version` does not say otherwise.
pub const LATEST: &str = "latest";

/// The most bytes that a file or a command may give as a secret. Keys have some hundred.
pub const MAX_SECRET: usize = 64 << 10;

/// Why there is no secret. The connector makes a failure of it: `unauthenticated`, or `unavailable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// The store has no secret of that name and version.
    NotFound,
    /// The store has it and does not give it to this connection.
    Denied,
    /// The store could not be asked. The text says why and holds no secret.
    Unavailable(String),
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such secret"),
            Self::Denied => f.write_str("the secret may not be read"),
            Self::Unavailable(why) => write!(f, "the secret store cannot be asked: {why}"),
        }
    }
}

impl std::error::Error for SecretError {}

/// A store of secrets. It is asked for every call, so a rotated key is used at once; one that is slow to ask should
/// cache.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret `name` in `version`, which is [`LATEST`] or whatever the store numbers its versions by.
    ///
    /// # Errors
    /// [`SecretError`], as its cases say.
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError>;

    /// Where that secret is looked for, for people, such as `the environment variable STRIPE_API_KEY`.
    fn place(&self, name: &str, version: &str) -> String {
        format!("the secret {name}, version {version}, of the host's own store")
    }
}

#[async_trait]
impl<S: Secrets + ?Sized> Secrets for Arc<S> {
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        (**self).get(name, version).await
    }

    fn place(&self, name: &str, version: &str) -> String {
        (**self).place(name, version)
    }
}

/// Whether `text` can be the name or the version of a secret in a directory or for a command: letters, digits, `.`, `_`
/// and `-`, without a `.` or `-` at its start. So it names no other directory and no hidden file, and is no option.
fn is_plain(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(fits) && !text.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names() {
        for name in ["stripe-api-key", "a", "7", "KEY_2", "key.v2"] {
            assert!(is_plain(name), "{name}");
        }
        let long = "x".repeat(256);
        for name in
            ["", ".", "..", "..data", "../key", "a/b", "/etc/passwd", "a\\b", "-rf", "a b", "a\0", "é", &long]
        {
            assert!(!is_plain(name), "{name}");
        }
    }
}
