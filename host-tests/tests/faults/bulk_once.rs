//! A bulk change through the same network, repeated with its key until all is done: each object is changed once, and no
//! other is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use host_tests::stage::{builder, connector, customer, loopback, none};
use stripe_connector_host::contract::{CallOptions, Selection};
use stripe_connector_sandbox::Sandbox;

use crate::exactly_once::tally;
use crate::proxy::{Proxy, seed};

const CUSTOMERS: i64 = 400;

/// Those with an even number.
const MATCHING: u32 = 200;

const ROUNDS: usize = 10;

pub async fn customers() -> Result<String, String> {
    let sandbox = Sandbox::start(loopback()).await.map_err(|error| error.to_string())?;
    for n in 0..CUSTOMERS {
        sandbox.put(customer(n));
    }
    let proxy = Proxy::start(seed(), sandbox.addr()).await;
    let through = builder(&[("api_base", &proxy.url())]).build().map_err(|error| error.to_string())?;
    let even =
        Selection { entity: "Customer".to_owned(), filter: "Name = 'Even'".to_owned(), dry_run: false };
    let changed = |id: &str| sandbox.get(id).is_some_and(|customer| customer["phone"] == "555");

    let started = Instant::now();
    let (mut key, mut told) = (None, Vec::new());
    loop {
        if told.len() == ROUNDS {
            return Err(format!("not done after {}, seed {}", told.join("; "), seed()));
        }
        let before: BTreeSet<_> = (0..CUSTOMERS).map(id).filter(|id| changed(id)).collect();
        let options = CallOptions { idempotency_key: key.clone(), ..none() };
        match through.update_where(&even, r#"{"Phone": "555"}"#, &options).await {
            // Its list failed: nothing was sent that changes anything.
            Err(error) => {
                let failure = error.failure().ok_or_else(|| error.to_string())?;
                if failure.effect.name() != "none"
                    || (0..CUSTOMERS).map(id).any(|id| changed(&id) && !before.contains(&id))
                {
                    return Err(format!("a list that failed changed something: {failure:?}"));
                }
                told.push("no list".to_owned());
            }
            Ok(result) => {
                for row in result.failures.iter().filter(|row| row.failure.effect.name() == "none") {
                    if changed(&row.id) && !before.contains(&row.id) {
                        return Err(format!("{} was changed, and effect is none: {:?}", row.id, row.failure));
                    }
                }
                told.push(format!("{} of {}, {}", result.changed, result.matched, result.effect.name()));
                if result.effect.name() == "none" && result.changed == result.matched {
                    break;
                }
                if key.is_some() && key != result.idempotency_key {
                    return Err(format!("the key {key:?} became {:?}", result.idempotency_key));
                }
                key = result.idempotency_key;
            }
        }
    }
    let elapsed = started.elapsed();

    for n in 0..CUSTOMERS {
        if changed(&id(n)) != (n % 2 == 0) {
            return Err(format!("{} is not as it was asked for", id(n)));
        }
    }
    // An event tells of each change, so that one done twice would show.
    let direct = connector(&sandbox.url(), &[("max_scan", "100000")]);
    let events = tally(&direct, "Event", |row| {
        Some(format!("{} {}", row["Type"].as_str()?, row["DataObject"]["id"].as_str()?))
    });
    let events = events.await?;
    let expected: BTreeSet<_> =
        (0..CUSTOMERS).step_by(2).map(|n| format!("customer.updated {}", id(n))).collect();
    if events.values().any(|times| *times != 1) || events.into_keys().collect::<BTreeSet<_>>() != expected {
        return Err("some customer was changed twice, or not at all".to_owned());
    }
    let mut keys = BTreeMap::<String, BTreeSet<String>>::new();
    for request in proxy.received().into_iter().filter(|request| request.line.starts_with("POST")) {
        let key = request.header("idempotency-key").ok_or("a change without a key")?.to_owned();
        keys.entry(key).or_default().insert(request.line);
    }
    if keys.len() != MATCHING as usize || keys.values().any(|objects| objects.len() != 1) {
        return Err(format!("{} keys for {MATCHING} objects, or one for two", keys.len()));
    }
    Ok(format!(
        "{MATCHING} customers changed, seed {}: {} attempts, {} of them harmed; rounds: {}; each changed exactly once; {:.1} s",
        seed(),
        proxy.received().len(),
        proxy.harmed(),
        told.join("; "),
        elapsed.as_secs_f64()
    ))
}

fn id(n: i64) -> String {
    format!("cus_{n:03}")
}
