use super::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// A bucket in memory.
#[derive(Default)]
struct Memory {
    counters: RefCell<BTreeMap<String, u64>>,
    values: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Counters for Memory {
    fn count(&self, key: &str, delta: u64) -> Result<u64, String> {
        let mut counters = self.counters.borrow_mut();
        let counter = counters.entry(key.to_owned()).or_default();
        *counter += delta;
        Ok(*counter)
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(self.values.borrow().get(key).cloned())
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.counters.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Vec<String>, String> {
        let values = self.values.borrow();
        Ok(self.counters.borrow().keys().chain(values.keys()).cloned().collect())
    }
}

/// When requests that come at these times go.
fn go(memory: &Memory, limit: u64, come: impl Iterator<Item = u64>) -> Vec<u64> {
    let gone = come.map(|now| match place(memory, limit, || now, 600_000) {
        Ok(Place::After(ms)) => now + u64::from(ms),
        other => panic!("{other:?}"),
    });
    let mut gone: Vec<u64> = gone.collect();
    gone.sort_unstable();
    gone
}

/// The most that go in any second.
fn crowd(gone: &[u64]) -> usize {
    gone.iter()
        .map(|from| gone.iter().filter(|at| (*from..from + 1_000).contains(at)).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn never_more_than_the_limit_in_a_second_wherever_it_starts() {
    let second = 1_764_000_000_000;
    // All at once, at the end of a second, in drops that come now and then, and with a burst between them.
    let crowds: [Vec<u64>; 4] = [
        vec![second; 100],
        vec![second + 990; 40],
        (0..200).map(|n| second + n * 37 % 9_000).collect(),
        (0..60).map(|n| second + n * 100).chain([second + 3_456; 50]).collect(),
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
    let second = 1_764_000_000_000;
    let memory = Memory::default();
    for now in [second, second + 490, second + 999, second + 5_300] {
        assert_eq!(place(&memory, 12, || now, 0), Ok(Place::After(0)), "{now}");
    }
    let gone = go(&Memory::default(), 12, std::iter::repeat_n(second, 110));
    assert_eq!(gone.last(), Some(&(second + 9_909)));
}

#[test]
fn who_cannot_wait_is_told_when_to_come_back() {
    let now = 1_764_000_000_000;
    let memory = Memory::default();
    assert_eq!(go(&memory, 12, std::iter::repeat_n(now, 11)).len(), 11);
    assert_eq!(place(&memory, 12, || now, 500), Ok(Place::Refused(1_000)));
    // What was refused has no place, and another one goes as it would have.
    assert_eq!(place(&memory, 12, || now, 1_000), Ok(Place::After(1_000)));
}

#[test]
fn a_429_keeps_everyone_waiting() {
    let now = 1_764_000_000_250;
    let memory = Memory::default();
    assert_eq!(pause(&memory, now + 3_000), Ok(()));
    assert_eq!(pause(&memory, now + 1_000), Ok(()));
    assert_eq!(place(&memory, 12, || now, 10_000), Ok(Place::After(3_000)));
    assert_eq!(place(&memory, 12, || now, 100), Ok(Place::Refused(2_750)));
    assert_eq!(memory.write(PAUSED, b"soon"), Ok(()));
    assert!(place(&memory, 12, || now, 0).is_err());
}

#[test]
fn old_counters_are_forgotten() {
    let memory = Memory::default();
    let now = Cell::new(1_764_000_000_000);
    for _ in 0..100 {
        assert!(place(&memory, 12, || now.get(), 0).is_ok());
        now.set(now.get() + 1_000);
    }
    assert!(memory.counters.borrow().len() <= KEPT_SECONDS as usize + 2);
}
