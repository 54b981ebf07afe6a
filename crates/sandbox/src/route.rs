//! Routes as data: the operation of Stripe's that an endpoint is, and the function that does it.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::account::Account;
use crate::content::Upload;
use crate::error::Result;
use crate::params::Params;
use crate::spec::Operation;

type Run = fn(&mut Account, &Call) -> Result<Value>;

#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// `{name}` stands for an id; its name is what Stripe calls the parameter in errors.
    pub path: &'static str,
    /// The kind of object that it is about.
    pub kind: &'static str,
    /// Names separated by blanks.
    pub lacks: &'static str,
    /// Its answers are made up and nothing is kept.
    pub stateless: bool,
    pub run: Run,
}

pub const fn get(path: &'static str, kind: &'static str, run: Run) -> Route {
    Route { method: "GET", path, kind, lacks: "", stateless: false, run }
}

pub const fn post(path: &'static str, kind: &'static str, run: Run) -> Route {
    Route { method: "POST", path, kind, lacks: "", stateless: false, run }
}

pub const fn delete(path: &'static str, kind: &'static str, run: Run) -> Route {
    Route { method: "DELETE", path, kind, lacks: "", stateless: false, run }
}

impl Route {
    /// Names parameters, separated by blanks, that Stripe has, but with which nothing that the sandbox
    /// did would be true. They are refused, and the refusal says so. A resource has one list for all
    /// of its routes: what one of them does not take at all is unknown there.
    pub const fn lacking(mut self, lacks: &'static str) -> Route {
        self.lacks = lacks;
        self
    }

    pub fn lacks(&self, name: &str) -> bool {
        self.lacks.split_whitespace().any(|lacks| lacks == name)
    }

    /// The ids in a raw path, if it is this route's. Each segment is decoded once and after the
    /// path was split, so that `/` and `?` in an id are data.
    pub fn ids(&self, method: &str, path: &str) -> Option<Vec<PathId>> {
        if self.method != method {
            return None;
        }
        let mut ids = Vec::new();
        let mut sent = path.split('/');
        for part in self.path.split('/') {
            let text = sent.next()?;
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            match name {
                Some(_) if text.is_empty() => return None,
                Some(name) => {
                    ids.push(PathId { name, id: percent_decode_str(text).decode_utf8_lossy().into_owned() })
                }
                None if part != text => return None,
                None => {}
            }
        }
        sent.next().is_none().then_some(ids)
    }
}

/// An id in a path and what Stripe calls it.
#[derive(Debug)]
pub struct PathId {
    pub name: &'static str,
    pub id: String,
}

/// A checked request on its way to its function.
#[derive(Debug)]
pub struct Call {
    pub operation: &'static Operation,
    pub kind: &'static str,
    /// The account that it is for.
    pub account: String,
    pub path: String,
    pub ids: Vec<PathId>,
    pub params: Params,
    pub upload: Option<Upload>,
}

impl Call {
    /// The first id of the path; empty where the route has none.
    pub fn id(&self) -> &str {
        self.ids.first().map_or("", |id| &id.id)
    }

    /// The object of this kind that the path's first id names.
    pub fn subject(&self, account: &Account, kind: &str) -> Result<Value> {
        let name = self.ids.first().map_or("id", |id| id.name);
        account.fetch(kind, self.id(), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &mut Account, _: &Call) -> Result<Value> {
        Ok(Value::Null)
    }

    #[test]
    fn ids_are_data() {
        let route = get("/v1/things/{thing}", "thing", nothing);
        let ids = |path| route.ids("GET", path).map(|ids| ids[0].id.clone());
        assert_eq!(ids("/v1/things/a").as_deref(), Some("a"));
        assert_eq!(ids("/v1/things/a%2Fb%3Fc%2525").as_deref(), Some("a/b?c%25"));
        assert_eq!(ids("/v1/things/a/b"), None);
        assert_eq!(ids("/v1/things/"), None);
        assert_eq!(ids("/v1/things"), None);
        assert!(route.ids("POST", "/v1/things/a").is_none());
    }
}
