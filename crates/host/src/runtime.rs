//! A compiled component, ready to be instantiated.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, PoolingAllocationConfig};

use crate::error::BuildError;
use crate::exports::Prepared;
use crate::precompiled;
use crate::state;

/// The component that this crate was built with.
pub const COMPONENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stripe_connector.wasm"));

/// Instances that may exist at once in a runtime.
const INSTANCES: u32 = 512;

/// Core instances and tables for each of them: the program itself, and the shims around its imports.
const PARTS: u32 = 4;

/// Bytes of an instance's tables that are cleared in place when it ends, and stay with the process. What is given back to the
/// system instead is faulted in again by the next instance, and interrupts all processors that run this process.
const TABLE_RESIDENT: usize = 64 << 10;

/// The same of its memory, of which no more is cleared than an instance had: what calls about one object need, and pages of
/// two hundred rows. What a call needs beyond it is given back. (`pagemap_scan`, which finds the pages that were written, is
/// not on: it passes over those that were swapped out, which would be there in the next instance.)
const MEMORY_RESIDENT: usize = 2 << 20;

/// How often a component that computes is asked whether it may go on. What waits for an answer of Stripe's is not asked.
pub(crate) const TICK: Duration = Duration::from_millis(50);

/// A compiled component. Compiling takes a tenth of a second, so connections share one: it is cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) prepared: Arc<Prepared>,
}

impl Runtime {
    /// Compiles a component. What its instances send gets on while they wait, not while they compute.
    ///
    /// # Errors
    /// [`BuildError`], as its cases say.
    pub fn new(component: &[u8]) -> Result<Self, BuildError> {
        Self::compile(component, None)
    }

    /// The same, kept below a directory: a process that starts later takes a compiled component from there, which is a
    /// hundred times faster. It is taken only if nobody but this user can have written it, and compiled by the same
    /// wasmtime for the same processor.
    ///
    /// # Errors
    /// [`BuildError`], as its cases say. A directory that cannot be used is none: it is told to the log.
    pub fn cached(component: &[u8], directory: &Path) -> Result<Self, BuildError> {
        Self::compile(component, Some(directory))
    }

    fn compile(component: &[u8], directory: Option<&Path>) -> Result<Self, BuildError> {
        if !component.starts_with(b"\0asm") {
            let error = anyhow::anyhow!("it is no WebAssembly file");
            return Err(BuildError::Component(error));
        }
        let engine = ticking(MEMORY_RESIDENT)?;
        let prepared =
            prepare(&engine, component, directory).map_err(|error| BuildError::Component(error.into()))?;
        Ok(Self { prepared: Arc::new(prepared) })
    }

    /// [`COMPONENT`], compiled once for the process.
    ///
    /// # Errors
    /// [`BuildError`], as its cases say.
    pub fn embedded() -> Result<Self, BuildError> {
        static EMBEDDED: OnceLock<Runtime> = OnceLock::new();
        if let Some(runtime) = EMBEDDED.get() {
            return Ok(runtime.clone());
        }
        let runtime = Self::new(COMPONENT)?;
        Ok(EMBEDDED.get_or_init(|| runtime).clone())
    }
}

fn prepare(engine: &Engine, component: &[u8], directory: Option<&Path>) -> wasmtime::Result<Prepared> {
    let component = compiled(engine, component, directory)?;
    let mut linker = Linker::new(engine);
    state::lend(&mut linker)?;
    Prepared::new(linker.instantiate_pre(&component)?)
}

/// The component, out of the directory if there is one and it is there.
pub(crate) fn compiled(
    engine: &Engine,
    component: &[u8],
    directory: Option<&Path>,
) -> wasmtime::Result<Component> {
    match directory {
        Some(directory) => precompiled::load(engine, component, directory),
        None => Component::from_binary(engine, component),
    }
}

/// An engine and its clock. So many bytes of each memory stay with the process when an instance ends.
pub(crate) fn ticking(memory_resident: usize) -> Result<Engine, BuildError> {
    let engine = engine(memory_resident).map_err(|error| BuildError::Engine(error.into()))?;
    tick(&engine).map_err(|error| BuildError::Engine(error.into()))?;
    Ok(engine)
}

/// Moves the engine's clock on for as long as somebody has the engine.
fn tick(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let ticks = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("stripe-connector-clock".to_owned()).spawn(ticks).map(drop)
}

fn engine(memory_resident: usize) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_stacks(INSTANCES)
        .total_core_instances(PARTS * INSTANCES)
        .total_tables(PARTS * INSTANCES)
        .table_keep_resident(TABLE_RESIDENT)
        .linear_memory_keep_resident(memory_resident);
    let mut config = Config::new();
    config.allocation_strategy(pool).epoch_interruption(true);
    // A shipped component has no names, so the frames of a trap would say nothing.
    config.wasm_backtrace_max_frames(None);
    Engine::new(&config).or_else(|error| {
        // The pool reserves address space, not memory, but a process can be short of that too.
        tracing::warn!(
            target: "stripe_connector::host",
            "instances are not pooled, calls will be slower: {error:#}"
        );
        Engine::new(Config::new().epoch_interruption(true))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_component_begins_with_is_small_and_cleared_in_place() {
        const PAGE: u64 = 64 << 10;
        let runtime = Runtime::embedded().unwrap();
        let required = runtime.prepared.component.component().resources_required().unwrap();
        let begins_with = required.max_initial_memory_size.map(|pages| pages * PAGE);
        assert_eq!(begins_with, Some(320 << 10));
        assert!(begins_with <= Some(MEMORY_RESIDENT as u64));
    }
}
