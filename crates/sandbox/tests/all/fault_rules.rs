//! Which requests meet a fault, and what is said of rules that cannot be read.

use crate::common::{Api, KEY, start};
use reqwest::Method;
use stripe_connector_sandbox::Faults;

async fn faulty(rules: &str) -> Api {
    let api = start().await;
    api.sandbox.set_faults(Faults::parse(rules).unwrap());
    api
}

/// Whether each of so many requests in a row met the fault.
async fn met(api: &Api, count: usize) -> Vec<bool> {
    let mut met = Vec::new();
    for _ in 0..count {
        met.push(api.send(Method::GET, "/v1/balance", &[]).await.status() != 200);
    }
    met
}

#[tokio::test]
async fn the_first_rule_that_a_request_fulfils() {
    let api = faulty(
        "DELETE * status=501\n\
         GET /v1/customers status=502\n\
         GET /v1/*lance when-header=Stripe-Account:acct_*1 when-header=x-it:yes status=503\n\
         * /v1/*s/* status=504; GET /v1/nothing* status=505",
    )
    .await;
    let url = api.sandbox.url();
    for (path, account, expected) in [
        ("/v1/balance", None, 200),
        ("/v1/balance", Some("acct_01"), 503),
        ("/v1/balance", Some("acct_2"), 200),
        ("/v1/customers?limit=1", None, 502),
        ("/v1/customers/cus_1", None, 504),
        ("/v1/nothing", None, 505),
    ] {
        let mut request =
            api.http.get(format!("{url}{path}")).header("authorization", KEY).header("X-It", "yes");
        if let Some(account) = account {
            request = request.header("stripe-account", account);
        }
        assert_eq!(request.send().await.unwrap().status(), expected, "{path} {account:?}");
    }
    assert_eq!(api.send(Method::DELETE, "/v1/customers/cus_1", &[]).await.status(), 501);
    api.sandbox.clear_faults();
    assert_eq!(api.send(Method::DELETE, "/v1/customers/cus_1", &[]).await.status(), 404);
}

#[tokio::test]
async fn rules_count() {
    let api = faulty("GET * skip=2 times=2 status=500").await;
    // Only requests that the rule is for count.
    api.post("/v1/customers", &[]).await;
    assert_eq!(met(&api, 6).await, [false, false, true, true, false, false]);
}

#[tokio::test]
async fn chances_are_reproducible_by_their_seed() {
    let mut runs = Vec::new();
    for seed in ["seed=7;", "seed=7\n", "seed=8;"] {
        let api = faulty(&format!("{seed}GET /v1/balance 30% status=500")).await;
        runs.push(met(&api, 200).await);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let share = runs[0].iter().filter(|met| **met).count();
    assert!((30..=90).contains(&share), "{share} of 200");
    let api = faulty("GET * 100% times=3 status=500").await;
    assert_eq!(met(&api, 4).await, [true, true, true, false]);
}

#[test]
fn mistakes_are_told_together_with_their_lines() {
    let text = "seed=7\n# fine\nGET /v1/a stauts=503\n\nPSOT v1 status=99; seed=8\nGET * body=\"x";
    let error = Faults::parse(text).unwrap_err().to_string();
    let lines: Vec<&str> = error.lines().collect();
    for (line, (start, right)) in lines.iter().zip([
        ("line 3: `stauts=503` is no word of a rule", "status="),
        ("line 5: `PSOT` is no method", "POST"),
        ("line 5: `v1` is no path", "/v1/charges*"),
        ("line 5: `status=99` cannot be read", "status=503"),
        ("line 5: `seed=8` is a second seed", "keep one"),
        ("line 6: the quoted text of `body=` does not end", "closing quote"),
    ]) {
        assert!(line.starts_with(start) && line.contains(right), "{line}");
    }
    assert_eq!(lines.len(), 6, "{error}");
}

#[test]
fn each_mistake_says_what_would_be_right() {
    for (rule, said) in [
        ("GET", "a method, a path and a fault"),
        ("status=503", "a method, a path and a fault"),
        ("seed", "seed=7"),
        ("seed=x", "seed=7"),
        ("GET * seed=1", "a line of its own"),
        ("GET * 50%", "has no fault"),
        ("GET *", "has no fault"),
        ("GET * 0% html", "above 0%"),
        ("GET * 10% 20% html", "keep one"),
        ("GET * times=0 html", "times=1"),
        ("GET * skip=-1 html", "skip=2"),
        ("GET * when-header=x html", "Stripe-Account:acct_*"),
        ("GET * when-header=Authorization:* html", "a key is no part of a rule"),
        ("GET * status", "status=503"),
        ("GET * status=204", "status=503"),
        ("GET * status=500 status=501", "keep one"),
        ("GET * status=500 header=Retry-After", "header=Retry-After:1"),
        ("GET * status=500 header=Content-Length:1", "header=Retry-After:1"),
        ("GET * html=1", "write `html`"),
        ("GET * huge=1GB", "huge=200MiB"),
        ("GET * delay-answer=2", "delay-answer=500ms"),
        ("GET * trickle=0/1s", "trickle=1/200ms"),
        ("GET * trickle=1", "trickle=1/200ms"),
        ("GET * reset=now", "before, during or after"),
        ("GET * close=during", "before or after"),
        ("GET * cut=-1", "cut=20"),
        ("GET * length=5", "length=+10"),
        ("GET * rate-limited=slow", "one of global-rate, "),
        ("GET * rate-limited=global-rate status=429", "itself an answer"),
        ("GET * rate-limited=global-rate stored", "before it looks at the idempotency key"),
        ("GET * body=x", "needs `status=`"),
        ("GET * stored", "needs `status=`"),
        ("GET * status=500 body=x html", "both are the answer's body"),
        ("GET * huge=1 html", "both are the answer's body"),
        ("GET * cut=1 length=+1", "broken in one way"),
        ("GET * reset=before reset=after", "keep one"),
        ("GET * reset=before status=500", "nothing is carried out"),
        ("GET * close=before delay-answer=1s", "nothing is carried out"),
        ("GET * reset=after status=500", "use `before`"),
        ("GET * close=after html", "no answer is sent"),
        ("GET * body=\"\\x\" status=500", "escapes nothing"),
        ("GET * body=\"x\"html status=500", "after the quote"),
    ] {
        let error = Faults::parse(rule).unwrap_err().to_string();
        assert!(error.contains(said) && error.lines().count() == 1, "{rule}: {error}");
    }
    for right in ["", " # nothing", ";;", "seed=1", "* * html", "GET * status=500 stored body={\"a\":1}"] {
        assert!(Faults::parse(right).is_ok(), "{right}");
    }
}
