//! The rules: from the method, the path and the answer of a call to what it is. They look at the neighbours of a path
//! too, because `/v1/tokens` can only be told from a verb by the `/v1/tokens/{}` beside it.

use std::collections::BTreeMap;

use super::call::{Call, Form, Method};
use super::path::Path;
use super::words::names_object;

/// What a call does with its resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    // The first of a resource's roles shows best what its object is.
    Create,
    Get,
    List,
    Update,
    Delete,
    Search,
    /// The end of the path, innermost segment first.
    Action(Vec<String>),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    /// The path of the collection, or of the one object there is. An action may have none.
    pub resource: Option<Path>,
    pub role: Role,
    /// In a few words, for the reader of `mapping.txt`.
    pub rule: &'static str,
}

/// Every call of the description, to look at neighbours.
pub struct Calls<'a>(BTreeMap<Path, BTreeMap<Method, &'a Call<'a>>>);

impl<'a> Calls<'a> {
    pub fn new(calls: &'a [Call<'a>]) -> Self {
        let mut by_path = BTreeMap::<_, BTreeMap<_, _>>::new();
        for call in calls {
            by_path.entry(call.path.clone()).or_default().insert(call.method, call);
        }
        Self(by_path)
    }

    /// What the call is, unless no rule says so.
    pub fn decide(&self, call: &Call) -> Option<Decision> {
        if let Some(decision) = self.test_helper(call) {
            return Some(decision);
        }
        let path = &call.path;
        if path.is_item() {
            return self.item(call, path.parent()?);
        }
        if call.answer.form == Form::Search {
            return decision(path.parent()?, Role::Search, "search");
        }
        if self.is_resource(path) { self.resource(call) } else { self.action(call, path) }
    }

    /// Test helpers are actions on what stands at the same path without `test_helpers`, also where they create
    /// or update: in live mode there is no such operation.
    fn test_helper(&self, call: &Call) -> Option<Decision> {
        let path = call.path.without_test_helpers().filter(|_| call.method == Method::Post)?;
        let action = |resource, verb: &str| Decision {
            resource: Some(resource),
            role: Role::Action(vec![verb.to_owned()]),
            rule: "test helper",
        };
        if path.is_item() {
            let resource = path.parent().filter(|parent| self.is_resource(parent))?;
            return Some(action(resource, "update"));
        }
        if self.is_resource(&path) {
            return Some(action(path, "create"));
        }
        let action = self.action(call, &path).filter(|action| action.resource.is_some())?;
        Some(Decision { rule: "test helper", ..action })
    }

    fn item(&self, call: &Call, resource: Path) -> Option<Decision> {
        match call.method {
            Method::Get => decision(resource, Role::Get, "item"),
            Method::Post => decision(resource, Role::Update, "item"),
            Method::Delete if !call.answer.deleted.is_empty() => decision(resource, Role::Delete, "item"),
            Method::Delete if self.has(&call.path, Method::Get) => {
                decision(resource, Role::Action(vec!["delete".to_owned()]), "DELETE leaves it readable")
            }
            Method::Delete => decision(resource, Role::Delete, "item, never readable"),
        }
    }

    /// A collection, or the one object there is at its path.
    fn resource(&self, call: &Call) -> Option<Decision> {
        let path = call.path.clone();
        let singleton = self.is_singleton(&path);
        match call.method {
            Method::Get if singleton => decision(path, Role::Get, "singleton"),
            Method::Get => decision(path, Role::List, "collection"),
            Method::Post if singleton => decision(path, Role::Update, "singleton"),
            Method::Post if self.is_collection(&path) => decision(path, Role::Create, "collection"),
            Method::Post => decision(path, Role::Create, "POST of what it answers with"),
            Method::Delete => decision(path, Role::Delete, "singleton"),
        }
    }

    /// Every other POST, and a GET of one thing; named by what the path has below the nearest resource.
    fn action(&self, call: &Call, path: &Path) -> Option<Decision> {
        if call.method == Method::Delete {
            return None;
        }
        let resource = path.ancestors().find(|above| self.is_resource(above));
        let (verbs, rule) = match &resource {
            Some(resource) => match path.below(&resource.item()) {
                Some(verbs) => (verbs, "verb below an item"),
                None => (path.below(resource)?, "verb below a collection"),
            },
            None => (path.last(), "verb"),
        };
        let verbs = verbs.rsplit('/').map(str::to_owned).collect();
        Some(Decision { resource, role: Role::Action(verbs), rule })
    }

    fn is_resource(&self, path: &Path) -> bool {
        let named =
            |call: &Call| call.answer.object().is_some_and(|object| names_object(path.last(), object));
        self.is_collection(path) || self.at(path).any(named)
    }

    fn is_collection(&self, path: &Path) -> bool {
        let listed = |call: &Call| call.method == Method::Get && call.answer.form == Form::List;
        !path.is_item() && (self.at(&path.item()).next().is_some() || self.at(path).any(listed))
    }

    fn is_singleton(&self, path: &Path) -> bool {
        !self.is_collection(path) && self.has(path, Method::Get)
    }

    fn has(&self, path: &Path, method: Method) -> bool {
        self.at(path).any(|call| call.method == method)
    }

    fn at(&self, path: &Path) -> impl Iterator<Item = &'a Call<'a>> {
        self.0.get(path).into_iter().flat_map(|methods| methods.values().copied())
    }
}

fn decision(resource: Path, role: Role, rule: &'static str) -> Option<Decision> {
    Some(Decision { resource: Some(resource), role, rule })
}
