//! What both examples do, seen from the sandbox in front of which they run.

use std::path::{Path, PathBuf};
use std::process::Command;

use host_tests::command::Ran;
use host_tests::stage::{API_VERSION, KEY, Stage, header, line};
use stripe_connector_sandbox::{Faults, Request};

/// Each action with its path around the id, and what the example says that came of it.
const ACTIONS: [(&str, &str, &str, &str); 9] = [
    ("ConfirmPaymentIntent", "payment_intents", "confirm", "succeeded"),
    ("CapturePaymentIntent", "payment_intents", "capture", "succeeded"),
    ("CancelPaymentIntent", "payment_intents", "cancel", "canceled"),
    ("AttachPaymentMethodToCustomer", "payment_methods", "attach", "done"),
    ("DetachPaymentMethodFromCustomer", "payment_methods", "detach", "done"),
    ("FinalizeInvoice", "invoices", "finalize", "open"),
    ("FinalizeQuote", "quotes", "finalize", "open"),
    ("AcceptQuote", "quotes", "accept", "accepted"),
    ("CancelQuote", "quotes", "cancel", "canceled"),
];

/// The folder of an example.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// Runs a program to its end, which has to be a good one, with what a user's shell gives.
pub async fn run(command: Command) -> Ran {
    let ran = start(command).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

async fn start(mut command: Command) -> Ran {
    let run = move || {
        let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Ran {
            code: ran.status.code(),
            stdout: String::from_utf8(ran.stdout).expect("UTF-8"),
            stderr: String::from_utf8(ran.stderr).expect("UTF-8"),
        }
    };
    tokio::task::spawn_blocking(run).await.expect("it came to its end")
}

/// Runs the example that `program` starts, once to its end and then where it cannot come there.
pub async fn judge(program: impl Fn() -> Command) {
    let stage = Stage::new().await;
    let example = |variables: &[(&str, &str)]| {
        let mut command = program();
        command.env("STRIPE_CONNECTOR_API_BASE", stage.sandbox.url()).envs(variables.iter().copied());
        start(command)
    };
    stage.put_customers(75);
    // Twice as many as an honest throttle admits in one second, which may begin anywhere.
    stage.sandbox.set_rate_limit(Some(12));
    // No answer to any attempt of the first create: it is the example's turn to finish it.
    let lost = Faults::parse("POST /v1/customers times=3 reset=after").expect("a rule");
    stage.sandbox.set_faults(lost);

    let whole = example(&[("STRIPE_API_KEY", KEY)]).await;
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let requests = stage.sent();
    told(&stage, &whole);
    sent(&requests);
    let jennies = stage.ids("Customer", "Name = 'Jenny Rosen'").await;
    assert_eq!(jennies.len(), 1, "one was deleted, and neither was made twice: {jennies:?}");
    stage.sent();

    let another = [("STRIPE_API_KEY", KEY), ("STRIPE_CONNECTOR_API_KEY_SECRET", "another-key")];
    fails(&example(&another).await, "unauthenticated, effect none: ");
    fails(&example(&[]).await, "STRIPE_API_KEY has to be a test key");
    assert_eq!(stage.lines(), [""; 0], "without a key of the host's nothing is sent");

    stage.sandbox.restrict(KEY, &["charge_read"]);
    fails(&example(&[("STRIPE_API_KEY", KEY)]).await, "permission-denied, effect none: ");
    fails(&example(&[("STRIPE_API_KEY", "sk_live_filler")]).await, "STRIPE_API_KEY has to be a test key");
}

fn fails(ran: &Ran, why: &str) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.lines().any(|line| line.starts_with(why)), "{why}: {ran:?}");
}

/// What it says is what the sandbox has.
fn told(stage: &Stage, ran: &Ran) {
    let says = |line: &str| assert!(ran.stdout.lines().any(|own| own == line), "{line}: {}", ran.stdout);
    says("25 customers of the plan gold, 3 pages");
    says("create Customer: unavailable, effect unknown; again with its key");
    says("declined as it should: payment-declined, effect none, card_declined, generic_decline");
    let shown = |word: &str| {
        let line = ran.stdout.lines().find(|line| line.starts_with(word));
        line.unwrap_or_else(|| panic!("{word}: {}", ran.stdout))
    };
    assert!(shown("created cus_").ends_with(": Jenny Rosen, jenny@example.com"), "{}", ran.stdout);
    assert!(shown("deleted cus_").to_lowercase().ends_with(": true"), "{}", ran.stdout);
    for (action, _, _, state) in ACTIONS {
        let mut words = shown(&format!("{action}: ")).split(' ').skip(1);
        let (id, said) = (words.next().expect("an id"), words.next().expect("a state"));
        assert_eq!(said, state, "{action}");
        let object = stage.sandbox.get(id).unwrap_or_else(|| panic!("the sandbox has no {id}"));
        if let Some(status) = object["status"].as_str() {
            // The quote that is finalized is then accepted.
            let now = if action == "FinalizeQuote" { "accepted" } else { state };
            assert_eq!(status, now, "{action} of {id}");
        }
    }
    assert!(!ran.stdout.contains(KEY) && !ran.stderr.contains(KEY), "the key is shown");
}

/// Every request was made as the contract says.
fn sent(requests: &[Request]) {
    for (action, collection, step, _) in ACTIONS {
        let did = |request: &&Request| {
            let path = request.path.strip_prefix(&format!("/v1/{collection}/"));
            let whose = path.and_then(|path| path.strip_suffix(&format!("/{step}")));
            request.method == "POST" && request.status == 200 && whose.is_some_and(|id| !id.contains('/'))
        };
        assert!(requests.iter().any(|request| did(&request)), "{action} did not arrive");
    }
    let mut customers = Vec::new();
    for request in requests {
        let line = line(request);
        assert_eq!(header(request, "stripe-version"), Some(API_VERSION), "{line}");
        assert!(header(request, "authorization").is_some(), "{line}");
        let key = header(request, "idempotency-key");
        assert_eq!(key.is_some(), request.method == "POST", "{line}: {key:?}");
        assert_ne!(request.status, 429, "{line}: that was too fast");
        // Of the header that it belongs to, the sandbox keeps no value.
        assert!(!format!("{request:?}").contains(KEY), "{line}: the key is elsewhere too");
        if request.method == "POST" && request.path == "/v1/customers" {
            customers.push(key);
        }
    }
    assert_eq!(customers.len(), 5, "three without an answer, one that finishes them, and another");
    assert!(customers[..4].iter().all(|key| *key == customers[0]), "{customers:?}");
    assert_ne!(customers[4], customers[0], "{customers:?}");
}
