//! What tests share: a connector that answers as it is told and writes down what it was asked.

use crate::backend::{Backend, Failed};
use crate::contract::actions::Outcome;
use crate::contract::catalog::{ActionSummary, Description, EntitySummary, Operation};
use crate::contract::connection::{State, Status};
use crate::contract::entities::{BulkResult, Change, Page, Query, Row, Selection};
use crate::contract::log::Level;
use crate::contract::secrets::SecretError;
use crate::contract::types::{CallOptions, Effect, Failure, FailureKind};
use crate::http::{Request, Response};
use crate::service;
use serde_json::Value;
use std::cell::RefCell;

/// The connection of all tests.
pub const CONNECTION: &str = "/v2/projects/p/locations/l/connections/c";

pub struct Fake {
    pub settings: Vec<(String, String)>,
    pub secret: Result<Vec<u8>, SecretError>,
    /// Pages in the order of the calls of `list`.
    pub pages: RefCell<Vec<Page>>,
    pub row: &'static str,
    pub bulk: BulkResult,
    /// What every call of data fails with.
    pub failure: Option<Failed>,
    pub status: State,
    pub calls: RefCell<Vec<String>>,
}

impl Default for Fake {
    fn default() -> Fake {
        Fake {
            settings: Vec::new(),
            secret: Ok(b"the-token\n".to_vec()),
            pages: RefCell::default(),
            row: r#"{"Id": "cus_1", "Name": "Jenny"}"#,
            bulk: BulkResult {
                matched: 2,
                changed: 2,
                failures: Vec::new(),
                not_attempted: Vec::new(),
                effect: Effect::None,
                idempotency_key: Some("k".to_owned()),
            },
            failure: None,
            status: State::Active,
            calls: RefCell::default(),
        }
    }
}

impl Fake {
    /// Answers a request.
    pub fn send(&self, request: &Request) -> (u16, Value) {
        let response = service::answer(self, request.clone(), || Ok(request.body.clone()));
        (response.status, body(&response))
    }

    pub fn get(&self, rest: &str) -> (u16, Value) {
        self.send(&get(&format!("{CONNECTION}{rest}")))
    }

    pub fn call(&self, method: &str, rest: &str, body: &str) -> (u16, Value) {
        let mut request = get(&format!("{CONNECTION}{rest}"));
        request.method = method.to_owned();
        request.body = body.as_bytes().to_vec();
        self.send(&request)
    }

    /// The calls since the last question.
    pub fn calls(&self) -> Vec<String> {
        self.calls.take()
    }

    fn note(&self, call: String, options: &CallOptions) -> Result<(), Failed> {
        let mut call = call;
        for (name, value) in [("account", &options.account), ("key", &options.idempotency_key)] {
            if let Some(value) = value {
                call.push_str(&format!(" {name}={value}"));
            }
        }
        self.calls.borrow_mut().push(call);
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn change(&self) -> Change {
        let row: Value = serde_json::from_str(self.row).unwrap();
        Change {
            id: row["Id"].as_str().map(str::to_owned),
            fields: self.row.to_owned(),
            request_id: None,
            idempotency_key: None,
        }
    }
}

/// A request with the right token.
pub fn get(target: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: vec![("authorization".to_owned(), "Bearer the-token".to_owned())],
        body: Vec::new(),
    }
}

/// The JSON of an answer.
pub fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

pub fn page(rows: &str, next: Option<&str>) -> Page {
    Page { rows: rows.to_owned(), next_page_token: next.map(str::to_owned), scanned: 0 }
}

pub fn failure(kind: FailureKind) -> Failed {
    Box::new(Failure {
        kind,
        message: "it went wrong".to_owned(),
        effect: Effect::None,
        idempotency_key: None,
        request_id: None,
        http_status: None,
        code: None,
        decline_code: None,
        param: None,
        doc_url: None,
        retry_after_ms: None,
        rate_limit_reason: None,
        stripe: None,
    })
}

fn summary(name: &str, operations: &[Operation], parents: &[&str]) -> EntitySummary {
    EntitySummary {
        name: name.to_owned(),
        plural: format!("{name}s"),
        operations: operations.to_vec(),
        parents: parents.iter().map(|own| (*own).to_owned()).collect(),
    }
}

