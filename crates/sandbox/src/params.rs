//! The form encoding of query and body: `a[b][0]=v` becomes a tree of objects and texts.
//!
//! Lists stay objects keyed by their indices here; only the parameter table knows which they are.

use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

/// Deeper names than any parameter of Stripe's are refused, so that recursion stays shallow.
const MAX_DEPTH: usize = 16;

/// Decodes pairs into a tree.
pub fn decode(text: &str) -> Result<Map<String, Value>> {
    let mut tree = Map::new();
    for (key, value) in form_urlencoded::parse(text.as_bytes()) {
        let path = split(&key);
        if path.len() > MAX_DEPTH {
            return Err(ApiError::invalid(format!("Parameters nest at most {MAX_DEPTH} levels.")));
        }
        if !insert(&mut tree, &path, value.into_owned()) {
            return Err(ApiError::invalid(format!("The parameter {key} is sent twice, or in two shapes.")));
        }
    }
    Ok(tree)
}

/// False where there is something else already: which of the two was meant, nobody can tell.
fn insert(tree: &mut Map<String, Value>, path: &[&str], value: String) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    // `a[]=x` appends.
    let key = if first.is_empty() { tree.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        return tree.insert(key, Value::String(value)).is_none();
    }
    match tree.entry(key).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(branch) => insert(branch, rest, value),
        _ => false,
    }
}

/// `a[b][0]` is `a`, `b`, `0`; a name whose brackets do not match is one name.
fn split(key: &str) -> Vec<&str> {
    let Some((head, tail)) = key.split_once('[') else {
        return vec![key];
    };
    match tail.strip_suffix(']') {
        Some(inner) if !head.is_empty() => {
            let mut path = vec![head];
            path.extend(inner.split("]["));
            path
        }
        _ => vec![key],
    }
}

/// The name of a field of a parameter; a parameter of its own where there is nothing around it.
pub fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}[{name}]") }
}

/// Parameters after the check: numbers are numbers, lists are lists, null stands for "unset".
#[derive(Debug, Default)]
pub struct Params(pub Map<String, Value>);

impl Params {
    /// The value, also when it is null.
    pub fn sent(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value, unless it is absent or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_i64)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use serde_json::json;

    #[test]
    fn nested_names_become_a_tree() {
        let tree = decode("a=1&b[c][d]=x%20y&b%5Be%5D=&l[0]=p&l[1][q]=r&m[]=s&m[]=t").unwrap();
        assert_eq!(
            json!(tree),
            json!({
                "a": "1",
                "b": {"c": {"d": "x y"}, "e": ""},
                "l": {"0": "p", "1": {"q": "r"}},
                "m": {"0": "s", "1": "t"},
            })
        );
    }

    #[test]
    fn what_is_sent_twice_or_in_two_shapes_is_refused() {
        for text in ["a=1&a=2", "a=1&a[gt]=2", "a[gt]=1&a=2", "a[gt]=1&a[gt]=2"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn odd_names_stay_one_name_and_depth_ends() {
        assert_eq!(json!(decode("a[b=1&]=2").unwrap()), json!({"a[b": "1", "]": "2"}));
        assert!(decode(&format!("a{}=1", "[x]".repeat(20))).is_err());
    }
}
