//! What becomes of calls when the network, the server or Stripe misbehaves: a matrix of rows, of which a table is
//! printed at the end, and long walks through a bad network after which everything must have been done exactly once.
//! `FAULT_SEED=7` makes that network lose other things.

mod bulk_once;
mod case;
mod exactly_once;
mod proxy;
mod rows_answers;
mod rows_connection;
mod rows_retries;
mod rows_statuses;
mod run;
mod table;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use case::{Case, Cases};
use table::Table;

/// Rows wait more than they work.
const SIDE_BY_SIDE: usize = 16;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let (table, figures) = (Table::default(), Arc::<Mutex<Vec<String>>>::default());
    let rows = Arguments { test_threads: arguments.test_threads.or(Some(SIDE_BY_SIDE)), ..arguments.clone() };
    let rows = libtest_mimic::run(&rows, matrix(&runtime, &table));
    // Each keeps the machine busy: beside them a row could miss its time.
    let walks = Arguments { test_threads: Some(1), ..arguments.clone() };
    let walks = libtest_mimic::run(
        &walks,
        vec![
            walk("exactly_once::payments", &runtime, &figures, exactly_once::payments),
            walk("exactly_once::bulk", &runtime, &figures, bulk_once::customers),
        ],
    );
    if !arguments.list {
        println!("{}", table.text());
        println!("{}", figures.lock().unwrap_or_else(PoisonError::into_inner).join("\n"));
    }
    if rows.has_failed() { rows.exit_code() } else { walks.exit_code() }
}

fn matrix(runtime: &Arc<Runtime>, table: &Table) -> Vec<Trial> {
    let matrix = [rows_connection::rows(), rows_answers::rows(), rows_statuses::rows(), rows_retries::rows()];
    let cases = matrix.into_iter().flatten().flat_map(|Cases(cases)| cases);
    let trial = |(place, case): (usize, Case)| {
        let (runtime, table) = (runtime.clone(), table.clone());
        let name = format!("{}::{}", case.name.replace(' ', "_"), case.call.name().replace(' ', "_"));
        Trial::test(name, move || Ok(runtime.block_on(row(place, &case, &table))?))
    };
    cases.enumerate().map(trial).collect()
}

async fn row(place: usize, case: &Case, table: &Table) -> Result<(), String> {
    let (outcome, wrong) = match run::run(case).await {
        Ok((outcome, wrong)) => (Some(outcome), wrong),
        Err(why) => (None, vec![why]),
    };
    table.note(place, case, outcome.as_ref(), !wrong.is_empty());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// A walk whose figures are printed at the end.
fn walk<F>(
    name: &str,
    runtime: &Arc<Runtime>,
    figures: &Arc<Mutex<Vec<String>>>,
    run: impl FnOnce() -> F + Send + 'static,
) -> Trial
where
    F: Future<Output = Result<String, String>>,
{
    let (runtime, figures) = (runtime.clone(), figures.clone());
    Trial::test(name, move || {
        let told = runtime.block_on(run())?;
        figures.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        Ok(())
    })
}
