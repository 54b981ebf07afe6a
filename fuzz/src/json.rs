//! JSON taken apart. The input is the text, read as an object and as a page of a list.

use crate::is_json;
use serde_json::Value;
use stripe_connector_native::json::{Error, Members};

/// Inside so many objects no more is looked at.
const DEPTH: usize = 20;

/// What is taken apart is what serde_json takes for JSON, and what is known of an object, wherever it is, is what its text
/// says by itself.
pub fn json(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Members::parse(text) {
        Ok(members) => {
            assert!(is_json(text) && text.trim_start().starts_with('{'), "{text}");
            assert_known(&members, 0);
        }
        Err(error) => {
            assert_refused(text, &error);
            // This reader refuses names that say nothing, too.
            let is_object = serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object());
            assert!(!is_object, "{error}: {text}");
        }
    }
    match Members::parse_with_items(text, "data") {
        Ok((members, items)) => {
            assert_known(&members, 0);
            let Some(items) = items else { return };
            for at in 0..items.len() {
                let item = items.text(text, at).expect("its text");
                assert!(is_json(item), "{item}");
                assert_same(items.members(text, at).ok(), item, 0);
            }
        }
        Err(error) => assert_refused(text, &error),
    }
}

fn assert_refused(text: &str, error: &Error) {
    assert_eq!(matches!(error, Error::Syntax(_)), !is_json(text), "{error}: {text}");
}

fn assert_known(members: &Members, depth: usize) {
    for member in members.members() {
        assert!(is_json(member.value), "{}", member.value);
        assert_same(member.inside().ok(), member.value, depth);
    }
}

fn assert_same(known: Option<Members>, text: &str, depth: usize) {
    let told = |members: &Members| -> Vec<(String, String)> {
        members.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(known.as_ref().map(told), Members::parse(text).ok().as_ref().map(told), "{text}");
    if let Some(known) = known.filter(|_| depth < DEPTH) {
        assert_known(&known, depth + 1);
    }
}
