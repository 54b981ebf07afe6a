//! Runs a row and compares what came of it with what must.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use host_tests::stage::{FIRST_SECOND, Gate, builder, loopback, none, rows};
use host_tests::wire::{Deaf, Wire};
use serde_json::json;
use stripe_connector_host::contract::{CallOptions, Failure, Query};
use stripe_connector_host::throttle::{Admission, Lane};
use stripe_connector_host::{CallError, Connector, Throttle};
use stripe_connector_sandbox::{Faults, Request, Sandbox};
use tokio::net::TcpSocket;

use crate::case::{Call, Case, World};

/// A request as the server saw it, as far as it looked.
pub struct Attempt {
    pub line: String,
    pub key: Option<String>,
    pub body: Vec<u8>,
}

pub struct Outcome {
    pub result: Result<String, Failure>,
    /// What of them the server saw.
    pub attempts: Vec<Attempt>,
    /// How many the throttle admitted.
    pub admitted: usize,
    pub elapsed: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
}

impl Outcome {
    /// How the attempts carry their key: `same`, `none`, or what is wrong with it; `unseen` where the server read none.
    pub fn key(&self) -> &'static str {
        let mut seen = self.attempts.iter().filter(|attempt| !attempt.line.is_empty());
        let Some(first) = seen.next() else {
            return "unseen";
        };
        match (&first.key, seen.all(|attempt| attempt.key == first.key)) {
            (Some(_), true) => "same",
            (None, true) => "none",
            (_, false) => "DIFFERENT",
        }
    }
}

/// Remembers what was asked, and refuses one attempt.
#[derive(Clone)]
struct Guard {
    gate: Gate,
    refused: Option<u32>,
}

#[async_trait]
impl Throttle for Guard {
    async fn admit(&self, lane: &Lane, patience: Duration) -> Admission {
        let admission = self.gate.admit(lane, patience).await;
        if self.refused == Some(lane.attempt) {
            Admission::Refused(Duration::from_secs(9))
        } else {
            admission
        }
    }

    async fn observe(&self, lane: &Lane, status: Option<u16>, retry_after: Option<Duration>) {
        self.gate.observe(lane, status, retry_after).await;
    }
}

/// The world of a row while it runs.
enum Running {
    /// A socket that has the port and does not listen, so that nobody else gets it.
    Nobody(TcpSocket),
    Deaf(Deaf),
    Wire(Wire),
    Sandbox(Box<Sandbox>),
}

impl Running {
    async fn start(world: &World) -> Result<Self, String> {
        Ok(match world {
            World::Nobody => {
                let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
                socket.bind(loopback()).map_err(|error| error.to_string())?;
                Self::Nobody(socket)
            }
            World::Deaf => Self::Deaf(Deaf::listen().await.ok_or("this system answers every connection")?),
            World::Wire(script) => {
                let script = Arc::clone(script);
                Self::Wire(Wire::start(move |at| script(at)).await)
            }
            World::Sandbox(faults) => Self::Sandbox(Box::new(furnished(faults).await?)),
        })
    }

    fn url(&self) -> String {
        match self {
            Self::Nobody(socket) => format!("http://{}", socket.local_addr().expect("an address")),
            Self::Deaf(deaf) => deaf.url(),
            Self::Wire(wire) => wire.url(),
            Self::Sandbox(sandbox) => sandbox.url(),
        }
    }

    /// What it was asked; none where it cannot know.
    fn attempts(&self) -> Option<Vec<Attempt>> {
        match self {
            Self::Nobody(_) | Self::Deaf(_) => None,
            Self::Wire(wire) => {
                let attempt = |read: host_tests::server::Received| Attempt {
                    key: read.header("idempotency-key").map(ToOwned::to_owned),
                    line: read.line,
                    body: read.bytes,
                };
                Some(wire.connections().into_iter().map(attempt).collect())
            }
            Self::Sandbox(sandbox) => Some(sandbox.requests().iter().map(asked).collect()),
        }
    }
}

fn asked(request: &Request) -> Attempt {
    Attempt {
        line: host_tests::stage::line(request),
        key: host_tests::stage::header(request, "idempotency-key").map(ToOwned::to_owned),
        body: request.body.clone().into_bytes(),
    }
}

