//! What must hold of the component's readers and writers whatever they are given. Each function takes bytes that a fuzzer
//! made up and panics if something does not hold.
//!
//! The bytes are text in lines, so that a file of the corpus can be read and written by hand; what is no text is left to
//! the readers that take bytes.

mod error_body;
mod filter;
mod form;
mod json;
mod path;
mod row;
mod token;

pub use error_body::error_body;
pub use filter::filter;
pub use form::form;
pub use json::json;
pub use path::path;
pub use row::row;
pub use token::token;

use serde::de::IgnoredAny;
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::catalog::{ENTITIES, Entity};
use stripe_connector_native::failure::Failed;

/// What is called with a fuzzer's bytes.
pub type Target = fn(&[u8]);

/// Every target by the name of its folder in the corpus.
pub const TARGETS: [(&str, Target); 7] = [
    ("error_body", error_body),
    ("filter", filter),
    ("form", form),
    ("json", json),
    ("path", path),
    ("row", row),
    ("token", token),
];

/// The first line and what comes after it.
fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// The entity of just that name: a fuzzer that mangles the name still says something of customers.
fn entity(name: &str) -> &'static Entity {
    let named = |name| ENTITIES.iter().find(|entity| entity.name == name);
    named(name).or_else(|| named("Customer")).expect("there are customers")
}

/// Whether a text is JSON, in the eyes of another reader than the component's.
fn is_json(text: &str) -> bool {
    serde_json::from_str(text).map(|IgnoredAny| ()).is_ok()
}

/// A failure before anything was sent: of the kinds that blame the caller, with what is wrong in words.
fn assert_refused(failure: &Failed, kinds: &[FailureKind]) {
    assert!(kinds.contains(&failure.kind), "{failure:?}");
    assert!(!failure.message.is_empty(), "{failure:?}");
    assert_eq!((failure.http_status, &failure.stripe), (None, &None), "{failure:?}");
}
