//! What becomes of calls when the network, the server or Stripe misbehaves: a matrix of rows, of which a table is
//! printed at the end, and long walks through a bad network after which everything must have been done exactly once.

mod case;
mod rows_answers;
mod rows_connection;
mod rows_retries;
mod rows_statuses;
mod run;
mod table;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use case::{Case, Cases};
use table::Table;

/// Rows wait more than they work.
const SIDE_BY_SIDE: usize = 16;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(SIDE_BY_SIDE));
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let table = Table::default();
    let matrix = [rows_connection::rows(), rows_answers::rows(), rows_statuses::rows(), rows_retries::rows()];
    let cases = matrix.into_iter().flatten().flat_map(|Cases(cases)| cases);
    let trials = cases.enumerate().map(|(place, case)| {
        let (runtime, table) = (runtime.clone(), table.clone());
        let name = format!("{}::{}", case.name.replace(' ', "_"), case.call.name().replace(' ', "_"));
        Trial::test(name, move || Ok(runtime.block_on(row(place, &case, &table))?))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if !arguments.list {
        println!("{}", table.text());
    }
    conclusion.exit_code()
}

async fn row(place: usize, case: &Case, table: &Table) -> Result<(), String> {
    let (outcome, wrong) = match run::run(case).await {
        Ok((outcome, wrong)) => (Some(outcome), wrong),
        Err(why) => (None, vec![why]),
    };
    table.note(place, case, outcome.as_ref(), !wrong.is_empty());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}
