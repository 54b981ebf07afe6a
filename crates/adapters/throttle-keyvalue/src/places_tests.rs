use super::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::{Barrier, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const T: u64 = 1_764_000_000 * SECOND;

/// A bucket in memory.
#[derive(Default)]
struct Memory {
    counter: Cell<u64>,
    values: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Bucket for Memory {
    fn count(&self, _: &str, delta: u64) -> Result<u64, String> {
        self.counter.set(self.counter.get() + delta);
        Ok(self.counter.get())
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.values.borrow().get(key).cloned())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }
}

/// When requests that come at these times go.
fn go(memory: &Memory, limit: u64, come: impl Iterator<Item = u64>) -> Vec<u64> {
    let gone = come.map(|now| match place(memory, limit, || now, 600_000) {
        Ok(Place::After(ms)) => now + u64::from(ms) * MILLISECOND,
        other => panic!("{other:?}"),
    });
    let mut gone: Vec<u64> = gone.collect();
    gone.sort_unstable();
    gone
}

/// The most that go in any second.
fn crowd(gone: &[u64]) -> usize {
    gone.iter()
        .map(|from| gone.iter().filter(|at| (*from..from + SECOND).contains(at)).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn never_more_than_the_limit_in_a_second_wherever_it_starts() {
    // All at once, in drops that come now and then, with a burst between them, and after a long rest.
    let crowds: [Vec<u64>; 4] = [
        vec![T; 100],
        (0..200).map(|n| T + n * 37_123 % (9 * SECOND)).collect(),
        (0..60).map(|n| T + n * 100_000).chain([T + 3_456_789; 50]).collect(),
        [vec![T; 20], vec![T + 3_600 * SECOND; 60]].concat(),
    ];
    for limit in [2, 6, 12, 25, 100] {
        for come in &crowds {
            let mut come = come.clone();
            come.sort_unstable();
            let gone = go(&Memory::default(), limit, come.into_iter());
            assert!(crowd(&gone) as u64 <= limit, "limit {limit}: {gone:?}");
        }
    }
}

#[test]
fn who_comes_alone_goes_at_once_and_a_crowd_uses_all_but_one() {
    let memory = Memory::default();
    for now in [T, T + 490_000, T + 999_000, T + 5_300_000, T + 86_400 * SECOND] {
        assert_eq!(place(&memory, 12, || now, 0), Ok(Place::After(0)), "{now}");
    }
    let gone = go(&Memory::default(), 12, std::iter::repeat_n(T, 111));
    assert_eq!(gone.last().map(|last| (last - T).div_ceil(SECOND)), Some(10));
}

#[test]
fn who_cannot_wait_takes_no_place() {
    let memory = Memory::default();
    assert_eq!(go(&memory, 12, std::iter::repeat_n(T, 11)).len(), 11);
    for _ in 0..100 {
        assert_eq!(place(&memory, 12, || T, 500), Ok(Place::Refused(1_000)));
    }
    assert_eq!(place(&memory, 12, || T, 1_000), Ok(Place::After(1_000)));
}

#[test]
fn a_pause_keeps_everyone_waiting_and_a_shorter_one_ends_none() {
    let memory = Memory::default();
    assert_eq!(place(&memory, 12, || T, 0), Ok(Place::After(0)));
    assert_eq!(pause(&memory, 12, T + 3 * SECOND), Ok(()));
    assert_eq!(pause(&memory, 12, T + SECOND), Ok(()));
    assert_eq!(place(&memory, 12, || T, 100), Ok(Place::Refused(3_000)));
    assert_eq!(place(&memory, 12, || T, 10_000), Ok(Place::After(3_000)));
    assert_eq!(memory.write(BASE, b"soon"), Ok(()));
    assert!(place(&memory, 12, || T, 0).is_err());
}

#[test]
fn a_turn_that_is_over_is_another_s() {
    let memory = Memory::default();
    assert_eq!(place(&memory, 12, || T, 0), Ok(Place::After(0)));
    // Half a second goes by between each look at the clock.
    let clock = Cell::new(T);
    let slow = || {
        clock.set(clock.get() + 60_000);
        clock.get()
    };
    let placed = place(&memory, 12, slow, 10_000);
    assert!(matches!(placed, Ok(Place::After(_))), "{placed:?}");
}

/// As NATS has it under wasmCloud: what two change at once only one of them does, and a counter that is not there yet is
/// written without a look.
#[derive(Default)]
struct Nats {
    counter: Mutex<Option<(u64, u64)>>,
    base: Mutex<Option<Vec<u8>>>,
}

/// The way there and back.
fn way() {
    std::thread::sleep(Duration::from_micros(300));
}

impl Bucket for Nats {
    fn count(&self, _: &str, delta: u64) -> Result<u64, String> {
        loop {
            way();
            let seen = *self.counter.lock().unwrap();
            way();
            let mut counter = self.counter.lock().unwrap();
            match (seen, *counter) {
                (None, _) => {
                    *counter = Some((delta, 0));
                    return Ok(delta);
                }
                (Some(seen), Some(now)) if seen == now => {
                    *counter = Some((seen.0 + delta, seen.1 + 1));
                    return Ok(seen.0 + delta);
                }
                _ => {}
            }
        }
    }

    fn read(&self, _: &str) -> Result<Option<Vec<u8>>, String> {
        way();
        Ok(self.base.lock().unwrap().clone())
    }

    fn write(&self, _: &str, value: &[u8]) -> Result<(), String> {
        way();
        *self.base.lock().unwrap() = Some(value.to_owned());
        Ok(())
    }
}

#[test]
fn many_that_come_at_once_after_a_rest_share_no_place() {
    const LIMIT: u64 = 12;
    const AT_ONCE: usize = 24;
    let now = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    let nats = Nats::default();
    // The counter is there: it is made once in the life of a bucket.
    place(&nats, LIMIT, now, 0).unwrap();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(300));
        let (barrier, turns) = (Barrier::new(AT_ONCE), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    barrier.wait();
                    match place(&nats, LIMIT, now, 600_000) {
                        Ok(Place::After(ms)) => {
                            turns.lock().unwrap().push(now() + u64::from(ms) * MILLISECOND)
                        }
                        other => panic!("{other:?}"),
                    }
                });
            }
        });
        let mut turns = turns.into_inner().unwrap();
        turns.sort_unstable();
        let over = turns.last().unwrap() - turns.first().unwrap();
        assert!(over >= (AT_ONCE as u64 - 3) * SECOND / (LIMIT - 1), "{AT_ONCE} in {over} us: {turns:?}");
    }
}
