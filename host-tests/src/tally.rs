//! What a Stripe sees, and what the limit says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::server::{Answer, Server};

pub const SECOND: u64 = 1_000_000;

/// Microseconds of the clock that Redis has too, on this machine.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_micros()).expect("before the year 586512")
}

/// The most that any second has, wherever it starts.
pub fn most_in_a_second(times: &[u64]) -> usize {
    let mut times = times.to_vec();
    times.sort_unstable();
    let mut oldest = 0;
    let within = times.iter().enumerate().map(|(position, at)| {
        while times[oldest] + SECOND <= *at {
            oldest += 1;
        }
        position + 1 - oldest
    });
    within.max().unwrap_or(0)
}

/// A Stripe with one customer, which writes down when it is asked.
pub struct Stripe {
    server: Server,
    arrivals: Arc<Mutex<Vec<u64>>>,
}

impl Stripe {
    pub async fn start() -> Self {
        Self::refusing(usize::MAX).await
    }

    /// Answers 429 to the request of that number, counted from 0, and asks for two seconds.
    pub async fn refusing(number: usize) -> Self {
        let arrivals = Arc::<Mutex<Vec<u64>>>::default();
        let log = arrivals.clone();
        let server = Server::start(move |_| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push(now());
            std::future::ready(if log.len() == number.saturating_add(1) {
                Answer::http("429 Too Many Requests", &[("Retry-After", "2")], "{}")
            } else {
                Answer::json(r#"{"id": "cus_1", "object": "customer", "name": "Jenny"}"#)
            })
        });
        Self { server: server.await, arrivals }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// When it was asked, in order.
    pub fn arrivals(&self) -> Vec<u64> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Asserts that a limit was kept by requests that were begun then. A request may be late, which can crowd a second; but none
/// is early, so that each comes a second or more after the place of the one that came `limit` before it.
pub fn assert_kept(limit: usize, begun: u64, arrivals: &[u64]) {
    let mut arrivals = arrivals.to_vec();
    arrivals.sort_unstable();
    for (number, arrival) in arrivals.iter().enumerate() {
        let earliest = begun + (number / limit) as u64 * SECOND;
        assert!(*arrival >= earliest, "request {number} came {} us early: {arrivals:?}", earliest - arrival);
    }
    let took = arrivals.last().map_or(0, |last| last - begun) / 1_000;
    let most = most_in_a_second(&arrivals);
    println!("{} requests in {took} ms; in a second at most {most}, the limit is {limit}", arrivals.len());
}

/// Asserts that each of the requests came after a place of its own, and prints how near the limit they came.
pub fn assert_after_places(places: &[u64], arrivals: &[u64]) {
    let mut places = places.to_vec();
    places.sort_unstable();
    assert!(arrivals.len() <= places.len(), "{} requests, {} places", arrivals.len(), places.len());
    for (place, arrival) in places.iter().zip(arrivals) {
        assert!(arrival >= place, "a request came {} us before its place", place - arrival);
    }
    println!(
        "{} places, {} requests; in a second at most {} places, {} requests",
        places.len(),
        arrivals.len(),
        most_in_a_second(&places),
        most_in_a_second(arrivals)
    );
}
