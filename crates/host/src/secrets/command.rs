//! Secrets that a command prints.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::{MAX_SECRET, SecretBytes, SecretError, Secrets, is_plain};

/// Exit codes with a meaning, as `sysexits.h` has them.
const EX_NOINPUT: i32 = 66;
const EX_NOPERM: i32 = 77;

/// Secrets that a command prints, such as the client of a secret manager.
///
/// The command is run as it is, without a shell. In its arguments `{name}` and `{version}` stand for the secret that is
/// asked for; it finds them in its variables `SECRET_NAME` and `SECRET_VERSION` too. Beside these it has the environment
/// of this process, and nothing to read. What it prints to standard output is the secret, without blanks and line ends
/// around it; what it prints to standard error is shown nowhere, since it may hold anything.
///
/// | how it ends | what that means |
/// | --- | --- |
/// | 0, with output | the secret |
/// | 0, without; 66 (`EX_NOINPUT`) | [`SecretError::NotFound`] |
/// | 77 (`EX_NOPERM`) | [`SecretError::Denied`] |
/// | any other code, a signal, over the time limit, over [`MAX_SECRET`] bytes | [`SecretError::Unavailable`] |
///
/// A secret is kept for a while, so that a call is not a process each time, and overwritten then: a rotated key is used
/// after that time at the latest. Calls that ask while the command runs share its answer, also when it is a failure.
#[derive(Clone)]
pub struct CommandSecrets {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
    keep: Duration,
    kept: Arc<Mutex<HashMap<(String, String), Answer>>>,
}

struct Answer {
    secret: Result<SecretBytes, SecretError>,
    came: Instant,
}

impl Answer {
    fn is_fresh(&self, keep: Duration) -> bool {
        self.secret.is_ok() && self.came.elapsed() < keep
    }
}

impl CommandSecrets {
    /// Secrets that `program` prints when it is called with `arguments`.
    pub fn new<S: Into<String>>(program: impl Into<String>, arguments: impl IntoIterator<Item = S>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            timeout: Duration::from_secs(10),
            keep: Duration::from_secs(30),
            kept: Arc::default(),
        }
    }

    /// How long the command may take, 10 seconds when not said. It is killed then.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a secret is kept, 30 seconds when not said. With zero each call runs the command.
    #[must_use]
    pub fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    async fn run(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        let fill = |argument: &String| argument.replace("{name}", name).replace("{version}", version);
        let mut command = Command::new(&self.program);
        command
            .args(self.arguments.iter().map(fill))
            .env("SECRET_NAME", name)
            .env("SECRET_VERSION", version)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Dropped when its time is over, it ends; and so it does with a caller who waits no longer.
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| self.unavailable(error))?;
        let output = child.stdout.take();
        let ended = tokio::time::timeout(self.timeout, async {
            let secret = match output {
                Some(output) => read(output).await?,
                None => None,
            };
            match secret {
                Some(secret) => Ok(Some((child.wait().await?, secret))),
                None => Ok(None),
            }
        });
        let (status, secret) = match ended.await {
            Ok(Ok(Some(ended))) => ended,
            Ok(Ok(None)) => return Err(self.unavailable(format!("it printed over {MAX_SECRET} bytes"))),
            Ok(Err(error)) => return Err(self.unavailable::<io::Error>(error)),
            Err(_) => {
                return Err(self.unavailable(format!("it took over {} ms", self.timeout.as_millis())));
            }
        };
        match status.code() {
            Some(0) => secret.unless_empty().ok_or(SecretError::NotFound),
            Some(EX_NOINPUT) => Err(SecretError::NotFound),
            Some(EX_NOPERM) => Err(SecretError::Denied),
            _ => Err(self.unavailable(format!("{status}; run it by hand to see what it says"))),
        }
    }

    fn unavailable<T: fmt::Display>(&self, why: T) -> SecretError {
        SecretError::Unavailable(format!("the command `{}`: {why}", self.program))
    }

    /// Overwrites what is kept when its time is over, whether or not somebody asks again.
    fn forget_later(&self) {
        let (kept, keep) = (Arc::downgrade(&self.kept), self.keep);
        tokio::spawn(async move {
            tokio::time::sleep(keep).await;
            if let Some(kept) = kept.upgrade() {
                kept.lock().await.retain(|_, answer| answer.is_fresh(keep));
            }
        });
    }
}

/// All that is printed; none if it is more than a secret has.
async fn read(mut output: impl AsyncRead + Unpin) -> io::Result<Option<SecretBytes>> {
    // One piece of memory from the start: growing would leave copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(vec![0; MAX_SECRET + 1]);
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match output.read(room).await? {
            0 => break,
            more => length += more,
        }
    }
    let secret = bytes.get(..length).filter(|secret| secret.len() <= MAX_SECRET);
    Ok(secret.map(SecretBytes::new))
}

#[async_trait]
impl Secrets for CommandSecrets {
    async fn get(&self, name: &str, version: &str) -> Result<SecretBytes, SecretError> {
        if !is_plain(name) || !is_plain(version) {
            return Err(SecretError::NotFound);
        }
        let asked = Instant::now();
        let key = (name.to_owned(), version.to_owned());
        let mut kept = self.kept.lock().await;
        if let Some(answer) =
            kept.get(&key).filter(|answer| answer.came >= asked || answer.is_fresh(self.keep))
        {
            return answer.secret.clone();
        }
        let secret = self.run(name, version).await;
        kept.insert(key, Answer { secret: secret.clone(), came: Instant::now() });
        drop(kept);
        self.forget_later();
        secret
    }

    fn place(&self, name: &str, version: &str) -> String {
        format!("the output of the command `{}` for {name}, version {version}", self.program)
    }
}

impl fmt::Debug for CommandSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its arguments may hold what logs in to the secret manager.
        f.debug_struct("CommandSecrets").field("program", &self.program).finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
#[path = "command_tests.rs"]
mod tests;
