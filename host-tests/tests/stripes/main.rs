//! The built component on Stripes that others wrote: every case runs on every Stripe, unless it is left out there for
//! a reason. `STRIPES=sandbox,localstripe,stateful-mock` picks some of them, `--include-ignored` runs also what is left
//! out. A table at the end tells which case ran where.

mod account;
mod billing;
mod customers;
mod failures;
mod payments;
mod table;

use std::process::ExitCode;
use std::sync::Arc;

use host_tests::stripes::{Running, Stripe};
use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use account::Account;
use table::{Outcome, Table};

/// What is true of Stripe, whoever plays it.
struct Case {
    name: &'static str,
    run: Run,
    left_out: &'static [(Stripe, &'static str)],
}

type Run = fn(Account) -> std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// The cases of a module: names of async functions of an [`Account`], each with the Stripes that it is left out for and
/// why.
macro_rules! cases {
    ($($name:ident $({ $($stripe:ident: $reason:expr),+ $(,)? })?),+ $(,)?) => {
        pub const CASES: &[$crate::Case] = &[$(
            $crate::Case {
                name: stringify!($name),
                run: |account| Box::pin($name(account)),
                left_out: &[$($((host_tests::stripes::Stripe::$stripe, $reason)),+)?],
            },
        )+];
    };
}
use cases;

const CASES: [&[Case]; 4] = [customers::CASES, payments::CASES, billing::CASES, failures::CASES];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let (mut trials, table) = (Vec::new(), Table::default());
    let picked = picked();
    // Owned here, so that they end before this process does.
    let servers: Vec<_> = picked.iter().map(|stripe| (*stripe, Arc::new(OnceCell::new()))).collect();
    for case in CASES.into_iter().flatten() {
        for (stripe, server) in &servers {
            let left_out = case.left_out.iter().find(|(left_out, _)| left_out == stripe);
            if let Some((_, reason)) = left_out {
                table.note(case.name, *stripe, Outcome::LeftOut(reason));
            }
            let (runtime, server, table) = (runtime.clone(), server.clone(), table.clone());
            let (stripe, name, run) = (*stripe, case.name, case.run);
            let trial = Trial::test(format!("{}::{name}", stripe.name()), move || {
                // Unless it comes to its end.
                table.note(name, stripe, Outcome::Failed);
                runtime.block_on(on(stripe, &server, run));
                table.note(name, stripe, Outcome::Ok);
                Ok(())
            });
            trials.push(trial.with_ignored_flag(left_out.is_some()));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        let cases: Vec<_> = CASES.into_iter().flatten().map(|case| case.name).collect();
        println!("{}", table.markdown(&cases, &picked));
    }
    if conclusion.has_failed() {
        for (stripe, server) in &servers {
            let printed = server.get().map(Running::printed).unwrap_or_default();
            if !printed.is_empty() {
                println!("{} printed:\n{printed}", stripe.name());
            }
        }
    }
    conclusion.exit_code()
}

/// The Stripes that the switch names, or all.
fn picked() -> Vec<Stripe> {
    let Ok(names) = std::env::var("STRIPES") else {
        return Stripe::ALL.to_vec();
    };
    let named = |name: &str| {
        let found = Stripe::ALL.into_iter().find(|stripe| stripe.name() == name.trim());
        found.unwrap_or_else(|| {
            let all = Stripe::ALL.map(Stripe::name).join(", ");
            panic!("STRIPES names {name:?}, which is none of {all}")
        })
    };
    names.split(',').map(named).collect()
}

/// Runs a case on a Stripe, which the first one starts.
async fn on(stripe: Stripe, server: &OnceCell<Running>, run: Run) {
    let url = server.get_or_init(|| stripe.start()).await.url();
    run(Account::new(stripe, &url)).await;
}
