//! What the component asks of its host, as a trait: the contract's imports, a clock and random bytes.

use crate::failure::Failed;
use crate::given::log::Level;
use crate::given::secrets::SecretError;
use crate::given::throttle::{Admission, Lane};
use crate::layout::Layouts;
use crate::settings::Settings;
use crate::transport::Transport;
use alloc::string::String;
use alloc::vec::Vec;

pub trait Host {
    fn secret(&self, name: &str, version: &str) -> Result<Vec<u8>, SecretError>;
    fn admit(&self, lane: &Lane, patience_ms: u32) -> Admission;
    fn observe(&self, lane: &Lane, status: Option<u16>, retry_after_ms: Option<u32>);
    fn log_enabled(&self, level: Level) -> bool;
    fn log(&self, level: Level, message: &str, fields: &[(String, String)]);
    /// A clock that only goes forward, in milliseconds.
    fn now_ms(&self) -> u64;
    fn random(&self) -> [u8; 16];
}

/// All that a call works with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub host: &'a dyn Host,
    pub transport: &'a dyn Transport,
    /// What is done, for the log: `list`, `run`.
    pub operation: &'a str,
    settings: &'a Result<Settings, Failed>,
    /// What is known of rows.
    pub layouts: &'a Layouts,
    /// When the call began: its deadline counts from there.
    pub started: u64,
}

impl<'a> Context<'a> {
    pub fn new(
        host: &'a dyn Host,
        transport: &'a dyn Transport,
        operation: &'a str,
        settings: &'a Result<Settings, Failed>,
        layouts: &'a Layouts,
    ) -> Self {
        Context { host, transport, operation, settings, layouts, started: host.now_ms() }
    }

    /// The settings, or what is wrong with them.
    pub fn settings(&self) -> Result<&'a Settings, Failed> {
        self.settings.as_ref().map_err(Clone::clone)
    }
}
