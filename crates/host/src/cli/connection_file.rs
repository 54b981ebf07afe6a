//! The connection file: TOML with the settings' names.

use std::path::Path;

use toml::{Table, Value};

use super::Trouble;

/// The settings in `file`. Names and values are the connector's to judge.
pub fn read(file: &Path) -> Result<Vec<(String, String)>, Trouble> {
    let settings =
        std::fs::read_to_string(file).map_err(|error| error.to_string()).and_then(|text| parse(&text));
    settings.map_err(|message| Trouble::Usage(format!("{}: {message}", file.display())))
}

fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let settings = table.into_iter().map(|(name, value)| {
        let text = setting(&name, value)?;
        Ok((name, text))
    });
    settings.collect()
}

fn setting(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(truth.to_string()),
        other => Err(format!(
            "`{name}` has a value of type {}; settings are text, whole numbers or true and false",
            other.type_str()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_text() {
        let settings = parse("account_id = \"acct_1\"\nverbosity = 3\nproxy_enabled = false").unwrap();
        let expected = [("account_id", "acct_1"), ("proxy_enabled", "false"), ("verbosity", "3")];
        let mut names: Vec<_> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        names.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_list_is_named() {
        let message = parse("account_id = [1]").unwrap_err();
        assert!(message.contains("`account_id`") && message.contains("array"), "{message}");
    }
}
