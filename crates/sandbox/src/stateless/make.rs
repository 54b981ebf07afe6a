//! Objects by Stripe's description alone: every field that one must have, with what was sent where
//! that fits.

use serde_json::{Map, Value, json};

use super::words;
use crate::account::Account;
use crate::conform::fits;
use crate::instant::rfc3339;
use crate::route::Call;
use crate::spec::{Fields, Node, NodeId, SPEC};
use crate::store::Store;

/// No object needs so many objects within each other; one that did would have no end.
const MAX_DEPTH: usize = 16;

/// What objects are made for.
pub struct Maker<'a> {
    now: i64,
    call: &'a Call,
    store: &'a Store,
    /// Paths of fields that are to be there as objects.
    wanted: Vec<&'a str>,
}

/// The place of a value in what is made.
#[derive(Clone)]
struct At<'a> {
    name: &'a str,
    /// The schema around it.
    kind: &'a str,
    path: String,
    depth: usize,
}

impl<'a> Maker<'a> {
    pub fn of(account: &'a Account, call: &'a Call) -> Maker<'a> {
        let paths = call.params.list("expand").iter().chain(call.params.list("include"));
        let wanted = paths.filter_map(Value::as_str).collect();
        Maker { now: account.now(), call, store: &account.store, wanted }
    }

    /// An object with this id; `path` is what the expansions of its fields begin with.
    pub fn object(&self, node: NodeId, path: &str, id: &str, sent: &Map<String, Value>) -> Value {
        let mut sent = sent.clone();
        sent.insert("id".to_owned(), json!(id));
        let at = At { name: "", kind: "", path: path.to_owned(), depth: 0 };
        self.default(node, &at, Some(&sent))
    }

    /// An object of a list.
    pub fn item(&self, data: NodeId, path: &str, id: &str, sent: &Map<String, Value>) -> Value {
        match SPEC.node(data) {
            Node::Array(item) => self.object(*item, path, id, sent),
            _ => Value::Null,
        }
    }

    /// The schema that is made of a node.
    pub fn kind(&self, node: NodeId) -> &'static str {
        match SPEC.node(node) {
            Node::Array(inner) | Node::Nullable(inner) => self.kind(*inner),
            Node::AnyOf(nodes) => self.choose(nodes).map_or("", |node| self.kind(node)),
            Node::Ref(schema) => match SPEC.object(schema) {
                Some(inner) if matches!(SPEC.node(inner), Node::AnyOf(_)) => self.kind(inner),
                _ => schema,
            },
            _ => "",
        }
    }

    /// What was sent, as far as a field may be that.
    fn echo(&self, node: NodeId, at: &At, sent: &Value) -> Option<Value> {
        match (SPEC.node(node), sent) {
            (Node::Nullable(_), Value::Null) => Some(Value::Null),
            (Node::Nullable(inner), sent) => self.echo(*inner, at, sent),
            (Node::Ref(schema), sent) => {
                self.echo(SPEC.object(schema)?, &At { kind: schema, ..at.clone() }, sent)
            }
            (Node::AnyOf(nodes), sent) => nodes.iter().find_map(|node| self.echo(*node, at, sent)),
            (Node::Object(fields), Value::Object(sent))
                if sent.keys().any(|name| fields.all.contains_key(name)) =>
            {
                Some(self.fields(fields, at, Some(sent)))
            }
            // Without the keys that were unset.
            (Node::Map(inner), Value::Object(sent)) => {
                let set = sent.iter().filter(|(_, value)| !value.is_null());
                let echoed = set.map(|(name, value)| Some((name.clone(), self.echo(*inner, at, value)?)));
                echoed.collect::<Option<_>>().map(Value::Object)
            }
            (Node::Array(inner), Value::Array(sent)) => {
                sent.iter().map(|sent| self.echo(*inner, at, sent)).collect::<Option<_>>().map(Value::Array)
            }
            (Node::Expandable(_), Value::String(id)) => Some(self.reference(node, at, id)),
            (Node::Object(_) | Node::Map(_) | Node::Array(_) | Node::Expandable(_), _) => None,
            (_, sent) => fits(node, sent).then(|| sent.clone()),
        }
    }

    fn default(&self, node: NodeId, at: &At, sent: Option<&Map<String, Value>>) -> Value {
        if at.depth > MAX_DEPTH {
            return Value::Null;
        }
        match SPEC.node(node) {
            // It is never left empty by Stripe, whatever the description allows.
            Node::Nullable(_) if at.name == "metadata" => json!({}),
            Node::Nullable(inner) if self.wants(at) => self.default(*inner, at, sent),
            Node::Nullable(_) | Node::Any => Value::Null,
            Node::Ref(schema) => match SPEC.object(schema) {
                Some(inner) => self.default(inner, &At { kind: schema, ..at.clone() }, sent),
                None => Value::Null,
            },
            Node::AnyOf(nodes) => self.choose(nodes).map_or(Value::Null, |node| self.default(node, at, sent)),
            Node::Expandable(schemas) => {
                let kind = schemas.first().map_or("", String::as_str);
                self.reference(node, at, &words::id(kind))
            }
            Node::Object(fields) => self.fields(fields, at, sent),
            Node::Map(_) => json!({}),
            Node::Array(_) => json!([]),
            Node::Text(max) => json!(words::text(at.name, at.kind, *max)),
            Node::Enum(words) => json!(words.first()),
            Node::Unset | Node::Binary => json!(""),
            Node::Decimal => json!("0"),
            Node::Integer | Node::Number => json!(0),
            Node::Instant => json!(words::instant(at.name, self.now)),
            Node::DateTime => json!(rfc3339(words::instant(at.name, self.now))),
            Node::Boolean => json!(at.name == "deleted"),
        }
    }

    fn fields(&self, fields: &Fields, at: &At, sent: Option<&Map<String, Value>>) -> Value {
        let there = |name: &&String, node: NodeId| {
            let left_out = fields.left_out.contains(name);
            let null = matches!(SPEC.node(node), Node::Nullable(_)) && !left_out;
            null || fields.required.contains(name) || self.wants(&at.field(name))
        };
        let mut names: Vec<_> = fields.all.iter().filter(|(name, node)| there(name, **node)).collect();
        // As Stripe writes them: what an object is comes first.
        names.sort_by_key(|(name, _)| (*name != "id", *name != "object", *name));
        let mut made: Map<String, Value> = names
            .into_iter()
            .map(|(name, node)| (name.clone(), self.default(*node, &at.field(name), None)))
            .collect();
        for (name, sent) in sent.into_iter().flatten() {
            let node = fields.all.get(name);
            if let Some(echoed) = node.and_then(|node| self.echo(*node, &at.field(name), sent)) {
                made.insert(name.clone(), echoed);
            }
        }
        // A list within an object lives at a path of its own.
        if fields.all.contains_key("has_more") && made.contains_key("url") {
            let kind = fields.all.get("data").map_or("", |data| self.kind(*data));
            let url = words::list_url(kind).map(str::to_owned);
            let url = url.unwrap_or_else(|| format!("{}/{}", self.call.path, at.name));
            made.insert("url".to_owned(), json!(url));
        }
        Value::Object(made)
    }

    /// An id, or the object that it names where that is wanted. What is kept is put there later.
    fn reference(&self, node: NodeId, at: &At, id: &str) -> Value {
        let Node::Expandable(schemas) = SPEC.node(node) else {
            return json!(id);
        };
        let schema = schemas.iter().find(|schema| !schema.starts_with("deleted_"));
        let Some((schema, object)) = schema.and_then(|schema| Some((schema, SPEC.object(schema)?))) else {
            return json!(id);
        };
        if !self.wants(at) || self.store.find(id).is_some() {
            return json!(id);
        }
        let own = Map::from_iter([("id".to_owned(), json!(id))]);
        self.default(object, &At { kind: schema, ..at.clone() }, Some(&own))
    }

    fn wants(&self, at: &At) -> bool {
        let below = |path: &&str| {
            path.strip_prefix(&at.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        !at.path.is_empty() && self.wanted.iter().any(below)
    }

    /// The alternative that the request is about: what is left of a deleted object, a bank account at
    /// a path of bank accounts. Otherwise it is the first.
    fn choose(&self, nodes: &[NodeId]) -> Option<NodeId> {
        let fitness = |node: &NodeId| {
            let Node::Ref(schema) = SPEC.node(*node) else {
                return 0;
            };
            let (deleted, kind) = match schema.strip_prefix("deleted_") {
                Some(kind) => (true, kind),
                None => (false, schema.as_str()),
            };
            let plural = format!("{}s", kind.rsplit('.').next().unwrap_or_default());
            let placed = self.call.operation.path.split('/').any(|part| part == plural);
            let start = format!("{}_", words::prefix(kind));
            let named = self.call.ids.last().is_some_and(|id| id.id.starts_with(&start));
            let fit = deleted == (self.call.operation.method == "DELETE");
            1 + 4 * i32::from(fit) + 2 * i32::from(placed) + i32::from(named)
        };
        // The last of the fittest, so that it is the first of them.
        nodes.iter().rev().max_by_key(|node| fitness(node)).copied()
    }
}

impl<'a> At<'a> {
    fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        At { name, kind: self.kind, path, depth: self.depth + 1 }
    }
}
