//! What others wrote, installed below the target directory by the first test that needs it: programs from PyPI into a
//! virtual environment and from npm into a folder, and Stripe's description of its API. `tools/` pins all versions.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const NO_PYTHON: &str = "Python 3.10 or newer with venv is needed (on Debian: apt-get install python3-venv)";
const NO_NODE: &str = "Node 18 or newer and npm are needed (on Debian: apt-get install nodejs npm)";

const REQUIREMENTS: &str = include_str!("../tools/requirements.txt");
const GOOGLE_REQUIREMENTS: &str = include_str!("../tools/google/requirements.txt");
const SCHEMATHESIS_REQUIREMENTS: &str = include_str!("../tools/schemathesis/requirements.txt");
const HOSTS_REQUIREMENTS: &str = include_str!("../tools/hosts.txt");
const EXAMPLE_REQUIREMENTS: &str =
    concat!(include_str!("../../examples/python/requirements.txt"), include_str!("../tools/mypy.txt"));
const CHARTS_REQUIREMENTS: &str = include_str!("../compare/charts/requirements.txt");
const DESCRIPTION: &str = include_str!("../tools/description.txt");
const READ_DESCRIPTION: &str = include_str!("../tools/read_description.py");
const PACKAGE: &str = include_str!("../tools/package.json");
const PACKAGE_LOCK: &str = include_str!("../tools/package-lock.json");
const GOOGLE_PACKAGE: &str = include_str!("../tools/google_node/package.json");
const GOOGLE_PACKAGE_LOCK: &str = include_str!("../tools/google_node/package-lock.json");
const STRIPE_PACKAGE: &str = include_str!("../compare/package.json");
const STRIPE_PACKAGE_LOCK: &str = include_str!("../compare/package-lock.json");
const EXAMPLE_PACKAGE: &str = include_str!("../../examples/node/package.json");
const EXAMPLE_PACKAGE_LOCK: &str = include_str!("../../examples/node/package-lock.json");

/// A program of `tools/`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(name)
}

/// A Python that has localstripe and Stripe's SDK.
pub fn python() -> Command {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    isolated(&or_panic(PYTHON.get_or_init(|| from_pypi("python", REQUIREMENTS))).join("bin/python"))
}

/// A Python that has Google's client of the connectors v2 API.
pub fn google() -> Command {
    static GOOGLE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    isolated(&or_panic(GOOGLE.get_or_init(|| from_pypi("google", GOOGLE_REQUIREMENTS))).join("bin/python"))
}

/// The command `schemathesis`.
pub fn schemathesis() -> Command {
    static SCHEMATHESIS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let ready = SCHEMATHESIS.get_or_init(|| from_pypi("schemathesis", SCHEMATHESIS_REQUIREMENTS));
    let mut command = isolated(&or_panic(ready).join("bin/python"));
    command.args(["-m", "schemathesis.cli"]);
    command
}

/// A Python that draws charts.
pub fn charts_python() -> Command {
    static CHARTS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    isolated(&or_panic(CHARTS.get_or_init(|| from_pypi("charts", CHARTS_REQUIREMENTS))).join("bin/python"))
}

/// A Python that has what `examples/python` needs, and mypy. It finds modules beside a script, as a user's does.
pub fn example_python() -> Command {
    static EXAMPLE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let ready = or_panic(EXAMPLE.get_or_init(|| from_pypi("example", EXAMPLE_REQUIREMENTS)));
    let mut command = Command::new(ready.join("bin/python"));
    command.args(["-E", "-s", "-B", "-u"]);
    command
}

/// The command `wasmtime`.
pub fn wasmtime() -> Command {
    hosting("wasmtime_cli/wasmtime")
}

/// wasmCloud's command `wash`.
pub fn wash() -> Command {
    hosting("wash_cli/wash")
}

/// The `nats-server` of those packages: Debian's is older than wasmCloud can talk to.
pub fn nats_server() -> Command {
    Command::new(hosts().join("bin/nats-server"))
}

/// The Python of those packages, which can judge manifests of Kubernetes.
pub fn hosts_python() -> Command {
    isolated(&hosts().join("bin/python"))
}

/// A program of those packages of PyPI that carry hosts: itself, since what they install in front of it is a script.
fn hosting(program: &str) -> Command {
    static PACKAGES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let asked = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let packages = output(hosts_python().args(["-c", asked]), NO_PYTHON)?;
        Ok(PathBuf::from(packages.trim()))
    });
    let path = or_panic(packages).join(program);
    // wasmtime's package forgets that it is to run.
    let permitted = fs::set_permissions(&path, fs::Permissions::from_mode(0o755));
    permitted.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Command::new(path)
}

fn hosts() -> &'static Path {
    static HOSTS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    or_panic(HOSTS.get_or_init(|| from_pypi("hosts", HOSTS_REQUIREMENTS)))
}

/// The connector alone, which is what the artifacts are made of.
pub fn component() -> PathBuf {
    artifact("../wasm32-wasip2/release/stripe_connector.wasm")
}

/// What `./x artifacts` makes, which needs nothing but what is built already.
pub fn artifact(name: &str) -> PathBuf {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = target_directory()?;
        let mut made = Command::new("sh");
        made.args(["x", "artifacts"]).current_dir(root).env("CARGO_TARGET_DIR", &target);
        output(&mut made, "it has to work by hand too")?;
        Ok(target.join("artifacts"))
    });
    or_panic(made).join(name)
}

