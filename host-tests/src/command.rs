//! The command `stripe-connector` as a process.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::stage::parse;
use crate::tools::target_directory;

const NAME: &str = "stripe-connector";

/// The command, built by the first test that needs it.
pub fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| built(NAME))
}

/// A program of the workspace: cargo builds a package's programs for that package's own tests only.
///
/// # Panics
/// If it does not build.
pub fn built(name: &str) -> PathBuf {
    build(name).unwrap_or_else(|why| panic!("the program `{name}` is missing: {why}"))
}

/// Builds in the target directory and profile of this test, and with the features of the whole workspace and of its tests
/// (a small one of which is asked for): so `./x test` has built its libraries already, and wasmtime is not built twice.
fn build(name: &str) -> Result<PathBuf, String> {
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let profile = test.ancestors().nth(2).ok_or("this test is in no target directory")?;
    let target = target_directory()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo
        .args(["build", "--quiet", "--message-format=json-render-diagnostics"])
        .args(["--workspace", "--exclude", "stripe-connector", "--bin", name, "--test", "million"])
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    // What cargo tells this test about its own package would make build scripts run again.
    for (name, _) in std::env::vars_os() {
        let own = |name: &str| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
        if name.to_str().is_some_and(own) {
            cargo.env_remove(name);
        }
    }
    match profile.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => {}
        Some(profile) => {
            cargo.args(["--profile", profile]);
        }
    }
    let built = cargo.stderr(Stdio::inherit()).output().map_err(|error| format!("cargo: {error}"))?;
    if !built.status.success() {
        return Err(format!("`cargo build --bin {name}` failed, see above"));
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let artifact = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == name).then(|| message["executable"].as_str().map(PathBuf::from))?
    });
    artifact.ok_or_else(|| "cargo does not say where it put it".to_owned())
}

/// A call of the command: no key, no settings but those that it is given.
#[must_use]
pub struct Call {
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    input: String,
    home: Option<PathBuf>,
}

/// What became of it.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Of a command that was started, when it has ended.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().expect("the command's output");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        parse(&self.stdout)
    }

    /// The same of a command that did what it should.
    pub fn done(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.json()
    }

    /// The `error` of a command whose call failed.
    pub fn failed(&self) -> Value {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.json()["error"].clone()
    }
}

impl Call {
    pub fn new<S: Into<OsString>>(arguments: impl IntoIterator<Item = S>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { arguments, environment: Vec::new(), input: String::new(), home: None }
    }

    /// With `STRIPE_API_KEY`.
    pub fn key(self, key: &str) -> Self {
        self.env("STRIPE_API_KEY", key)
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this on standard input.
    pub fn input(mut self, input: &str) -> Self {
        self.input = input.to_owned();
        self
    }

    /// With this as home, as the place for temporary files, and as its working directory.
    pub fn home(mut self, home: &Home) -> Self {
        self.home = Some(home.0.clone());
        self
    }

    /// Starts it. Whoever does so ends it.
    pub fn spawn(&self) -> Child {
        let mut command = Command::new(binary());
        command.args(&self.arguments).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(home) = &self.home {
            command.env("HOME", home).env("TMPDIR", home).current_dir(home);
        }
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        streams.spawn().unwrap_or_else(|error| panic!("{}: {error}", binary().display()))
    }

    /// Runs it to its end. The test's own servers answer meanwhile.
    pub async fn run(self) -> Ran {
        let run = move || {
            let mut child = self.spawn();
            if let Some(mut stdin) = child.stdin.take() {
                // A command that does not read its input may be gone already.
                let _ = stdin.write_all(self.input.as_bytes());
            }
            Ran::of(child)
        };
        tokio::task::spawn_blocking(run).await.expect("the command was run")
    }
}

/// Sends a process a signal by its name, such as `INT`, which is what Ctrl-C does.
pub fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success()));
}

/// The authority of an `http` URL, and its path.
pub fn parse_url(url: &str) -> (String, String) {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    (authority.to_owned(), format!("/{path}"))
}

/// Runs the command with these arguments, `--json`, and the API at a URL.
pub async fn json(api_base: &str, arguments: &[&str]) -> Ran {
    let options = ["--json", "--api-base", api_base];
    Call::new(arguments.iter().copied().chain(options)).run().await
}

/// `stripe-connector sandbox` on a free port, which ends with the test.
pub struct Serving {
    pub child: Child,
    pub url: String,
    /// What it prints after its URL.
    pub stdout: BufReader<ChildStdout>,
}

impl Serving {
    pub fn start(more: &[&str]) -> Self {
        let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--json"];
        let mut child = Call::new(arguments.iter().chain(more).copied()).spawn();
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
        stdout.read_line(&mut first).expect("a line");
        Self { url: parse(&first)["url"].as_str().expect("a URL").to_owned(), child, stdout }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file for the command to read. It goes when the test ends.
pub struct File(PathBuf);

impl File {
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let name = format!("stripe-connector-{}-{name}", std::process::id());
        let file = Self(std::env::temp_dir().join(name));
        std::fs::write(&file.0, content).expect("a file");
        file
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A directory for a process to leave things in. It goes when the test ends.
pub struct Home(PathBuf);

impl Home {
    /// The name need not be its own: tests run side by side.
    pub fn new(name: &str) -> Self {
        Self::below(&std::env::temp_dir(), name)
    }

    /// In that directory rather than where the system has those for a time.
    pub fn below(parent: &Path, name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("stripe-connector-{}-{count}-{name}", std::process::id());
        let home = Self(parent.join(name));
        std::fs::create_dir(&home.0).expect("a directory");
        home
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), content).expect("a file");
    }

    /// Path and content of every file below it.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut files, mut directories) = (Vec::new(), vec![self.0.clone()]);
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let content = std::fs::read(&path).expect("a file");
                    files.push((path, content));
                }
            }
        }
        files
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
