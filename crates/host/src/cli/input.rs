//! Arguments that are more than a word.

use std::io;
use std::net::SocketAddr;

use super::{Trouble, usage};

/// `COL[:desc]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: String,
    pub descending: bool,
}

pub fn sort(text: &str) -> Result<Sort, String> {
    let (column, descending) = match text.rsplit_once(':') {
        None => (text, false),
        Some((column, "asc")) => (column, false),
        Some((column, "desc")) => (column, true),
        Some((_, direction)) => return Err(format!("`{direction}` is neither asc nor desc")),
    };
    if column.is_empty() {
        return Err("a column is missing".to_owned());
    }
    Ok(Sort { column: column.to_owned(), descending })
}

/// Where a server listens.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port up to 65535, such as 127.0.0.1:12111".to_owned())
}

/// `CustomerId=cus_1`.
pub fn parent(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, id)) if !name.is_empty() => Ok((name.to_owned(), id.to_owned())),
        _ => Err("expected a name and an id, such as CustomerId=cus_1".to_owned()),
    }
}

/// A JSON argument: itself, or what `@file` or `-` (standard input) holds. Whether it is JSON is the connector's to say.
pub async fn json(argument: &str) -> Result<String, Trouble> {
    let file = argument.strip_prefix('@').map(str::to_owned);
    if file.is_none() && argument != "-" {
        return Ok(argument.to_owned());
    }
    let source = file.clone().unwrap_or_else(|| "standard input".to_owned());
    // Elsewhere, so that a Ctrl-C comes through while somebody types.
    let read = tokio::task::spawn_blocking(move || match file {
        Some(file) => std::fs::read_to_string(file),
        None => io::read_to_string(io::stdin()),
    });
    let read = read.await.map_err(io::Error::from)?;
    read.map_err(|error| {
        usage(
            format_args!("{source}: {error}"),
            "give the JSON itself, - for standard input, or after @ a file that holds it",
        )
    })
}

/// True for an argument that can only be meant as JSON: no id starts like this.
pub fn looks_like_json(argument: &str) -> bool {
    argument == "-" || argument.starts_with('@') || argument.trim_start().starts_with('{')
}

/// A name in a list, which may be written with blanks after its commas.
pub fn name(text: &str) -> Result<String, String> {
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts() {
        let sorted = |column: &str, descending| Ok(Sort { column: column.to_owned(), descending });
        assert_eq!(sort("Created"), sorted("Created", false));
        assert_eq!(sort("Created:asc"), sorted("Created", false));
        assert_eq!(sort("Created:desc"), sorted("Created", true));
        assert!(sort("Created:down").is_err());
        assert!(sort(":desc").is_err());
    }

    #[test]
    fn parents() {
        assert_eq!(parent("CustomerId=cus_1=2"), Ok(("CustomerId".to_owned(), "cus_1=2".to_owned())));
        assert!(parent("cus_1").is_err());
        assert!(parent("=cus_1").is_err());
    }

    #[tokio::test]
    async fn json_as_given_and_from_a_file() {
        assert_eq!(json("{\"a\": 1}").await.ok().as_deref(), Some("{\"a\": 1}"));
        let manifest = concat!("@", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(json(manifest).await.is_ok_and(|text| text.contains("stripe-connector-host")));
        let missing = json("@/no/such/file").await;
        assert!(matches!(missing, Err(Trouble::Usage(message)) if message.contains("/no/such/file")));
    }

    #[test]
    fn ids_are_not_taken_for_json() {
        assert!(looks_like_json(" {\"Name\": null}"));
        assert!(looks_like_json("@changes.json"));
        assert!(looks_like_json("-"));
        assert!(!looks_like_json("cus_1"));
    }
}
