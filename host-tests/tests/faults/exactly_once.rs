//! Payments through a network that loses a third of what is sent: a caller who repeats what failed, with the key that
//! the failure names, has each of them made exactly once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host_tests::stage::{builder, connector, ids, loopback, none, rows};
use serde_json::{Value, json};
use stripe_connector_host::Connector;
use stripe_connector_host::contract::{CallOptions, Query};
use stripe_connector_sandbox::Sandbox;
use tokio::sync::Semaphore;

use crate::proxy::{Proxy, seed};

const CALLS: usize = 1000;

const AT_ONCE: usize = 64;

/// Rounds after which a caller's patience would be no test any more.
const ROUNDS: usize = 10;

/// What became of one logical payment on the way.
#[derive(Default)]
struct Way {
    rounds: usize,
    none: usize,
    unknown: usize,
    /// Of the unknown ones: it had happened.
    happened: usize,
}

pub async fn payments() -> Result<String, String> {
    let sandbox = Sandbox::start(loopback()).await.map_err(|error| error.to_string())?;
    sandbox.set_search_lag(Duration::ZERO);
    let proxy = Proxy::start(seed(), sandbox.addr()).await;
    let url = proxy.url();
    let through = builder(&[("api_base", &url)]).max_instances(AT_ONCE).build();
    let through = through.map_err(|error| error.to_string())?;
    // Nothing is in its way: it sees what is true.
    let direct = connector(&sandbox.url(), &[("search", "on"), ("max_scan", "100000")]);

    let started = Instant::now();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let calls: Vec<_> = (0..CALLS)
        .map(|call| {
            let (through, direct, places) = (through.clone(), direct.clone(), places.clone());
            tokio::spawn(async move {
                let _place = places.acquire().await.map_err(|error| error.to_string())?;
                pay(call, &through, &direct).await
            })
        })
        .collect();
    let mut sum = Way::default();
    for call in calls {
        let way = call.await.map_err(|error| error.to_string())??;
        sum.rounds += way.rounds;
        sum.none += way.none;
        sum.unknown += way.unknown;
        sum.happened += way.happened;
    }
    let elapsed = started.elapsed();

    let made =
        tally(&direct, "PaymentIntent", |row| row["Metadata"]["call"].as_str().map(str::to_owned)).await?;
    for call in 0..CALLS {
        let intents = made.get(&call.to_string()).copied().unwrap_or(0);
        if intents != 1 {
            return Err(format!("payment {call} was made {intents} times, seed {}", seed()));
        }
    }
    let charged = tally(&direct, "Charge", |row| row["PaymentIntent"].as_str().map(str::to_owned)).await?;
    if charged.len() != CALLS || charged.values().any(|charges| *charges != 1) {
        let charges: usize = charged.values().sum();
        return Err(format!("{charges} charges of {} intents, seed {}", charged.len(), seed()));
    }
    if sum.none == 0 || sum.unknown == 0 || sum.happened == 0 || sum.happened == sum.unknown {
        return Err(format!(
            "the network was too kind: {} none, {} unknown, {} of these had happened",
            sum.none, sum.unknown, sum.happened
        ));
    }
    Ok(format!(
        "{CALLS} payments, seed {}: {} attempts, {} of them harmed; {} calls in all, {} failed with effect none, {} \
         with effect unknown, of which {} had happened; each made exactly once; {:.1} s",
        seed(),
        proxy.received().len(),
        proxy.harmed(),
        sum.rounds,
        sum.none,
        sum.unknown,
        sum.happened,
        elapsed.as_secs_f64()
    ))
}

/// Makes one payment, as often as it takes.
async fn pay(call: usize, through: &Connector, direct: &Connector) -> Result<Way, String> {
    let fields = json!({"Amount": 1000 + call, "Currency": "usd", "PaymentMethod": "pm_card_visa", "Confirm": true,
        "ReturnUrl": "https://example.com", "Metadata": {"call": call.to_string()}});
    let mut way = Way::default();
    let mut options = none();
    let mut there = 0;
    while way.rounds < ROUNDS {
        way.rounds += 1;
        let error = match through.create("PaymentIntent", &fields.to_string(), &options).await {
            Ok(_) => return Ok(way),
            Err(error) => error,
        };
        let failure = error.failure().ok_or_else(|| format!("payment {call}: {error}"))?;
        let now = made(direct, call).await?;
        match failure.effect.name() {
            "none" if now != there => {
                return Err(format!(
                    "payment {call} failed with effect none, and there are {now}: {failure:?}"
                ));
            }
            "none" => way.none += 1,
            "unknown" => {
                way.unknown += 1;
                way.happened += now;
            }
            other => return Err(format!("payment {call} failed with effect {other}")),
        }
        there = now;
        let key = failure.idempotency_key.clone();
        if key.is_none() || options.idempotency_key.is_some() && options.idempotency_key != key {
            return Err(format!("payment {call}: the key {:?} became {key:?}", options.idempotency_key));
        }
        options = CallOptions { idempotency_key: key, ..none() };
    }
    Err(format!("payment {call} still fails after {ROUNDS} rounds, seed {}", seed()))
}

/// How many intents there are for a logical payment.
async fn made(direct: &Connector, call: usize) -> Result<usize, String> {
    let filter = Some(format!("Metadata.call = '{call}'"));
    let query = Query { filter, columns: Some(vec!["Id".to_owned()]), ..Query::new("PaymentIntent") };
    let page = direct.list(&query, &none()).await.map_err(|error| error.to_string())?;
    Ok(ids(&page).len())
}

/// How often each name stands in the rows of an entity.
pub async fn tally(
    direct: &Connector,
    entity: &str,
    name: impl Fn(&Value) -> Option<String>,
) -> Result<HashMap<String, usize>, String> {
    let mut tally = HashMap::new();
    let mut query = Query { page_size: Some(200), ..Query::new(entity) };
    loop {
        let page = direct.list(&query, &none()).await.map_err(|error| error.to_string())?;
        for row in rows(&page) {
            let name = name(&row).ok_or_else(|| format!("a row without a name: {row}"))?;
            *tally.entry(name).or_default() += 1;
        }
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return Ok(tally);
        }
    }
}
