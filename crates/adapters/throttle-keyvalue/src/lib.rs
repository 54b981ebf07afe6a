//! A throttle over wasi:keyvalue: whoever shares the bucket `stripe-connector` shares one limit, of as many requests in a
//! second as the key `throttle_per_second` of wasi:config says, 12 where it says nothing.
//!
//! The bucket keeps a counter for each second, [`slots`] says what is done with it. Hosts have to agree on the time: it is
//! read from each one's clock.

/// Bindings of wasi:keyvalue, wasi:config and of the contract's throttle.
mod bindings {
    wit_bindgen::generate!({
        inline: "
            package connectors:adapter;
            world adapter {
                import wasi:config/store@0.2.0-rc.1;
                import wasi:keyvalue/store@0.2.0-draft;
                import wasi:keyvalue/atomics@0.2.0-draft;
                export connectors:stripe/throttle@0.1.0;
            }
        ",
        generate_all,
        path: ["../wit/wasi-config", "../wit/wasi-keyvalue", "../../../wit"],
    });
}

mod slots;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bindings::exports::connectors::stripe::throttle::{Admission, Guest, Lane};
use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::{atomics, store};
use slots::{Counters, Place};

const BUCKET: &str = "stripe-connector";
const LIMIT: &str = "throttle_per_second";
const DEFAULT_LIMIT: u64 = 12;

/// How long Stripe is left alone after a 429 that says nothing of it.
const PAUSE_MS: u32 = 1_000;

/// A store that cannot be asked may be there again after so long.
const GONE_MS: u32 = 1_000;

struct Shared;

bindings::export!(Shared with_types_in bindings);

impl Guest for Shared {
    fn admit(_lane: Lane, patience_ms: u32) -> Admission {
        match admit(patience_ms) {
            Ok(Place::After(ms)) => Admission::After(ms),
            Ok(Place::Refused(ms)) => Admission::Refused(ms),
            Err(why) => {
                // Without the others' counts there is no limit to keep, so nothing goes.
                eprintln!("ERROR the throttle cannot be asked: {}", why.escape_debug());
                Admission::Refused(GONE_MS)
            }
        }
    }

    fn observe(_lane: Lane, status: Option<u16>, retry_after_ms: Option<u32>) {
        if status != Some(429) {
            return;
        }
        let until = now_ms() + u64::from(retry_after_ms.unwrap_or(PAUSE_MS));
        if let Err(why) = open().and_then(|bucket| slots::pause(&bucket, until)) {
            eprintln!("ERROR the throttle does not learn of a 429: {}", why.escape_debug());
        }
    }
}

fn admit(patience_ms: u32) -> Result<Place, String> {
    let limit = match config::get(LIMIT).map_err(|error| error.to_string())? {
        None => DEFAULT_LIMIT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (2..=1_000).contains(limit))
            .ok_or_else(|| format!("{LIMIT} is a number from 2 to 1000, and not `{text}`"))?,
    };
    slots::place(&open()?, limit, now_ms, patience_ms)
}

fn open() -> Result<store::Bucket, String> {
    store::open(BUCKET).map_err(told)
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

impl Counters for store::Bucket {
    fn count(&self, key: &str, delta: u64) -> Result<u64, String> {
        // Where a store has no counters of its own, its host refuses one of two that count at once.
        const ATTEMPTS: u64 = 50;
        let mut attempt = 0;
        loop {
            match atomics::increment(self, key, delta) {
                Ok(count) => return Ok(count),
                Err(error) if attempt == ATTEMPTS => return Err(told(error)),
                Err(_) => attempt += 1,
            }
            // Nobody waits as long as the others do.
            std::thread::sleep(Duration::from_micros(500 + now_ms() % 7 * 300));
        }
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.get(key).map_err(told)
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.set(key, value).map_err(told)
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.delete(key).map_err(told)
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        // What does not fit into one answer is forgotten another time.
        self.list_keys(None).map(|answer| answer.keys).map_err(told)
    }
}

fn told(error: store::Error) -> String {
    match error {
        store::Error::NoSuchStore => format!("there is no bucket `{BUCKET}`"),
        store::Error::AccessDenied => format!("the bucket `{BUCKET}` is not for this component"),
        store::Error::Other(why) => why,
    }
}