impl Backend for Fake {
    fn list(&self, query: &Query, options: &CallOptions) -> Result<Page, Failed> {
        let Query { entity, filter, order_by, columns, page_size, page_token, .. } = query;
        let order = order_by.as_ref().map(|order| (order.column.as_str(), order.descending));
        self.note(
            format!("list {entity} {filter:?} {order:?} {columns:?} {page_size:?} {page_token:?}"),
            options,
        )?;
        let mut pages = self.pages.borrow_mut();
        Ok(if pages.is_empty() { page("[]", None) } else { pages.remove(0) })
    }

    fn get(
        &self,
        entity: &str,
        id: Option<&str>,
        _columns: Option<&[String]>,
        options: &CallOptions,
    ) -> Result<Row, Failed> {
        self.note(format!("get {entity} {id:?}"), options)?;
        Ok(Row { fields: self.row.to_owned(), request_id: None })
    }

    fn create(&self, entity: &str, fields: &str, options: &CallOptions) -> Result<Change, Failed> {
        self.note(format!("create {entity} {fields}"), options)?;
        Ok(self.change())
    }

    fn update(
        &self,
        entity: &str,
        id: Option<&str>,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, Failed> {
        self.note(format!("update {entity} {id:?} {fields}"), options)?;
        Ok(self.change())
    }

    fn delete(&self, entity: &str, id: Option<&str>, options: &CallOptions) -> Result<Change, Failed> {
        self.note(format!("delete {entity} {id:?}"), options)?;
        Ok(self.change())
    }

    fn update_where(
        &self,
        selection: &Selection,
        fields: &str,
        options: &CallOptions,
    ) -> Result<BulkResult, Failed> {
        self.note(format!("update-where {} {} {fields}", selection.entity, selection.filter), options)?;
        Ok(self.bulk.clone())
    }

    fn delete_where(&self, selection: &Selection, options: &CallOptions) -> Result<BulkResult, Failed> {
        self.note(format!("delete-where {} {}", selection.entity, selection.filter), options)?;
        Ok(self.bulk.clone())
    }

    fn execute(&self, action: &str, parameters: &str, options: &CallOptions) -> Result<Outcome, Failed> {
        self.note(format!("execute {action} {parameters}"), options)?;
        Ok(Outcome {
            output: r#"[{"Success": "true", "id": "pi_1"}]"#.to_owned(),
            object: "{}".to_owned(),
            id: None,
            status: None,
            request_id: None,
            idempotency_key: None,
        })
    }

    fn entity_types(&self) -> Vec<EntitySummary> {
        use Operation::{Create, Delete, Get, List, Update};
        vec![
            summary("Balance", &[Get], &[]),
            summary("Customer", &[List, Get, Create, Update, Delete], &[]),
            summary("CustomerTaxId", &[List, Get, Create, Delete], &["CustomerId"]),
        ]
    }

    fn entity_type(&self, name: &str) -> Result<Description, Failed> {
        match name {
            "Customer" | "Customers" => Ok(Description {
                name: "Customer".to_owned(),
                details: include_str!("testdata/customer.json").to_owned(),
            }),
            "Balance" | "CustomerTaxId" => Ok(Description {
                name: name.to_owned(),
                details: format!(
                    r#"{{"name": "{name}", "columns": [], "operations": ["get"], "jsonSchema": {{}}}}"#
                ),
            }),
            _ => Err(failure(FailureKind::InvalidInput)),
        }
    }

    fn actions(&self) -> Vec<ActionSummary> {
        vec![ActionSummary { name: "ConfirmPaymentIntent".to_owned(), test_only: false }]
    }

    fn action(&self, name: &str) -> Result<Description, Failed> {
        match name {
            "ConfirmPaymentIntent" => Ok(Description {
                name: name.to_owned(),
                details: include_str!("testdata/action.json").to_owned(),
            }),
            _ => Err(failure(FailureKind::InvalidInput)),
        }
    }

    fn check_readiness(&self) -> Status {
        self.check_status()
    }

    fn check_status(&self) -> Status {
        Status { state: self.status, description: "as it is".to_owned(), failure: None }
    }

    fn settings(&self) -> Vec<(String, String)> {
        self.settings.clone()
    }

    fn secret(&self, _name: &str, _version: &str) -> Result<Vec<u8>, SecretError> {
        self.secret.clone()
    }

    fn log(&self, _level: Level, _message: &str, _fields: &[(String, String)]) {}
}
