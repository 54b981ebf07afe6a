//! The operations of Stripe's description, and requests that have what each needs.

use serde_json::{Map, Value, json};

pub struct Facts(Value);

pub struct Operation {
    pub method: String,
    pub path: String,
    takes: usize,
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
            })
            .collect()
    }

    /// The parameters that an operation cannot do without.
    pub fn needed(&self, operation: &Operation) -> Map<String, Value> {
        match self.value(operation.takes) {
            Value::Object(needed) => needed,
            other => panic!("{} {} takes {other}", operation.method, operation.path),
        }
    }

    fn value(&self, node: usize) -> Value {
        let node = &self.0["nodes"][node];
        let inner = |place: &Value| self.value(place.as_u64().unwrap() as usize);
        match node[0].as_str().unwrap() {
            "object" => {
                let required = node[2].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                required.map(|name| (name.to_owned(), inner(&node[1][name]))).collect()
            }
            "map" => json!({ "key": inner(&node[1]) }),
            "array" => json!([inner(&node[1])]),
            "any-of" => inner(&node[1][0]),
            "nullable" => inner(&node[1]),
            "enum" => node[1][0].clone(),
            "decimal" => json!("1.5"),
            "integer" | "instant" | "number" => json!(1),
            "boolean" => json!(true),
            "string" | "any" => json!("x"),
            other => panic!("no required parameter is {other}"),
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
