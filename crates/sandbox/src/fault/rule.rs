//! Which requests a rule is for.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use fastrand::Rng;

use super::{Fault, glob};

#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// `*` for every one.
    pub method: String,
    pub path: String,
    pub headers: Vec<(HeaderName, String)>,
    /// In percent.
    pub chance: Option<f64>,
    /// So many fitting requests are still let pass.
    pub skip: u64,
    /// So many requests still meet the fault; `None` is no limit.
    pub times: Option<u64>,
    pub fault: Arc<Fault>,
}

impl Rule {
    /// Whether this request meets the fault. Only a request that the rule is for counts and draws.
    pub fn meets(&mut self, method: &str, path: &str, headers: &HeaderMap, random: &mut Rng) -> bool {
        if !self.is_for(method, path, headers) || self.times == Some(0) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.chance.is_some_and(|percent| random.f64() * 100.0 >= percent) {
            return false;
        }
        self.times = self.times.map(|times| times - 1);
        true
    }

    fn is_for(&self, method: &str, path: &str, headers: &HeaderMap) -> bool {
        let has = |name: &HeaderName, pattern: &str| {
            headers
                .get_all(name)
                .iter()
                .any(|value| glob::matches(pattern, &String::from_utf8_lossy(value.as_bytes())))
        };
        (self.method == "*" || self.method == method)
            && glob::matches(&self.path, path)
            && self.headers.iter().all(|(name, pattern)| has(name, pattern))
    }
}
