//! Compiled components kept on disk, so that a process that starts need not compile again.

use std::fs::{self, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The component out of the directory, or compiled and put there. What is wrong with the directory is told to the log and
/// costs the time to compile.
pub(crate) fn load(engine: &Engine, component: &[u8], directory: &Path) -> wasmtime::Result<Component> {
    let file = directory.join(name(engine, component));
    match read(engine, &file) {
        Ok(found) => return Ok(found),
        Err(why) if why.kind() == io::ErrorKind::NotFound => {}
        Err(why) => tell(&file, "not used", &why),
    }
    let compiled = Component::from_binary(engine, component)?;
    if let Err(why) = write(&compiled, directory, &file) {
        tell(&file, "not kept", &why);
    }
    Ok(compiled)
}

fn tell(file: &Path, what: &str, why: &io::Error) {
    let directory = file.parent().unwrap_or(file).display();
    tracing::warn!(
        target: "stripe_connector::host",
        "the compiled component {} is {what}: {why}; every start takes longer until {directory} is a directory that this \
         user alone can write",
        file.display()
    );
}

/// Of the component and of all that its machine code depends on: wasmtime's version, its settings, the processor.
fn name(engine: &Engine, component: &[u8]) -> String {
    let mut compiler = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compiler);
    let digest = Sha256::digest(component);
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}-{:016x}.cwasm", compiler.finish())
}

fn read(engine: &Engine, path: &Path) -> io::Result<Component> {
    let mut file = File::open(path)?;
    check_owner(&file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    // SAFETY: only this user can have written the file, which makes it as good as this program; and what another wasmtime
    // wrote, or for another processor, is refused.
    unsafe { Component::deserialize(engine, bytes) }.map_err(io::Error::other)
}

/// Machine code is run as it is, so nobody else may have written it. Asked of the open file: its name may mean another
/// by now.
#[cfg(unix)]
fn check_owner(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.mode() & 0o022 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can write it"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_file: &File) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "whether others can write it is not known here"))
}

/// As a whole or not at all: others may read and write it at the same time.
fn write(component: &Component, directory: &Path, path: &Path) -> io::Result<()> {
    let bytes = component.serialize().map_err(io::Error::other)?;
    fs::create_dir_all(directory)?;
    let partial = path.with_extension(format!("{}.partial", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&partial).and_then(|mut file| file.write_all(&bytes));
    let kept = written.and_then(|()| fs::rename(&partial, path));
    if kept.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&partial);
    }
    kept
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const NOTHING: &[u8] = b"\0asm\x0d\0\x01\0";

    fn files(directory: &Path) -> Vec<std::path::PathBuf> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_was_compiled_is_read_and_what_others_may_have_written_is_not() {
        let directory = std::env::temp_dir().join(format!("stripe-connector-{}-cwasm", std::process::id()));
        let engine = Engine::default();
        load(&engine, NOTHING, &directory).unwrap();
        let [file] = files(&directory).try_into().unwrap();
        read(&engine, &file).unwrap();

        fs::set_permissions(&file, fs::Permissions::from_mode(0o622)).unwrap();
        let refused = read(&engine, &file).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        // It is compiled and kept anew.
        load(&engine, NOTHING, &directory).unwrap();
        read(&engine, &file).unwrap();

        for broken in [&b""[..], b"\x7fELF", &fs::read(&file).unwrap()[..1_000]] {
            fs::write(&file, broken).unwrap();
            assert!(read(&engine, &file).is_err());
            load(&engine, NOTHING, &directory).unwrap();
            read(&engine, &file).unwrap();
        }
        let other = Engine::new(wasmtime::Config::new().epoch_interruption(true)).unwrap();
        assert_ne!(name(&engine, NOTHING), name(&other, NOTHING));
        assert_eq!(files(&directory), [file]);
        fs::remove_dir_all(&directory).unwrap();
        // A place that nobody can write costs time only.
        load(&engine, NOTHING, Path::new("/dev/null/cache")).unwrap();
    }
}