/// A sandbox with a customer and products for two of Stripe's pages.
async fn furnished(faults: &str) -> Result<Sandbox, String> {
    let sandbox = Sandbox::start(loopback()).await.map_err(|error| error.to_string())?;
    sandbox.put(json!({"object": "customer", "id": "cus_1", "created": FIRST_SECOND}));
    for n in 0..PRODUCTS {
        let id = format!("prod_{n:03}");
        sandbox.put(json!({"object": "product", "id": id, "created": FIRST_SECOND + n, "active": true}));
    }
    sandbox.set_faults(Faults::parse(faults).map_err(|error| error.to_string())?);
    Ok(sandbox)
}

const PRODUCTS: i64 = 130;

/// Runs the row; the texts are what is not as it must be.
pub async fn run(case: &Case) -> Result<(Outcome, Vec<String>), String> {
    let running = Running::start(&case.world).await?;
    let url = running.url();
    let settings: Vec<_> = case.settings.iter().copied().chain([("api_base", url.as_str())]).collect();
    let guard = Guard { gate: Gate::default(), refused: case.refused_attempt };
    let connector = builder(&settings).throttle(guard.clone()).build().map_err(|error| error.to_string())?;
    let started = Instant::now();
    let result = call(&connector, case).await.map(Ok).or_else(|error| match error {
        CallError::Failure(failure) => Ok(Err(*failure)),
        broken => Err(broken.to_string()),
    })?;
    let elapsed = started.elapsed();
    let (lanes, observed) = (guard.gate.lanes(), guard.gate.observed());
    let counted = running.attempts();
    let refused = |lane: &Lane| case.refused_attempt == Some(lane.attempt);
    let admitted = lanes.iter().filter(|lane| !refused(lane)).count();
    let mut wrong = Vec::new();
    expect(&mut wrong, "attempts that the throttle admitted", admitted, case.attempts);
    expect(&mut wrong, "attempts that the throttle was told of", observed.len(), case.attempts);
    if let Some(counted) = &counted {
        let must = case.reaching.unwrap_or(case.attempts);
        expect(&mut wrong, "attempts at the server", counted.len(), must);
    }
    if case.call != Call::List {
        let numbers: Vec<_> = lanes.iter().map(|lane| lane.attempt as usize).collect();
        expect(&mut wrong, "the attempts' numbers", numbers, (1..=lanes.len()).collect());
    }
    let attempts = counted.unwrap_or_default();
    let outcome = Outcome { result, attempts, admitted, elapsed, memory: connector.memory() };
    judge(&mut wrong, case, &outcome);
    if let Running::Sandbox(sandbox) = &running {
        once(&mut wrong, case, &outcome, sandbox).await;
    }
    Ok((outcome, wrong))
}

async fn call(connector: &Connector, case: &Case) -> Result<String, CallError> {
    let options = CallOptions { deadline_ms: case.deadline_ms, ..none() };
    let create = |entity: &'static str, fields: String| {
        let options = options.clone();
        async move {
            connector.create(entity, &fields, &options).await.map(|change| change.id.unwrap_or_default())
        }
    };
    match case.call {
        Call::Get => {
            connector.get("Customer", Some("cus_1"), None, false, &options).await.map(|row| row.fields)
        }
        Call::List => {
            let query = Query { page_size: Some(PRODUCTS as u32), ..Query::new("Product") };
            connector.list(&query, &options).await.map(|page| page.rows)
        }
        Call::Create => create("Customer", json!({"Name": "Jenny"}).to_string()).await,
        Call::Pay => create("PaymentIntent", payment().to_string()).await,
        Call::Upload => create("File", file(16)).await,
        Call::UploadLarge => create("File", file(8 << 20)).await,
        Call::Delete => {
            let deleted = connector.delete("Customer", Some("cus_1"), &options).await;
            deleted.map(|change| change.id.unwrap_or_default())
        }
    }
}

fn file(size: usize) -> String {
    let content = BASE64_STANDARD.encode(vec![b'%'; size]);
    json!({"File": content, "FileName": "a.pdf", "Purpose": "dispute_evidence"}).to_string()
}

