//! Stand-in of this branch for the world of accounts: what the server needs of it, no more.
#![allow(dead_code, clippy::unused_self)]

use crate::account::Account;
use crate::answer::{Answer, Ticket};
use crate::record::Request;
use crate::service;

#[derive(Debug, Default)]
pub struct World {
    pub account: Account,
}

impl World {
    pub fn answer(&mut self, request: &Request, key: Option<&str>) -> Answer {
        let (status, body) = service::answer(&mut self.account, request, key);
        Answer { status, headers: Vec::new(), body: body.to_string(), ticket: None }
    }

    pub fn refuse(&mut self, _request: &Request, _key: Option<&str>, _answer: Answer) {}

    pub fn settle(&mut self, _ticket: Ticket) {}
}
