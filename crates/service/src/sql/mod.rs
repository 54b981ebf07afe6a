//! `executeSqlQuery`: one SELECT on one entity. Its conditions go to the connector as they are.

mod literal;
mod parse;

use crate::backend::Backend;
use crate::body;
use crate::catalog;
use crate::contract::entities::Query as Rows;
use crate::error::{Code, Error};
use crate::http::{Request, Response};
use crate::options::{self, Purpose};
use crate::query::Query;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::{Duration, Instant};

/// More rows than these are no answer of one request: a query without LIMIT that has more fails and says so.
const MAX_ROWS: u64 = 10_000;
const PAGE: u64 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SqlRequest {
    query: Option<SqlQuery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SqlQuery {
    query: Option<String>,
    max_rows: Option<Value>,
    timeout: Option<Value>,
    #[serde(default, deserialize_with = "body::or_default")]
    query_parameters: Vec<literal::Parameter>,
}

#[derive(Serialize)]
struct Results {
    results: Vec<Box<RawValue>>,
}

/// `connections.executeSqlQuery`.
pub fn execute(backend: &impl Backend, request: &Request, query: &Query) -> Result<Response, Error> {
    query.allow(&[])?;
    let sql = body::read::<SqlRequest>(request)?.query;
    let missing = || Error::invalid("query.query", "`query.query` is missing: the SELECT to execute");
    let sql = sql.ok_or_else(missing)?;
    let select = parse::parse(sql.query.as_deref().ok_or_else(missing)?)?;
    let filter = literal::fill(select.filter.as_deref().unwrap_or_default(), &sql.query_parameters)?;
    let max_rows = whole("query.maxRows", sql.max_rows.as_ref())?;
    let timeout = whole("query.timeout", sql.timeout.as_ref())?;
    let wanted = [select.limit, max_rows].into_iter().flatten().min();
    if let Some(limit) = wanted.filter(|limit| *limit > MAX_ROWS) {
        return Err(Error::invalid(
            "query.query",
            format!(
                "{limit} rows are too many for one answer; ask for at most {MAX_ROWS}, or list entities page by page"
            ),
        ));
    }
    let rows = Rows {
        entity: catalog::find(backend, &select.entity)?.name,
        filter: Some(filter).filter(|filter| !filter.trim().is_empty()),
        order_by: select.order,
        columns: select.columns,
        page_size: None,
        page_token: None,
        raw: None,
    };
    let timeout = timeout.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds)));
    collect(backend, request, rows, wanted, timeout).map(|results| Response::json(200, &Results { results }))
}

/// Reads page after page, to the limit or to the end. Without a limit, more than is sane is an error and not a part.
fn collect(
    backend: &impl Backend,
    request: &Request,
    mut query: Rows,
    wanted: Option<u64>,
    timeout: Option<Instant>,
) -> Result<Vec<Box<RawValue>>, Error> {
    let mut options = options::read(request, None, Purpose::Read)?;
    let mut results: Vec<Box<RawValue>> = Vec::new();
    loop {
        let left = wanted.unwrap_or(MAX_ROWS).saturating_sub(results.len() as u64);
        query.page_size = Some(left.clamp(1, PAGE) as u32);
        if let Some(end) = timeout {
            let left = end.saturating_duration_since(Instant::now()).as_millis();
            if left == 0 {
                let message = format!(
                    "the time limit passed after {} rows; narrow the query or raise `timeout`",
                    results.len()
                );
                return Err(Error::new(Code::DeadlineExceeded, message));
            }
            options.deadline_ms = Some(u32::try_from(left).unwrap_or(u32::MAX));
        }
        let page = backend.list(&query, &options)?;
        let rows: Vec<Box<RawValue>> =
            serde_json::from_str(&page.rows).map_err(|error| Error::unreadable(&error))?;
        if wanted.is_none() && (rows.len() as u64) > left {
            let message =
                format!("there are more than {MAX_ROWS} rows; add a LIMIT, or list entities page by page");
            return Err(Error::new(Code::OutOfRange, message));
        }
        results.extend(rows);
        query.page_token = page.next_page_token;
        if query.page_token.is_none() || wanted.is_some_and(|wanted| results.len() as u64 >= wanted) {
            return Ok(results);
        }
    }
}

/// An int64 of the API: a text with digits, or a number. 0 is the same as nothing.
fn whole(name: &str, value: Option<&Value>) -> Result<Option<u64>, Error> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_u64(),
    };
    match number {
        Some(number) => Ok(Some(number).filter(|number| *number > 0)),
        None => Err(Error::invalid(name, format!("`{name}` must be a whole number, not below 0"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Fake, page};
    use serde_json::{Value, json};

    fn run(fake: &Fake, query: Value) -> (u16, Value) {
        fake.call("POST", ":executeSqlQuery", &json!({"query": query}).to_string())
    }

    #[test]
    fn a_select_reads_pages_up_to_its_limit() {
        let fake = Fake::default();
        fake.pages
            .borrow_mut()
            .extend([page(r#"[{"Id": "1"}, {"Id": "2"}]"#, Some("t")), page(r#"[{"Id": "3"}]"#, Some("u"))]);
        let sql = "SELECT Id FROM Customers WHERE Name = ? AND Note = 'FROM ? LIMIT' ORDER BY Created DESC LIMIT 3;";
        let parameters = json!([{"value": "O'Hara", "dataType": "VARCHAR"}]);
        let (status, body) =
            run(&fake, json!({"query": sql, "maxRows": "100", "queryParameters": parameters}));
        assert_eq!((status, body), (200, json!({"results": [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}]})));
        let call = |size: u32, token: &str| {
            let filter = "Name = 'O''Hara' AND Note = 'FROM ? LIMIT'";
            format!(
                r#"list Customer Some("{filter}") Some(("Created", true)) Some(["Id"]) Some({size}) {token}"#
            )
        };
        assert_eq!(fake.calls(), [call(3, "None"), call(1, r#"Some("t")"#)]);
    }

    #[test]
    fn too_many_rows_are_an_error() {
        let rows = format!("[{}]", vec!["{}"; 200].join(","));
        let fake = Fake::default();
        fake.pages.borrow_mut().extend((0..51).map(|at| page(&rows, (at < 50).then_some("t"))));
        let (status, body) = run(&fake, json!({"query": "SELECT * FROM Customer"}));
        assert_eq!((status, &body["error"]["status"]), (400, &json!("OUT_OF_RANGE")));
        assert!(body["error"]["message"].as_str().unwrap().contains("LIMIT"));
        fake.pages.borrow_mut().clear();
        fake.pages.borrow_mut().extend((0..50).map(|at| page(&rows, (at < 49).then_some("t"))));
        let (status, body) = run(&fake, json!({"query": "select * from Customer"}));
        assert_eq!((status, body["results"].as_array().unwrap().len()), (200, 10_000));
        assert_eq!(run(&fake, json!({"query": "SELECT * FROM Customer LIMIT 10001"})).0, 400);
    }

    #[test]
    fn what_is_refused() {
        let fake = Fake::default();
        for query in [
            json!({}),
            json!({"query": "DELETE FROM Customer"}),
            json!({"query": "SELECT * FROM Customer", "maxRows": "x"}),
            json!({"sql": "x"}),
        ] {
            assert_eq!(run(&fake, query.clone()).0, 400, "{query}");
        }
        assert_eq!(run(&fake, json!({"query": "SELECT * FROM Nothing"})).0, 404);
        assert_eq!(fake.call("POST", ":executeSqlQuery", "{}").0, 400);
        assert!(fake.calls().is_empty());
    }
}
