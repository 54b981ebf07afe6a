//! Builds what the host carries: the component, and the service that has the component inside.
//!
//! The inner cargo works in a target directory of its own: two cargos that share one wait for each other's lock for
//! ever. It gets none of the outer cargo's settings either, since flags for the host's processor or clippy's wrapper
//! would end up in the component.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use stripe_connector_compose::compose;

const TARGET: &str = "wasm32-wasip2";

/// Packages and what comes of them. Each has a cargo of its own: what one needs of a library would come into the other.
const CONNECTOR: (&str, &str) = ("stripe-connector", "stripe_connector.wasm");
const SERVICE: (&str, &str) = ("stripe-connector-service", "stripe_connector_service.wasm");

/// What they are made of, relative to the workspace's root.
const SOURCES: [&str; 7] =
    ["src", "build.rs", "wit", "crates/json", "crates/service", "Cargo.toml", "Cargo.lock"];

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    check_target()?;
    let connector = artifact(&root, &out, CONNECTOR)?;
    let service = artifact(&root, &out, SERVICE)?;
    std::fs::copy(&connector, out.join(CONNECTOR.1))
        .map_err(|error| format!("{}: {error}", connector.display()))?;
    compose(&out.join(SERVICE.1), &path(&service)?, &[path(&connector)?]).map(drop)
}

/// Builds a package to WebAssembly and answers where it is.
fn artifact(root: &Path, out: &Path, (package, file): (&str, &str)) -> Result<PathBuf, String> {
    let target_dir = out.join("component");
    let mut cargo = Command::new(variable("CARGO")?);
    cargo
        .args(["build", "--quiet", "--locked", "--release", "--target", TARGET, "--package", package])
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target_dir);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(leaks) {
            cargo.env_remove(name);
        }
    }
    // The compiler's words go to standard error, which cargo shows when a build script fails.
    let built = cargo.stdout(Stdio::null()).status();
    let built = built.map_err(|error| format!("cargo could not be started: {error}"))?;
    if !built.success() {
        return Err(format!("`{package}` does not build for {TARGET}, see below"));
    }
    Ok(target_dir.join(TARGET).join("release").join(file))
}

fn path(path: &Path) -> Result<String, String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| format!("{} is no UTF-8, and names of components have to be", path.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}

/// Asked first, because the compiler's own message for a missing target is about `core` and confuses.
fn check_target() -> Result<(), String> {
    let mut rustc = Command::new(variable("RUSTC")?);
    let asked = rustc.args(["--print", "target-libdir", "--target", TARGET]).output();
    let installed =
        asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_dir());
    if installed {
        Ok(())
    } else {
        Err(format!(
            "the component needs the target {TARGET}, which is not installed; run: rustup target add {TARGET}"
        ))
    }
}

/// True for a variable by which the outer cargo, or a tool that drives it, would change the inner build. Where things
/// are and how the network is reached (`CARGO_HOME`, `CARGO_NET_*`, ...) is kept, and so is the job server.
fn leaks(name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "CARGO_BUILD_", "CARGO_CFG_", "CARGO_ENCODED_", "CARGO_FEATURE_", "CARGO_MANIFEST_", "CARGO_PKG_",
        "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_",
    ];
    const NAMES: [&str; 8] = [
        "CARGO_INCREMENTAL", "CLIPPY_ARGS", "RUSTC", "RUSTC_LINKER", "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER", "RUSTDOC", "RUSTFLAGS",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
