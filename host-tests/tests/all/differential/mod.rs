//! The connector's filters and orders, compared with SQLite's on the same random rows: with Stripe's help and without,
//! in pages of any size, every row once.
//!
//! `DIFFERENTIAL_SEED` picks other rows and filters than CI's, `DIFFERENTIAL_SETS` how many sets of rows there are.

mod columns;
mod filter;
mod strategies;

use std::collections::HashMap;
use std::env;
use std::fmt;

use columns::{ENTITIES, Entity, Row};
use filter::Filter;
use host_tests::stage::{Stage, builder, ids, none};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rusqlite::params_from_iter;
use strategies::{Case, ROWS, case};
use stripe_connector_host::Connector;
use stripe_connector_host::contract::{Order, Query};

const SEED: u64 = 20_260_527;
/// Each entity has its turn four times.
const SETS: u64 = 16;
const FILTERS: u32 = 25;

#[test]
fn the_same_rows_as_sqlite() {
    let seed = number("DIFFERENTIAL_SEED").unwrap_or(SEED);
    let sets = number("DIFFERENTIAL_SETS").unwrap_or(SETS);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut found = 0;
    for set in 0..sets {
        let entity = &ENTITIES[set as usize % ENTITIES.len()];
        let mut runner = runner(seed, set);
        let world = runtime.block_on(World::new(entity, &mut runner));
        let outcome = runner.run(&case(entity), |case| runtime.block_on(world.compare(&case)));
        if let Err(error) = outcome {
            let place = format!("DIFFERENTIAL_SEED={seed}, set {set} of {}", entity.name);
            match error {
                TestError::Fail(why, case) => panic!("{place}: {case}\n{why}"),
                TestError::Abort(why) => panic!("{place}: {why}"),
            }
        }
        found += world.found.get();
    }
    // Filters that find nothing, or everything, compare little.
    let (filters, all) = (sets as usize * FILTERS as usize, ROWS * sets as usize * FILTERS as usize);
    assert!((5 * filters..all / 2).contains(&found), "{filters} filters found {found} rows of {all}");
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn runner(seed: u64, set: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&set.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config =
        Config { cases: FILTERS, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    TestRunner::new_with_rng(config, rng)
}

/// The same rows in a sandbox and in SQLite.
struct World {
    entity: &'static Entity,
    stage: Stage,
    /// Without Stripe's help; with pages that end before they are full; with Stripe's search.
    alone: Connector,
    hasty: Connector,
    searching: Connector,
    sqlite: rusqlite::Connection,
    objects: HashMap<String, serde_json::Value>,
    found: std::cell::Cell<usize>,
}

impl World {
    async fn new(entity: &'static Entity, runner: &mut TestRunner) -> Self {
        let stage = Stage::new().await;
        let url = stage.sandbox.url();
        let with = |name, value| builder(&[("api_base", &url), (name, value)]).build().expect("a connector");
        let (alone, hasty, searching) =
            (with("pushdown", "off"), with("max_scan", "70"), with("search", "on"));
        let sqlite = rusqlite::Connection::open_in_memory().expect("SQLite");
        let columns = entity.columns.iter().map(|own| format!("{} {}", entity.sql_name(own), own.affinity()));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let setup = format!("PRAGMA case_sensitive_like = ON; CREATE TABLE rows ({columns});");
        sqlite.execute_batch(&setup).expect("a table");
        let marks = vec!["?"; entity.columns.len()].join(", ");
        let insert = format!("INSERT INTO rows VALUES ({marks})");
        let mut objects = HashMap::new();
        for number in 0..ROWS {
            let random = vec(any::<u32>(), entity.randomness()).new_tree(runner).expect("numbers").current();
            let Row { object, sql } = entity.row(number, &random);
            sqlite.execute(&insert, params_from_iter(sql)).expect("a row");
            objects.insert(entity.id(number), object.clone());
            stage.sandbox.put(object);
        }
        Self { entity, stage, alone, hasty, searching, sqlite, objects, found: std::cell::Cell::default() }
    }

    /// What SQLite finds, in the case's order.
    fn expected(&self, case: &Case) -> Vec<String> {
        let direction = if case.descending { "DESC" } else { "ASC" };
        let (order, filter) = (self.entity.sql_name(case.order), case.filter.sql(self.entity));
        let sql = format!("SELECT c0 FROM rows WHERE {filter} ORDER BY {order} {direction}, c0");
        let mut statement = self.sqlite.prepare(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let found = statement.query_map([], |row| row.get(0)).expect("rows");
        found.collect::<Result<_, _>>().expect("ids")
    }

    async fn compare(&self, case: &Case) -> Result<(), TestCaseError> {
        let expected = self.expected(case);
        self.found.set(self.found.get() + expected.len());
        let mut sorted = expected.clone();
        sorted.sort_unstable();
        let plain = self.query(case, expected.len() / 8);
        let connectors = [
            ("with pushdown", &self.stage.connector, true),
            ("without pushdown", &self.alone, true),
            ("in short pages", &self.hasty, true),
            // A search has Stripe's own order.
            ("by search", &self.searching, false),
        ];
        for (name, connector, by_age) in connectors {
            let mut found = walk(connector, &plain).await.map_err(|why| fail(format!("{name}: {why}")))?;
            if by_age {
                self.newest_first(name, &found)?;
            }
            found.sort_unstable();
            self.same(name, &sorted, &found)?;
        }
        let order = Order {
            column: case.order.names[0].trim_matches(['[', ']']).to_owned(),
            descending: case.descending,
        };
        let is_stripes = case.descending && order.column == "Created";
        let ordered = Query { order_by: Some(order), ..self.query(case, expected.len() / 3) };
        for (name, connector, _) in &connectors[..2] {
            let mut found = walk(connector, &ordered).await.map_err(|why| fail(format!("{name}: {why}")))?;
            let name = format!("{name}, in order");
            // In this order Stripe's own decides between those of one second.
            if is_stripes {
                self.newest_first(&name, &found)?;
                found.sort_unstable();
            }
            self.same(&name, if is_stripes { &sorted } else { &expected }, &found)?;
        }
        Ok(())
    }

    fn newest_first(&self, name: &str, found: &[String]) -> Result<(), TestCaseError> {
        let created = |id: &String| self.objects.get(id).map(|object| object["created"].as_i64());
        match found.is_sorted_by(|one, next| created(one) >= created(next)) {
            true => Ok(()),
            false => Err(fail(format!("{name}: not from the newest to the oldest: {found:?}"))),
        }
    }

    /// The query of a case, with pages of so many rows at least.
    fn query(&self, case: &Case, least: usize) -> Query {
        Query {
            filter: Some(case.filter.text()),
            columns: Some(vec!["Id".to_owned()]),
            page_size: Some(case.page_size.max(least as u32 + 1).min(200)),
            ..Query::new(self.entity.name)
        }
    }

    fn same(&self, name: &str, expected: &[String], found: &[String]) -> Result<(), TestCaseError> {
        if expected == found {
            return Ok(());
        }
        let differing = |these: &[String], those: &[String]| {
            let only = these.iter().filter(|id| !those.contains(id)).take(5);
            only.map(|id| format!("\n    {:?}", self.objects.get(id))).collect::<String>()
        };
        let (missing, extra) = (differing(expected, found), differing(found, expected));
        Err(fail(format!(
            "{name}\n  expected: {expected:?}\n  found:    {found:?}\n  missing: {missing}\n  not meant: {extra}"
        )))
    }
}

fn fail(why: String) -> TestCaseError {
    TestCaseError::fail(why)
}

/// The ids of all pages.
async fn walk(connector: &Connector, query: &Query) -> Result<Vec<String>, String> {
    let (mut all, mut query) = (Vec::new(), query.clone());
    for _ in 0..2 * ROWS {
        let page = connector.list(&query, &none()).await.map_err(|error| error.to_string())?;
        let own = ids(&page);
        if own.len() > query.page_size.unwrap_or_default() as usize {
            return Err(format!("a page of {} rows", own.len()));
        }
        if let Some(again) = own.iter().find(|id| all.contains(*id)) {
            return Err(format!("{again} came twice"));
        }
        all.extend(own);
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            return Ok(all);
        }
    }
    Err("the pages have no end".to_owned())
}

/// The query as a failure tells it.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { "descending" } else { "ascending" };
        let (order, size) = (self.order.names[0], self.page_size);
        write!(f, "{}\n  (by {order}, {direction}, pages of {size})", self.filter.text())
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
