//! Places in time. A second has one slot fewer than the limit, evenly apart: a request goes in the slot that is now or in a
//! later one, so that in no second, wherever it starts, more than the limit go. A counter for each second, which can only be
//! added to, says how many of its slots are taken.

/// What a bucket of wasi:keyvalue can do.
pub trait Counters {
    /// Adds to a counter, which begins at 0, and tells what it is then.
    fn count(&self, key: &str, delta: u64) -> Result<u64, String>;
    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String>;
    fn write(&self, key: &str, value: &[u8]) -> Result<(), String>;
    fn forget(&self, key: &str) -> Result<(), String>;
    fn keys(&self) -> Result<Vec<String>, String>;
}

/// When a request may go.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// After so many milliseconds.
    After(u32),
    /// Not in time; there may be a place after so many.
    Refused(u32),
}

/// Until when nobody sends, in milliseconds since 1970.
const PAUSED: &str = "paused-until";

/// Counters of seconds so long ago are forgotten.
const KEPT_SECONDS: u64 = 5;

/// The first free slot, within `patience_ms`.
pub fn place(
    counters: &impl Counters,
    limit: u64,
    now_ms: impl Fn() -> u64,
    patience_ms: u32,
) -> Result<Place, String> {
    let start = now_ms();
    let latest = start + u64::from(patience_ms);
    let earliest = start.max(paused_until(counters)?);
    let slots = limit.saturating_sub(1).max(1);
    let mut second = earliest / 1_000;
    while second * 1_000 <= latest {
        let taken = counters.count(&second.to_string(), 1)?;
        if taken == 1 {
            // Stores that only compare what they change can lose a count of two that begin a counter at once. So the next
            // one begins now, before anybody wants it.
            counters.count(&(second + 1).to_string(), 0)?;
            forget_before(counters, (start / 1_000).saturating_sub(KEPT_SECONDS))?;
        }
        let slot = slot(counters, second, slots, taken, earliest)?.map(|at| at.max(earliest));
        if let Some(at) = slot.filter(|at| *at <= latest) {
            return Ok(Place::After(ms(at.saturating_sub(now_ms()))));
        }
        second += 1;
    }
    Ok(Place::Refused(ms(second * 1_000 - start).max(1)))
}

/// When the slot begins that is `taken`, or a later one that is not over at `earliest`.
fn slot(
    counters: &impl Counters,
    second: u64,
    slots: u64,
    mut taken: u64,
    earliest: u64,
) -> Result<Option<u64>, String> {
    let begins = |slot: u64| second * 1_000 + slot * 1_000 / slots;
    // The slots that nobody wanted are over: they are taken too, and left empty.
    let over = (0..slots).take_while(|slot| begins(slot + 1) <= earliest).count() as u64;
    while taken <= over {
        taken = counters.count(&second.to_string(), over + 1 - taken)?;
    }
    Ok((taken <= slots).then(|| begins(taken - 1)))
}

/// Tells everyone to send nothing until then.
pub fn pause(counters: &impl Counters, until_ms: u64) -> Result<(), String> {
    match paused_until(counters)? < until_ms {
        true => counters.write(PAUSED, until_ms.to_string().as_bytes()),
        false => Ok(()),
    }
}

fn paused_until(counters: &impl Counters) -> Result<u64, String> {
    let Some(value) = counters.read(PAUSED)? else {
        return Ok(0);
    };
    let until = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
    until.ok_or_else(|| format!("the value of `{PAUSED}` is no time"))
}

fn forget_before(counters: &impl Counters, second: u64) -> Result<(), String> {
    let old = |key: &String| key.parse::<u64>().is_ok_and(|own| own < second);
    counters.keys()?.iter().filter(|key| old(key)).try_for_each(|key| counters.forget(key))
}

fn ms(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
