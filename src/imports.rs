//! The host as the contract's imports and WASI give it.

use crate::given::{log, secrets, throttle};
use crate::host::Host;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use wasi::clocks::monotonic_clock;

pub struct Imports;

impl Host for Imports {
    fn secret(&self, name: &str, version: &str) -> Result<Vec<u8>, secrets::SecretError> {
        secrets::get(&secrets::Reference { name: name.to_string(), version: version.to_string() })
    }

    fn admit(&self, lane: &throttle::Lane, patience_ms: u32) -> throttle::Admission {
        throttle::admit(lane, patience_ms)
    }

    fn observe(&self, lane: &throttle::Lane, status: Option<u16>, retry_after_ms: Option<u32>) {
        throttle::observe(lane, status, retry_after_ms);
    }

    fn log_enabled(&self, level: log::Level) -> bool {
        log::enabled(level)
    }

    fn log(&self, level: log::Level, message: &str, fields: &[(String, String)]) {
        log::write(level, message, fields);
    }

    fn now_ms(&self) -> u64 {
        now_ms()
    }

    fn random(&self) -> [u8; 16] {
        let (high, low) = (wasi::random::random::get_random_u64(), wasi::random::random::get_random_u64());
        ((u128::from(high) << 64) | u128::from(low)).to_be_bytes()
    }
}

const NANOSECONDS: u64 = 1_000_000;

pub fn now_ms() -> u64 {
    monotonic_clock::now() / NANOSECONDS
}

/// Ready at that time.
pub fn timer(at_ms: u64) -> wasi::io::poll::Pollable {
    monotonic_clock::subscribe_instant(at_ms.saturating_mul(NANOSECONDS))
}
