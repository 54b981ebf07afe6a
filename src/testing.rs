//! A host and a Stripe for the tests of this crate: answers in the order in which they were put, and what was sent.

use crate::api::entities::{Page, Query};
use crate::failure::Failed;
use crate::given::log::Level;
use crate::given::secrets::SecretError;
use crate::given::throttle::{Admission, Lane};
use crate::host::{Context, Host};
use crate::layout::Layouts;
use crate::settings::Settings;
use crate::transport::{Broken, Limits, Next, Queue, Request, Response, Transport};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

pub struct Fake {
    settings: Result<Settings, Failed>,
    layouts: Layouts,
    answers: RefCell<VecDeque<Result<Response, Broken>>>,
    /// Method, target, body and selected headers of each request.
    pub sent: RefCell<Vec<Sent>>,
    pub secret: RefCell<Result<Vec<u8>, SecretError>>,
    pub admissions: RefCell<VecDeque<Admission>>,
    pub lanes: RefCell<Vec<Lane>>,
    pub observed: RefCell<Vec<(Option<u16>, Option<u32>)>>,
    pub logged: RefCell<Vec<String>>,
    pub clock: Cell<u64>,
    /// The list of test clocks is answered like every other request; else there are none, and nobody asked.
    pub has_clocks: Cell<bool>,
    secrets_asked: Cell<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub line: String,
    pub host: String,
    pub body: Option<String>,
    pub headers: Vec<(&'static str, String)>,
    pub authorization: Option<String>,
    pub start_at: u64,
}

impl Sent {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

impl Fake {
    pub fn new(settings: &[(&str, &str)]) -> Fake {
        // What fails is tried again only in the tests of that.
        let retries = settings.iter().any(|(name, _)| *name == "max_retries");
        let settings = settings.iter().chain((!retries).then_some(&("max_retries", "0")));
        let pairs: Vec<_> = settings.map(|(n, v)| (n.to_string(), v.to_string())).collect();
        Fake {
            settings: Settings::read(&pairs),
            layouts: Layouts::default(),
            answers: RefCell::default(),
            sent: RefCell::default(),
            secret: RefCell::new(Ok(b"sk_test_filler".to_vec())),
            admissions: RefCell::default(),
            lanes: RefCell::default(),
            observed: RefCell::default(),
            logged: RefCell::default(),
            clock: Cell::new(1_000),
            has_clocks: Cell::new(false),
            secrets_asked: Cell::new(0),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context::new(self, self, "test", &self.settings, &self.layouts)
    }

    /// The next answer of Stripe.
    pub fn answers(&self, status: u16, body: &str) -> &Self {
        self.answers_with(status, body, &[])
    }

    pub fn answers_with(&self, status: u16, body: &str, headers: &[(&str, &str)]) -> &Self {
        let headers = [("request-id", "req_1")].iter().chain(headers);
        let headers = headers.map(|(n, v)| (n.to_string(), v.to_string())).collect();
        self.answers.borrow_mut().push_back(Ok(Response { status, headers, body: body.as_bytes().to_vec() }));
        self
    }

    pub fn breaks(&self, broken: Broken) -> &Self {
        self.answers.borrow_mut().push_back(Err(broken));
        self
    }

    pub fn lines(&self) -> Vec<String> {
        self.sent.borrow().iter().map(|sent| sent.line.clone()).collect()
    }

    pub fn secrets_asked(&self) -> u32 {
        self.secrets_asked.get()
    }
}

impl Host for Fake {
    fn secret(&self, name: &str, _: &str) -> Result<Vec<u8>, SecretError> {
        assert_eq!(name, "stripe-api-key");
        self.secrets_asked.set(self.secrets_asked.get() + 1);
        self.secret.borrow().clone()
    }

    fn admit(&self, lane: &Lane, _: u32) -> Admission {
        self.lanes.borrow_mut().push(lane.clone());
        self.admissions.borrow_mut().pop_front().unwrap_or(Admission::After(0))
    }

    fn observe(&self, _: &Lane, status: Option<u16>, retry_after_ms: Option<u32>) {
        self.observed.borrow_mut().push((status, retry_after_ms));
    }

    fn log_enabled(&self, _: Level) -> bool {
        true
    }

    fn log(&self, level: Level, message: &str, fields: &[(String, String)]) {
        self.logged.borrow_mut().push(format!("{level:?} {message} {fields:?}"));
    }

    fn now_ms(&self) -> u64 {
        self.clock.get()
    }

    fn random(&self) -> [u8; 16] {
        [0xab; 16]
    }
}

impl Fake {
    fn answer(&self, request: Request) -> Result<Response, Broken> {
        if !self.has_clocks.get() && request.target.starts_with("/v1/test_helpers/test_clocks") {
            let body = br#"{"object": "list", "data": [], "has_more": false}"#.to_vec();
            return Ok(Response { status: 200, headers: Vec::new(), body });
        }
        let authorization = request.key.map(|key| String::from_utf8_lossy(key.authorization()).into_owned());
        self.sent.borrow_mut().push(Sent {
            line: format!("{} {}", request.method.as_str(), request.target),
            host: request.origin.authority.clone(),
            body: request.body.map(|body| String::from_utf8_lossy(&body).into_owned()),
            headers: request.headers,
            authorization,
            start_at: request.start_at,
        });
        self.answers.borrow_mut().pop_front().expect("an answer for every request")
    }
}

impl Transport for Fake {
    fn send_all<'a>(&self, queue: &mut dyn Queue<'a>, _: usize, _: u64, _: Limits) {
        loop {
            match queue.next() {
                Next::Send(ticket, request) => {
                    let answer = self.answer(request);
                    queue.done(ticket, answer);
                }
                Next::At(time) => self.clock.set(time),
                Next::Nothing => return,
            }
        }
    }
}

pub use crate::client::no_options as options;

/// The ids of all objects of an entity.
pub fn query(entity: &str) -> Query {
    Query {
        entity: entity.to_owned(),
        filter: None,
        order_by: None,
        columns: Some(vec!["Id".to_owned()]),
        page_size: None,
        page_token: None,
        raw: None,
    }
}

/// The ids of a page's rows.
pub fn ids(page: &Page) -> Vec<String> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(&page.rows).unwrap();
    rows.iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
}

/// A page of Stripe with customers of these numbers.
pub fn customers(numbers: impl IntoIterator<Item = u32>, has_more: bool) -> String {
    let data: Vec<String> =
        numbers.into_iter().map(|n| format!(r#"{{"id": "cus_{n}", "name": "{}"}}"#, n % 2)).collect();
    format!(r#"{{"object": "list", "has_more": {has_more}, "data": [{}]}}"#, data.join(","))
}
