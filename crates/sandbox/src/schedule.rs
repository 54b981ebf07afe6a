//! What happens later by itself: money that becomes available, refunds that settle, authorizations
//! that end.

use std::collections::BTreeSet;

/// A second, and the id of the object that something happens to then.
pub type Entry = (i64, Box<str>);

#[derive(Debug, Default)]
pub struct Schedule {
    entries: BTreeSet<Entry>,
    /// What the present request added (true) and took out (false).
    journal: Vec<(Entry, bool)>,
}

impl Schedule {
    pub fn at(&mut self, second: i64, id: &str) {
        let entry: Entry = (second, id.into());
        if self.entries.insert(entry.clone()) {
            self.journal.push((entry, true));
        }
    }

    /// Takes out the earliest object whose time has come, and when that was.
    pub fn next_due(&mut self, now: i64) -> Option<Entry> {
        let entry = self.entries.first().filter(|(second, _)| *second <= now)?.clone();
        self.entries.remove(&entry);
        self.journal.push((entry.clone(), false));
        Some(entry)
    }

    /// Ends a request whose changes stand.
    pub fn commit(&mut self) {
        self.journal.clear();
    }

    /// Ends a request that was refused: everything is as it was before.
    pub fn roll_back(&mut self) {
        for (entry, added) in std::mem::take(&mut self.journal).into_iter().rev() {
            if added {
                self.entries.remove(&entry);
            } else {
                self.entries.insert(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(due: Option<Entry>) -> Option<Box<str>> {
        due.map(|(_, id)| id)
    }

    #[test]
    fn objects_come_in_the_order_of_their_times() {
        let mut schedule = Schedule::default();
        schedule.at(20, "b");
        schedule.at(10, "a");
        assert_eq!(schedule.next_due(9), None);
        assert_eq!(id(schedule.next_due(20)).as_deref(), Some("a"));
        assert_eq!(id(schedule.next_due(20)).as_deref(), Some("b"));
        assert_eq!(schedule.next_due(20), None);
    }

    #[test]
    fn a_refused_request_changes_no_times() {
        let mut schedule = Schedule::default();
        schedule.at(10, "a");
        schedule.commit();
        schedule.at(5, "b");
        assert_eq!(id(schedule.next_due(10)).as_deref(), Some("b"));
        assert_eq!(id(schedule.next_due(10)).as_deref(), Some("a"));
        schedule.roll_back();
        assert_eq!(id(schedule.next_due(10)).as_deref(), Some("a"));
        assert_eq!(schedule.next_due(10), None);
    }
}
