//! Places in time for all that share a bucket. Each request takes a ticket, the next number of one counter, and the base says
//! when which ticket's turn is: `NUMBER TIME`, from where they follow each other evenly, one fewer than the limit in a second.
//! A request goes when it is its turn or within one step afterwards, so that in no second, wherever it starts, more than the
//! limit go.

/// What is asked of a bucket.
pub trait Bucket {
    /// Adds to a counter, which begins at 0, and tells what it is then.
    fn count(&self, key: &str, delta: u64) -> Result<u64, String>;
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn write(&self, key: &str, value: &[u8]) -> Result<(), String>;
}

/// When a request may go.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// After so many milliseconds.
    After(u32),
    /// Not in time; there may be a place after so many.
    Refused(u32),
}

const TICKETS: &str = "tickets";
const BASE: &str = "base";

/// Times are microseconds since 1970.
const MILLISECOND: u64 = 1_000;
const SECOND: u64 = 1_000_000;

/// From which ticket on, and from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Base {
    ticket: u64,
    time: u64,
}

impl Base {
    fn turn(self, ticket: u64, step: u64) -> u64 {
        self.time + ticket.saturating_sub(self.ticket) * step
    }
}

/// The next place, within `patience_ms`.
pub fn place(
    bucket: &impl Bucket,
    limit: u64,
    now: impl Fn() -> u64,
    patience_ms: u32,
) -> Result<Place, String> {
    let step = step(limit);
    let start = now();
    let latest = start + u64::from(patience_ms) * MILLISECOND;
    loop {
        let (next, base) = next(bucket)?;
        // Nobody came for a while. Whoever sees this at the same time has read the same ticket, as the next one is taken
        // under the new base only: so they all write the same, but for a moment.
        let base = match base.filter(|base| base.turn(next, step) + step >= now()) {
            Some(base) => base,
            None => set(bucket, Base { ticket: next, time: now() })?,
        };
        let turn = base.turn(next, step);
        if turn > latest {
            return Ok(Place::Refused(ms(turn - start)));
        }
        let turn = base.turn(bucket.count(TICKETS, 1)?, step);
        let now = now();
        if turn > latest {
            return Ok(Place::Refused(ms(turn - start)));
        }
        // The way to the ticket may have been so long that its turn is over, and another's has begun.
        if turn + step >= now {
            return Ok(Place::After(ms(turn.saturating_sub(now))));
        }
        if now > latest {
            return Ok(Place::Refused(ms(step)));
        }
    }
}

/// Gives no ticket a turn before that time. Those that were given keep theirs.
pub fn pause(bucket: &impl Bucket, limit: u64, until: u64) -> Result<(), String> {
    let (next, base) = next(bucket)?;
    match base.is_some_and(|base| base.turn(next, step(limit)) >= until) {
        true => Ok(()),
        false => set(bucket, Base { ticket: next, time: until }).map(drop),
    }
}

/// The next ticket and the base. The base is read later, so that it is never older than the ticket.
fn next(bucket: &impl Bucket) -> Result<(u64, Option<Base>), String> {
    let next = bucket.count(TICKETS, 0)? + 1;
    let Some(value) = bucket.read(BASE)? else {
        return Ok((next, None));
    };
    let text = std::str::from_utf8(&value).unwrap_or_default();
    let base = text
        .split_once(' ')
        .and_then(|(ticket, time)| Some(Base { ticket: ticket.parse().ok()?, time: time.parse().ok()? }));
    match base {
        Some(base) => Ok((next, Some(base))),
        None => Err(format!("`{BASE}` holds `{text}`, which is no number and time")),
    }
}

fn set(bucket: &impl Bucket, base: Base) -> Result<Base, String> {
    bucket.write(BASE, format!("{} {}", base.ticket, base.time).as_bytes())?;
    Ok(base)
}

fn step(limit: u64) -> u64 {
    SECOND / limit.saturating_sub(1).max(1)
}

/// Rounded up, since too early is too early.
fn ms(time: u64) -> u32 {
    u32::try_from(time.div_ceil(MILLISECOND)).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
