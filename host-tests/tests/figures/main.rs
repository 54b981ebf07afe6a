//! The figures of the built component, printed, alone and under load. A binary of its own, so that no other test runs
//! beside it.

use std::io::Write;
use std::time::{Duration, Instant};

use host_tests::server::{Answer, Server};
use host_tests::stage::{builder, none};
use stripe_connector_host::{COMPONENT, Connector, Reuse, Runtime, Unlimited};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, PoolingAllocationConfig, Store};

/// Prints a line also where the output of tests is captured, as `println` would not.
macro_rules! say {
    ($($part:tt)*) => { writeln!(std::io::stdout(), $($part)*).expect("standard output") };
}

mod leaks;
mod load;
mod start;

/// The budget, in bytes.
const MAX_SIZE: usize = 600_000;

const ROUNDS: usize = 500;

const CUSTOMER: &str = r#"{"id": "cus_1", "object": "customer", "created": 1767225600, "name": "Jenny", "email":
    "jenny@example.com", "address": {"city": "Oslo", "line1": null}, "metadata": {}, "livemode": false}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures() {
    say!("\ncomponent: {} bytes (budget {MAX_SIZE})", COMPONENT.len());
    let started = Instant::now();
    let runtime = Runtime::new(COMPONENT).expect("the embedded component is usable");
    let compiled = started.elapsed();

    let (engine, pre) = pooled();
    say!("imports:");
    for (name, _) in pre.component().component_type().imports(&engine) {
        say!("  {name}");
    }
    say!("compile: {:.0} ms", millis(compiled));
    let instantiate = median(ROUNDS, || {
        let mut store = Store::new(&engine, ());
        pre.instantiate(&mut store).map(drop)
    });
    say!("instantiate: {:.1} us", micros(instantiate));

    let server = Server::answering(Answer::json(CUSTOMER)).await;
    let network = plain(&server).await;
    say!("a plain GET, a connection for each: {:.0} us", micros(network));
    let reused = retrieve(&runtime, &server, Reuse::default()).await;
    let fresh = retrieve(&runtime, &server, Reuse::Never).await;
    say!(
        "a retrieve through host and component: {:.0} us, in a fresh instance {:.0} us",
        micros(reused),
        micros(fresh)
    );
    // Built before the first start is measured.
    host_tests::command::binary();
    start::run(&server, network).await;
    if cfg!(debug_assertions) {
        say!("(the host is built without optimization; its libraries and the component are optimized)");
    }

    assert!(COMPONENT.len() <= MAX_SIZE, "the component has {} bytes", COMPONENT.len());

    // No tests of their own, which would run beside this one.
    leaks::run(runtime.clone()).await;
    load::run(runtime).await;
}

/// The component with imports that trap, which instantiating does not call.
fn pooled() -> (Engine, InstancePre<()>) {
    let mut config = Config::new();
    config.allocation_strategy(PoolingAllocationConfig::new());
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::from_binary(&engine, COMPONENT).expect("a component");
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).expect("imports");
    let pre = linker.instantiate_pre(&component).expect("a component without other needs");
    (engine, pre)
}

fn median<E: std::fmt::Debug>(rounds: usize, mut once: impl FnMut() -> Result<(), E>) -> Duration {
    let times = (0..rounds).map(|_| {
        let started = Instant::now();
        once().expect("it works");
        started.elapsed()
    });
    middle(times.collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The same exchange without host and component: connect, ask, read.
async fn plain(server: &Server) -> Duration {
    let url = server.url();
    let address = url.trim_start_matches("http://");
    let request = format!("GET /v1/customers/cus_1 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..read].ends_with(b"}"));
        times.push(started.elapsed());
    }
    middle(times)
}

async fn retrieve(runtime: &Runtime, server: &Server, reuse: Reuse) -> Duration {
    let connector = builder(&[("api_base", &server.url())])
        .runtime(runtime.clone())
        .throttle(Unlimited)
        .reuse(reuse)
        .build()
        .expect("a connector");
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        times.push(once(&connector).await);
    }
    middle(times)
}

async fn once(connector: &Connector) -> Duration {
    let started = Instant::now();
    let row = connector.get("Customer", Some("cus_1"), None, false, &none()).await.expect("a row");
    let elapsed = started.elapsed();
    assert!(row.fields.contains("\"AddressCity\":\"Oslo\""));
    elapsed
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
