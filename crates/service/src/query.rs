//! Parameters of a query, or of a form that stands for one.

use crate::error::Error;
use percent_encoding::percent_decode_str;

/// What every method of Google's APIs takes. Of these `alt` must be `json`; the others are taken and mean nothing here.
const STANDARD: [&str; 11] = [
    "$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint", "quotaUser",
    "uploadType", "upload_protocol",
];

/// The headers of an execution, in a query.
pub const EXECUTION_HEADERS: &str = "executionConfig.headers";

/// Names and values in the order of the text.
#[derive(Default, Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=b&c=d+e%20f`.
    pub fn parse(text: &str) -> Result<Query, Error> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Query)
    }

    /// Refuses what a route does not take: a mistyped `conditions` would otherwise mean every row.
    pub fn allow(&self, names: &[&str]) -> Result<(), Error> {
        for (name, value) in &self.0 {
            if name == "alt" && value != "json" {
                return Err(Error::invalid("alt", "`alt` must be `json`: answers come in no other format"));
            }
            if !names.contains(&name.as_str()) && !STANDARD.contains(&name.as_str()) {
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                let message = format!("the query parameter `{name}` is not known here; known are: {known}");
                return Err(Error::invalid(name, message));
            }
        }
        Ok(())
    }

    /// All values of a parameter that may be repeated.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that may not.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self.all(name);
        let first = values.next();
        match values.next() {
            Some(_) => {
                let message = format!("the query parameter `{name}` is given more than once; give it once");
                Err(Error::invalid(name, message))
            }
            // In a query an empty text is how a client leaves something out.
            None => Ok(first.filter(|value| !value.is_empty())),
        }
    }

    /// A parameter that is a word of a list; absent: the first.
    pub fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, Error> {
        let is_absent = self.all(name).next().is_none();
        let given = self.one(name)?.or(words.first().copied().filter(|_| is_absent)).unwrap_or_default();
        words.iter().copied().find(|word| *word == given).ok_or_else(|| {
            let message = format!("`{name}` is `{given}`, which is none of {}", words.join(", "));
            Error::invalid(name, message)
        })
    }
}

fn decode(text: &str) -> Result<String, Error> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| {
        Error::invalid("query", format!("`{text}` in the query is no UTF-8 after decoding; encode UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spaces_repeats_and_signs() {
        let query = Query::parse("conditions=A+%3D%20%27x%2By%27&sortBy=A&sortBy=B&flag&pageToken=").unwrap();
        assert_eq!(query.one("conditions").unwrap(), Some("A = 'x+y'"));
        assert_eq!(query.all("sortBy").collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(query.one("pageToken").unwrap(), None);
        assert_eq!(query.one("absent").unwrap(), None);
        assert!(query.one("sortBy").is_err());
        assert!(Query::parse("a=%ff").is_err());
    }

    #[test]
    fn unknown_names_are_refused_and_standard_ones_taken() {
        let allow = |text: &str| Query::parse(text).unwrap().allow(&["view"]);
        assert!(allow("view=x&prettyPrint=false&alt=json&key=1&%24.xgafv=2").is_ok());
        assert!(allow("alt=proto").unwrap_err().message.contains("json"));
        let error = allow("condition=x").unwrap_err();
        assert!(error.message.contains("`condition`") && error.message.contains("view"));
    }

    #[test]
    fn words() {
        let word = |text: &str| Query::parse(text).unwrap().word("view", &["A", "B"]);
        assert_eq!(word("").unwrap(), "A");
        assert_eq!(word("view=B").unwrap(), "B");
        assert!(word("view=").is_err());
        assert!(word("view=C").unwrap_err().message.contains("A, B"));
    }
}