/// The file of Stripe's OpenAPI description: the one that `STRIPE_SPEC` names, else the one that a package carries.
pub fn description() -> PathBuf {
    static DESCRIBED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let described = DESCRIBED.get_or_init(|| {
        if let Some(own) = std::env::var_os("STRIPE_SPEC") {
            return Ok(PathBuf::from(own));
        }
        let version = output(Command::new("python3").arg("--version"), NO_PYTHON)?;
        let ready = installed("description", &[&version, DESCRIPTION, READ_DESCRIPTION], |folder| {
            // One file of the package is read and nothing of it runs, so what it would need is left out.
            virtual_environment(folder, DESCRIPTION, &["--no-deps"])?;
            let mut read = isolated(&folder.join("bin/python"));
            output(read.arg(script("read_description.py")).arg(folder.join("spec3.json")), NO_PYTHON)
        })?;
        Ok(ready.join("spec3.json"))
    });
    or_panic(described).to_owned()
}

/// A virtual environment with those packages.
fn from_pypi(name: &str, requirements: &str) -> Result<PathBuf, String> {
    let version = output(Command::new("python3").arg("--version"), NO_PYTHON)?;
    installed(name, &[&version, requirements], |folder| virtual_environment(folder, requirements, &[]))
}

/// Makes a virtual environment in that folder.
fn virtual_environment(folder: &Path, requirements: &str, options: &[&str]) -> Result<String, String> {
    output(Command::new("python3").args(["-m", "venv"]).arg(folder), NO_PYTHON)?;
    fs::write(folder.join("requirements.txt"), requirements).map_err(|error| error.to_string())?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]);
    output(pip.args(options).args(["--requirement", "requirements.txt"]).current_dir(folder), NO_PYTHON)
}

/// Nothing of the user's own packages, nothing written beside the scripts, and what it prints is seen at once.
fn isolated(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-I", "-B", "-u"]);
    command
}

/// A Node that finds stripe-stateful-mock.
pub fn node() -> Command {
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    finding(or_panic(MODULES.get_or_init(|| from_npm("node", PACKAGE, PACKAGE_LOCK))))
}

/// A Node that finds Google's clients.
pub fn google_node() -> Command {
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    finding(or_panic(MODULES.get_or_init(|| from_npm("google_node", GOOGLE_PACKAGE, GOOGLE_PACKAGE_LOCK))))
}

/// A Node that finds Stripe's SDK.
pub fn stripe_node() -> Command {
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    finding(or_panic(MODULES.get_or_init(|| from_npm("stripe_node", STRIPE_PACKAGE, STRIPE_PACKAGE_LOCK))))
}

/// A folder with what that file locks.
fn from_npm(name: &str, package: &str, lock: &str) -> Result<PathBuf, String> {
    let version = output(Command::new("node").arg("--version"), NO_NODE)?;
    let ready = installed(name, &[&version, package, lock], |folder| {
        for (name, text) in [("package.json", package), ("package-lock.json", lock)] {
            fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        output(npm.current_dir(folder), NO_NODE)
    })?;
    Ok(ready.join("node_modules"))
}

fn finding(modules: &Path) -> Command {
    let mut command = Command::new("node");
    command.env("NODE_PATH", modules);
    command
}

/// The packages that `examples/node` needs.
pub fn example_node_modules() -> &'static Path {
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    or_panic(MODULES.get_or_init(|| from_npm("node-example", EXAMPLE_PACKAGE, EXAMPLE_PACKAGE_LOCK)))
}

fn or_panic(found: &Result<PathBuf, String>) -> &Path {
    match found {
        Ok(path) => path,
        Err(why) => panic!("{why}"),
    }
}

/// The folder of what `parts` describe, filled by `install` unless an earlier test did.
fn installed(
    name: &str,
    parts: &[&str],
    install: impl FnOnce(&Path) -> Result<String, String>,
) -> Result<PathBuf, String> {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    let tools = target_directory()?.join("tools");
    let folder = tools.join(format!("{name}-{:016x}", hasher.finish()));
    let because = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&tools).map_err(because)?;
    // Another test process that wants the same waits here; the system lets go of the lock when a process ends.
    let lock = File::create(folder.with_extension("lock")).map_err(because)?;
    lock.lock().map_err(because)?;
    let complete = folder.join("complete");
    if !complete.exists() {
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(because)?;
        }
        fs::create_dir_all(&folder).map_err(because)?;
        install(&folder)?;
        fs::write(complete, "").map_err(because)?;
    }
    Ok(folder)
}

/// The target directory that this program was built in. Tests are in a folder of the profile's, others in the profile's.
pub fn target_directory() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut folders = program.ancestors().skip(1).filter(|folder| !folder.ends_with("deps"));
    let target = folders.nth(1).ok_or("this program is in no target directory")?;
    Ok(target.to_owned())
}

/// What a program that succeeds prints. `needed` says what to do where it is missing.
fn output(command: &mut Command, needed: &str) -> Result<String, String> {
    let called = format!("{command:?}");
    let ran = command.output().map_err(|error| format!("{called}: {error}. {needed}"))?;
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned();
    if ran.status.success() {
        return Ok(printed);
    }
    let complaint = String::from_utf8_lossy(&ran.stderr);
    Err(format!("{called} failed, {}: {printed}{complaint}\n{needed}", ran.status))
}
