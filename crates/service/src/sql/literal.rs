//! Parameters: each `?` of the conditions becomes a literal, so that no value can be taken for a condition.

use crate::body;
use crate::error::Error;
use serde::Deserialize;
use serde_json::Number;
use serde_json::value::RawValue;

/// Types whose values are numbers, even where JSON sends a text.
const NUMBERS: [&str; 11] = [
    "BIGINT", "DECIMAL", "DOUBLE", "FLOAT", "INT", "INTEGER", "LONG", "NUMERIC", "REAL", "SMALLINT",
    "TINYINT",
];

/// A value, and the type that the caller says it has.
#[derive(Deserialize, Debug)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parameter {
    /// As it is written: no digit of a number is lost.
    value: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "body::or_default")]
    data_type: String,
}

/// The conditions with literals in the place of their `?`.
pub fn fill(filter: &str, parameters: &[Parameter]) -> Result<String, Error> {
    let mut filled = String::with_capacity(filter.len());
    let mut inside: Option<char> = None;
    let mut used = 0;
    for sign in filter.chars() {
        match inside {
            Some(end) => inside = Some(end).filter(|end| *end != sign),
            None if sign == '?' => {
                if let Some(parameter) = parameters.get(used) {
                    filled.push_str(&literal(parameter, used)?);
                }
                used += 1;
                continue;
            }
            None => {
                inside = match sign {
                    '\'' | '"' => Some(sign),
                    '[' => Some(']'),
                    _ => None,
                }
            }
        }
        filled.push(sign);
    }
    match used == parameters.len() {
        true => Ok(filled),
        false => {
            let message = format!(
                "the conditions have {used} `?` and `queryParameters` has {} values; give one for each `?`",
                parameters.len()
            );
            Err(Error::invalid("query.queryParameters", message))
        }
    }
}

fn literal(parameter: &Parameter, at: usize) -> Result<String, Error> {
    let is_number = NUMBERS.contains(&parameter.data_type.as_str());
    let written = parameter.value.as_deref().map_or("null", RawValue::get);
    if let Ok(text) = serde_json::from_str::<String>(written) {
        return match serde_json::from_str::<Number>(&text) {
            Ok(_) if is_number => Ok(text.trim().to_owned()),
            Err(_) if is_number => {
                Err(refused(at, &format!("is no number, as its type {} says", parameter.data_type)))
            }
            _ => Ok(format!("'{}'", text.replace('\'', "''"))),
        };
    }
    match written.as_bytes().first() {
        Some(b'n' | b't' | b'f') => Ok(written.to_ascii_uppercase()),
        Some(b'-' | b'0'..=b'9') => Ok(written.to_owned()),
        _ => Err(refused(
            at,
            "is a list or an object; give a text, a number, a truth or null, and one `?` for each",
        )),
    }
}

fn refused(at: usize, why: &str) -> Error {
    let field = format!("query.queryParameters[{at}].value");
    Error::invalid(&field, format!("`{field}` {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn filled(filter: &str, parameters: Value) -> Result<String, String> {
        let parameters: Vec<Parameter> = serde_json::from_value(parameters).unwrap();
        fill(filter, &parameters).map_err(|error| error.message)
    }

    #[test]
    fn values_become_literals() {
        let parameters = json!([
            {"value": "x' OR '1' = '1"}, {"value": 1.5}, {"value": true}, {"value": null}, {"value": "12", "dataType": "BIGINT"},
        ]);
        assert_eq!(
            filled("A = ? AND [?] = '?' AND B IN (?, ?, ?,?)", parameters).unwrap(),
            "A = 'x'' OR ''1'' = ''1' AND [?] = '?' AND B IN (1.5, TRUE, NULL,12)"
        );
    }

    #[test]
    fn digits_are_not_lost() {
        let parameters = r#"[{"value": 12345678901234567890123.10, "dataType": "DECIMAL"}]"#;
        let parameters: Vec<Parameter> = serde_json::from_str(parameters).unwrap();
        assert_eq!(fill("A = ?", &parameters).unwrap(), "A = 12345678901234567890123.10");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(filled("A = ?", json!([])).unwrap_err().contains("1 `?`"));
        assert!(filled("A = 1", json!([{"value": 1}])).unwrap_err().contains("0 `?`"));
        assert!(filled("A = ?", json!([{"value": []}])).unwrap_err().contains("[0]"));
        assert!(
            filled("A = ?", json!([{"value": "1 OR 1", "dataType": "INTEGER"}]))
                .unwrap_err()
                .contains("INTEGER")
        );
    }
}
