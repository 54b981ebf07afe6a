//! How long the command takes from its start to its answer, with the compiled component kept from an earlier start.

use std::io::Write;
use std::time::{Duration, Instant};

use host_tests::command::{Call, Home};
use host_tests::server::Server;
use host_tests::stage::KEY;

use super::{middle, millis};

/// The budget over what the network takes.
const BUDGET: Duration = Duration::from_millis(50);

const ROUNDS: usize = 20;

/// Prints it beside what the network takes of it. Machines differ, so only a command that fails makes this fail.
pub async fn run(server: &Server, network: Duration) {
    let home = Home::new("start");
    let first = once(server, &home).await;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        times.push(once(server, &home).await);
    }
    let median = middle(times);
    say!(
        "the command from its start to its answer: {:.1} ms, of which the network {:.1} ms (budget {} ms over it); with \
         nothing kept {:.0} ms",
        millis(median),
        millis(network),
        BUDGET.as_millis(),
        millis(first)
    );
}

async fn once(server: &Server, home: &Home) -> Duration {
    let call = Call::new(["get", "Customer", "cus_1", "--json", "--api-base", &server.url()]);
    let call = call.key(KEY).home(home);
    let started = Instant::now();
    let ran = call.run().await;
    let elapsed = started.elapsed();
    assert_eq!(ran.done()["AddressCity"], "Oslo", "{ran:?}");
    elapsed
}
