//! The operations of Stripe's description, and requests that have what each needs.

use serde_json::{Map, Value, json};

pub struct Facts(Value);

pub struct Operation {
    pub method: String,
    pub path: String,
    takes: usize,
    gives: Value,
}

impl Facts {
    pub fn read() -> Facts {
        Facts(serde_json::from_str(include_str!("../../../src/spec/facts.json")).unwrap())
    }

    pub fn operations(&self) -> Vec<Operation> {
        let operations = self.0["operations"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        operations
            .map(|fact| Operation {
                method: text(&fact[0]),
                path: text(&fact[1]),
                takes: fact[2].as_u64().unwrap() as usize,
                gives: fact[3].clone(),
            })
            .collect()
    }

    /// The parameters that an operation cannot do without.
    pub fn needed(&self, operation: &Operation) -> Map<String, Value> {
        self.parameters(operation, false)
    }

    /// All the parameters that an operation takes, but those that say what its answer looks like.
    pub fn all(&self, operation: &Operation) -> Map<String, Value> {
        let mut all = self.parameters(operation, true);
        for name in ["ending_before", "expand", "page", "starting_after"] {
            all.remove(name);
        }
        all
    }

    /// The fields of an answer that can be expanded, if the operation does that.
    pub fn expandable(&self, operation: &Operation) -> Vec<String> {
        if self.0["nodes"][operation.takes][1]["expand"].is_null() {
            return Vec::new();
        }
        let fields = self.fields(&operation.gives);
        match fields.iter().find(|(name, _)| name == "data") {
            Some((_, items)) => {
                let items = self.fields(items);
                self.references(&items).map(|name| format!("data.{name}")).collect()
            }
            None => self.references(&fields).cloned().collect(),
        }
    }

    fn references<'a>(&'a self, fields: &'a [(String, Value)]) -> impl Iterator<Item = &'a String> {
        let refers = |node: &Value| {
            let node = &self.0["nodes"][node.as_u64().unwrap() as usize];
            let inner = &self.0["nodes"][node[1].as_u64().unwrap_or_default() as usize];
            node[0] == "expandable" || (node[0] == "nullable" && inner[0] == "expandable")
        };
        fields.iter().filter(move |(_, node)| refers(node)).map(|(name, _)| name)
    }

    /// The fields of the first object that a node may be.
    fn fields(&self, node: &Value) -> Vec<(String, Value)> {
        let Some(node) = node.as_u64() else {
            return Vec::new();
        };
        let node = &self.0["nodes"][node as usize];
        match node[0].as_str().unwrap() {
            "object" => {
                let fields = node[1].as_object().unwrap().iter();
                fields.map(|(name, node)| (name.clone(), node.clone())).collect()
            }
            "ref" => self.fields(&self.0["objects"][node[1].as_str().unwrap()]),
            "any-of" => self.fields(&node[1][0]),
            "array" | "nullable" => self.fields(&node[1]),
            _ => Vec::new(),
        }
    }

    fn parameters(&self, operation: &Operation, all: bool) -> Map<String, Value> {
        let node = &self.0["nodes"][operation.takes];
        let taken = node[1].as_object().unwrap().iter();
        let needed = |name: &str| all || node[2].as_array().unwrap().iter().any(|own| own == name);
        let sent = taken.filter(|(name, _)| needed(name));
        sent.map(|(name, node)| (name.clone(), self.value(node.as_u64().unwrap() as usize, all))).collect()
    }

    fn value(&self, node: usize, all: bool) -> Value {
        let node = &self.0["nodes"][node];
        let inner = |place: &Value| self.value(place.as_u64().unwrap() as usize, all);
        match node[0].as_str().unwrap() {
            "object" => {
                let required = node[2].as_array().unwrap();
                // A form cannot say that an object is there and has nothing.
                let first = node[1].as_object().unwrap().keys().next().filter(|_| required.is_empty());
                let sent =
                    |name: &String| all || required.iter().any(|own| own == name) || Some(name) == first;
                let fields = node[1].as_object().unwrap().iter().filter(|(name, _)| sent(name));
                fields.map(|(name, node)| (name.clone(), inner(node))).collect()
            }
            "map" => json!({ "key": inner(&node[1]) }),
            "array" => json!([inner(&node[1])]),
            "any-of" => inner(&node[1][0]),
            "nullable" => inner(&node[1]),
            "enum" => node[1][0].clone(),
            "decimal" => json!("1.5"),
            "integer" | "instant" | "number" => json!(1),
            "date-time" => json!("2026-01-31T12:00:00Z"),
            "boolean" => json!(true),
            "string" | "any" | "binary" => json!("x"),
            // Never needed.
            "unset" => json!(""),
            other => panic!("no parameter is {other}"),
        }
    }
}

impl Operation {
    /// The path with an id that nothing has in every place of one.
    pub fn filled(&self) -> String {
        let part = |part: &str| if part.starts_with('{') { "x_1".to_owned() } else { part.to_owned() };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    pub fn has_json(&self) -> bool {
        self.path.starts_with("/v2/") && self.method == "POST"
    }
}

/// Parameters as the pairs of a form.
pub fn pairs(parameters: &Map<String, Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in parameters {
        flatten(name, value, &mut pairs);
    }
    pairs
}

fn flatten(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| flatten(&format!("{name}[{key}]"), value, pairs));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(place, value)| flatten(&format!("{name}[{place}]"), value, pairs));
        }
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        other => pairs.push((name.to_owned(), other.to_string())),
    }
}
