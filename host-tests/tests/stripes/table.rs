//! Which case ran where, and how it ended.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use host_tests::stripes::Stripe;

#[derive(Clone, Copy)]
pub enum Outcome {
    Ok,
    Failed,
    LeftOut(&'static str),
}

/// Clones share their notes.
#[derive(Clone, Default)]
pub struct Table(Arc<Mutex<BTreeMap<(&'static str, Stripe), Outcome>>>);

impl Table {
    /// Notes how a case ended on a Stripe, in place of an earlier note.
    pub fn note(&self, case: &'static str, stripe: Stripe, outcome: Outcome) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.insert((case, stripe), outcome);
    }

    pub fn markdown(&self, cases: &[&'static str], stripes: &[Stripe]) -> String {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<_> = stripes.iter().map(|stripe| stripe.name()).collect();
        let mut text = format!("| case | {} |\n|{}\n", names.join(" | "), " --- |".repeat(names.len() + 1));
        for case in cases {
            let _ = write!(text, "| {case} |");
            for stripe in stripes {
                let _ = match notes.get(&(*case, *stripe)) {
                    Some(Outcome::Ok) => write!(text, " ok |"),
                    Some(Outcome::Failed) => write!(text, " FAILED |"),
                    Some(Outcome::LeftOut(reason)) => write!(text, " left out: {reason} |"),
                    None => write!(text, " not run |"),
                };
            }
            text.push('\n');
        }
        text
    }
}
