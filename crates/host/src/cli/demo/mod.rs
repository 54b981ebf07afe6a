//! `demo`: the walk of the connector's documentation, step by step.

mod steps;

use std::fmt::Display;

use console::style;
use serde::Serialize;
use stripe_connector_host::secrets::{DEFAULT_SECRET, LATEST};
use stripe_connector_host::{CallError, Secrets};

use super::args::Global;
use super::connect::{Session, connect};
use super::fields::Fields;
use super::output::{self, FailureJson};
use super::{Trouble, report};

/// Test keys begin like this; every other key may move real money.
const TEST_KEYS: [&[u8]; 2] = [b"sk_test_", b"rk_test_"];

pub async fn run(global: &Global) -> Result<(), Trouble> {
    let session = tokio::select! {
        session = begin(global) => session?,
        signal = global.course.stopped() => return Err(Trouble::Interrupted(signal)),
    };
    if !global.json {
        output::line(format_args!("The connector in a WebAssembly host, against {}.", session.target.api))?;
    }
    let mut walk = Walk::new(&session, global.json);
    let told = tokio::select! {
        told = steps::walk(&mut walk) => told,
        signal = global.course.stopped() => Err(Trouble::Interrupted(signal)),
    };
    if told.is_err() {
        walk.tidy().await;
    }
    walk.end(told)
}

async fn begin(global: &Global) -> Result<Session, Trouble> {
    let session = connect(global).await?;
    refuse_live_key(&session).await?;
    Ok(session)
}

async fn refuse_live_key(session: &Session) -> Result<(), Trouble> {
    let name = session.config.get("api_key_secret").unwrap_or(DEFAULT_SECRET);
    let version = session.config.get("api_key_secret_version").unwrap_or(LATEST);
    match session.secrets.get(name, version).await {
        Ok(key) if !TEST_KEYS.iter().any(|prefix| key.expose().starts_with(prefix)) => {
            Err(Trouble::Usage(format!(
                "{} holds no test key (sk_test_... or rk_test_...), and the demo creates payments. Without a key it uses \
                 the embedded sandbox.",
                session.secrets.place(name, version)
            )))
        }
        _ => Ok(()),
    }
}

#[derive(Serialize)]
struct StepJson {
    title: &'static str,
    call: String,
    answer: String,
}

#[derive(Serialize)]
struct DemoJson<'a> {
    steps: &'a [StepJson],
    passed: bool,
}

/// The walk so far.
struct Walk<'a> {
    session: &'a Session,
    json: bool,
    steps: Vec<StepJson>,
    /// What has to go when the walk ends early.
    customer: Option<String>,
    product: Option<String>,
}

impl<'a> Walk<'a> {
    fn new(session: &'a Session, json: bool) -> Self {
        Self { session, json, steps: Vec::new(), customer: None, product: None }
    }

    /// One step: says what goes in, waits, says what came out.
    async fn step<T>(
        &mut self,
        title: &'static str,
        call: impl Display,
        answer: impl Future<Output = Result<T, CallError>>,
        show: impl FnOnce(&T) -> String,
    ) -> Result<T, Trouble> {
        let call = call.to_string();
        if !self.json {
            let number = self.steps.len() + 1;
            output::line(format_args!("\n{}\n  > {call}", style(format!("{number:>2}. {title}")).bold()))?;
        }
        let answer = answer.await;
        let shown = match &answer {
            Ok(answer) => show(answer),
            Err(error) if self.json => {
                let failure = FailureJson::of(error, true, None);
                serde_json::to_string(&failure).map_err(std::io::Error::from)?
            }
            Err(error) => format!("error: {}", report::text(error, true, None)),
        };
        if !self.json {
            let text = shown.trim_end().replace('\n', "\n    ");
            output::line(format_args!("  < {text}"))?;
        }
        self.steps.push(StepJson { title, call, answer: shown });
        answer.map_err(|_| Trouble::Told)
    }

    /// Takes away what a walk that ended early left. What cannot be taken away stays: the failure is told already.
    async fn tidy(&self) {
        let (connector, options) = (&self.session.connector, &self.session.options);
        if let Some(product) = &self.product {
            let _ = connector.update("Product", Some(product), steps::ARCHIVED, options).await;
        }
        if let Some(customer) = &self.customer {
            let _ = connector.delete("Customer", Some(customer), options).await;
        }
    }

    fn end(&self, told: Result<(), Trouble>) -> Result<(), Trouble> {
        let passed = told.is_ok();
        let failed = matches!(told, Err(Trouble::Told));
        if self.json && (passed || failed) {
            output::json(&DemoJson { steps: &self.steps, passed })?;
        } else if passed {
            output::line(format_args!(
                "\nAll {} steps did what they should, all nine actions among them.",
                self.steps.len()
            ))?;
        } else if failed && let Some(last) = self.steps.last() {
            output::aside(format_args!("\nStep {} failed: {}.", self.steps.len(), last.title));
        }
        told
    }
}

/// The first object of a JSON array or object, cut down to the keys that tell something.
fn brief(json: &str, keys: &[&str]) -> String {
    let first = serde_json::from_str::<Vec<Fields>>(json).ok().and_then(|list| list.into_iter().next());
    let Some(fields) = first.or_else(|| serde_json::from_str(json).ok()) else {
        return json.to_owned();
    };
    let kept: Vec<_> =
        keys.iter().filter_map(|key| fields.get(key).map(|value| format!("\"{key}\": {value}"))).collect();
    let more = fields.iter().count() - kept.len();
    match more {
        0 => format!("{{{}}}", kept.join(", ")),
        _ => format!("{{{}, ... {more} more}}", kept.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brief_says_what_it_leaves_out() {
        let output = r#"[{"Success":"true","id":"pi_1","object":"payment_intent","status":"succeeded"}]"#;
        assert_eq!(
            brief(output, &["Success", "status"]),
            r#"{"Success": "true", "status": "succeeded", ... 2 more}"#
        );
        assert_eq!(brief("{\"Id\":\"cus_1\"}", &["Id"]), "{\"Id\": \"cus_1\"}");
        assert_eq!(brief("nothing", &["Id"]), "nothing");
    }
}