fn payment() -> serde_json::Value {
    json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true,
        "ReturnUrl": "https://example.com"})
}

fn expect<T: PartialEq + std::fmt::Debug>(wrong: &mut Vec<String>, what: &str, is: T, must: T) {
    if is != must {
        wrong.push(format!("{what}: {is:?}, not {must:?}"));
    }
}

fn judge(wrong: &mut Vec<String>, case: &Case, outcome: &Outcome) {
    match (&outcome.result, case.failure) {
        (Ok(_), None) => {}
        (Ok(done), Some(must)) => {
            wrong.push(format!("it succeeded ({done:.80}), and must fail with {must:?}"))
        }
        (Err(failure), None) => wrong.push(format!("it failed ({failure:?}), and must succeed")),
        (Err(failure), Some(must)) => {
            let is = (failure.kind.name(), failure.effect.name());
            let must = if case.or_none && is.1 == "none" { (must.0, "none") } else { must };
            expect(wrong, &format!("kind and effect ({:.200})", failure.message), is, must);
            if case.status.is_some() {
                expect(wrong, "status", failure.http_status, case.status);
            }
            if case.request_id.is_some() {
                expect(wrong, "request id", failure.request_id.as_deref(), case.request_id);
            }
            let sent = outcome.attempts.iter().find_map(|attempt| attempt.key.as_deref());
            let nothing_was_sent = case.attempts == 0;
            match (case.call.posts(), sent, &failure.idempotency_key) {
                (true, Some(sent), told) if told.as_deref() != Some(sent) => {
                    wrong.push(format!("the key of the failure is {told:?}, and {sent} was sent"));
                }
                (true, None, None) if !nothing_was_sent => wrong.push("the failure has no key".to_owned()),
                (false, _, Some(key)) => wrong.push(format!("a request that has no key failed with {key}")),
                _ => {}
            }
        }
    }
    if outcome.attempts.iter().any(|attempt| !attempt.line.is_empty()) {
        let must = if case.call.posts() { "same" } else { "none" };
        expect(wrong, "the attempts' key", outcome.key(), must);
    }
    if case.call != Call::List {
        let different = |what: &str, of: &dyn Fn(&Attempt) -> Vec<u8>| {
            // Of some the server read nothing, or not the body.
            let mut seen: Vec<_> =
                outcome.attempts.iter().map(of).filter(|bytes| !bytes.is_empty()).collect();
            seen.dedup();
            (seen.len() > 1).then(|| format!("the attempts differ in their {what}"))
        };
        wrong.extend(different("line", &|attempt| attempt.line.clone().into_bytes()));
        wrong.extend(different("body", &|attempt| attempt.body.clone()));
    }
    let bounds = case.bounds();
    if !bounds.contains(&outcome.elapsed) {
        wrong.push(format!("it took {:?}, which is not within {bounds:?}", outcome.elapsed));
    }
    wrong.extend(case.also.iter().filter_map(|also| also(outcome).err()));
}

/// What was done in the sandbox: all of it once, or as little as the effect says.
async fn once(wrong: &mut Vec<String>, case: &Case, outcome: &Outcome, sandbox: &Sandbox) {
    sandbox.clear_faults();
    let done = match &outcome.result {
        Ok(_) => 1..=1,
        Err(failure) if failure.effect.name() == "none" => 0..=0,
        Err(_) => 0..=1,
    };
    let connector = host_tests::stage::connector(&sandbox.url(), &[]);
    let count = async |entity: &str| {
        let query = Query { page_size: Some(200), ..Query::new(entity) };
        connector.list(&query, &none()).await.map_or(usize::MAX, |page| rows(&page).len())
    };
    let made = match case.call {
        Call::Get | Call::List | Call::UploadLarge => return,
        Call::Create => count("Customer").await.saturating_sub(1),
        Call::Upload => count("File").await,
        Call::Delete => 1_usize.saturating_sub(count("Customer").await),
        Call::Pay => {
            expect(wrong, "charges and payments", count("Charge").await, count("PaymentIntent").await);
            count("PaymentIntent").await
        }
    };
    if !done.contains(&made) {
        wrong.push(format!("in the sandbox {made} objects were changed, not {done:?}"));
    }
}
