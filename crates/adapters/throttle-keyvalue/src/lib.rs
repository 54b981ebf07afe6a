//! A throttle over wasi:keyvalue: whoever shares the bucket `stripe-connector` shares one limit, of as many requests in a
//! second as the key `throttle_per_second` of wasi:config says, 12 where it says nothing.
//!
//! [`places`] says what is in the bucket. Hosts have to agree on the time: it is read from each one's clock.

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

mod places;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bindings::exports::connectors::stripe::throttle::{Admission, Guest, Lane};
use bindings::wasi::config::store as config;
use bindings::wasi::keyvalue::{atomics, store};
use places::{Bucket, Place};

const BUCKET: &str = "stripe-connector";
const LIMIT: &str = "throttle_per_second";
const DEFAULT_LIMIT: u64 = 12;

/// How long Stripe is left alone after a 429 that says nothing of it, and at most.
const PAUSE_MS: u32 = 1_000;
const LONGEST_PAUSE_MS: u32 = 600_000;

/// A store that cannot be asked may be there again after so long.
const GONE_MS: u32 = 1_000;

/// How long a count is tried at most that the store refuses.
const PERSISTENCE: Duration = Duration::from_secs(5);

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
        let ms = retry_after_ms.unwrap_or(PAUSE_MS).min(LONGEST_PAUSE_MS);
        let paused = || places::pause(&open(PERSISTENCE)?, limit()?, now() + u64::from(ms) * 1_000);
        if let Err(why) = paused() {
            eprintln!("ERROR the throttle does not learn of a 429: {}", why.escape_debug());
        }
    }
}

fn admit(patience_ms: u32) -> Result<Place, String> {
    let patience = Duration::from_millis(patience_ms.into());
    places::place(&open(patience)?, limit()?, now, patience_ms)
}

fn limit() -> Result<u64, String> {
    let Some(text) = config::get(LIMIT).map_err(|error| error.to_string())? else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text.parse().ok().filter(|limit| (2..=1_000).contains(limit));
    limit.ok_or_else(|| format!("{LIMIT} is a number from 2 to 1000, and not `{text}`"))
}

/// The bucket, and until when a count is tried again.
struct Open {
    bucket: store::Bucket,
    until: Instant,
}

fn open(patience: Duration) -> Result<Open, String> {
    let until = Instant::now() + patience.min(PERSISTENCE);
    Ok(Open { bucket: store::open(BUCKET).map_err(told)?, until })
}

/// Microseconds since 1970.
fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

impl Bucket for Open {
    fn count(&self, key: &str, delta: u64) -> Result<u64, String> {
        let mut most = Duration::from_millis(2);
        loop {
            match atomics::increment(&self.bucket, key, delta) {
                Ok(count) => return Ok(count),
                // A store without counters of its own lets only one of two count that do so at once.
                Err(store::Error::Other(_)) if Instant::now() < self.until => {
                    std::thread::sleep(most.mul_f64(random()));
                }
                Err(error) => return Err(told(error)),
            }
            most = (most * 2).min(Duration::from_millis(100));
        }
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.bucket.get(key).map_err(told)
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.bucket.set(key, value).map_err(told)
    }
}

/// From 0 to 1: those who wait for each other must not wait for the same time.
fn random() -> f64 {
    RandomState::new().hash_one(now()) as f64 / u64::MAX as f64
}

fn told(error: store::Error) -> String {
    match error {
        store::Error::NoSuchStore => format!("there is no bucket `{BUCKET}`"),
        store::Error::AccessDenied => format!("the bucket `{BUCKET}` is not for this component"),
        store::Error::Other(why) => why,
    }
}
