//! What can be searched: the fields of each resource, and which operators each of them takes
//! (<https://docs.stripe.com/search#supported-query-fields-for-each-resource>).

/// What a field is to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// One word, which is found as a whole.
    Token,
    /// Words, some of which can be looked for, or a part of one.
    Text,
    Number,
}

/// A field that can be searched.
#[derive(Debug, PartialEq)]
pub struct Field {
    pub kind: Kind,
    /// The way to its value in the object.
    pub path: Vec<String>,
}

use Kind::{Number, Text, Token};

/// What cards are presented by, and what is told of them.
const SOURCES: [&str; 3] = ["card", "card_present", "interac_present"];
const CARD_FIELDS: [&str; 7] =
    ["brand", "exp_month", "exp_year", "fingerprint", "last4", "location", "reader"];

/// The fields of a resource beside its metadata and its cards.
fn plain(resource: &str) -> &'static [(&'static str, Kind)] {
    match resource {
        "charge" => &[
            ("amount", Number),
            ("billing_details.address.postal_code", Token),
            ("created", Number),
            ("currency", Token),
            ("customer", Token),
            ("disputed", Token),
            ("refunded", Token),
            ("status", Token),
        ],
        "customer" => &[("created", Number), ("email", Text), ("name", Text), ("phone", Text)],
        "invoice" => &[
            ("created", Number),
            ("currency", Token),
            ("customer", Token),
            ("last_finalization_error_code", Token),
            ("last_finalization_error_type", Token),
            ("number", Text),
            ("receipt_number", Text),
            ("status", Text),
            ("subscription", Text),
            ("total", Number),
        ],
        "payment_intent" => &[
            ("amount", Number),
            ("created", Number),
            ("currency", Token),
            ("customer", Token),
            ("status", Token),
        ],
        "price" => &[
            ("active", Token),
            ("currency", Token),
            ("lookup_key", Text),
            ("product", Text),
            ("type", Token),
        ],
        "product" => {
            &[("active", Token), ("description", Text), ("name", Text), ("shippable", Token), ("url", Text)]
        }
        _ => &[("canceled_at", Number), ("created", Number), ("status", Token)],
    }
}

/// The field that a query names; `key` is what stands in brackets after it.
pub fn find(resource: &str, name: &str, key: Option<&str>) -> Option<Field> {
    let steps = |path: &str| path.split('.').map(str::to_owned).collect();
    if let Some(key) = key {
        let path = vec![name.to_owned(), key.to_owned()];
        return (name == "metadata").then_some(Field { kind: Token, path });
    }
    if resource == "charge" && is_of_card(name) {
        return Some(Field { kind: Token, path: steps(name) });
    }
    let (_, kind) = plain(resource).iter().find(|(known, _)| *known == name)?;
    // Search kept the names of fields that have moved since.
    let path = match name {
        "last_finalization_error_code" => "last_finalization_error.code",
        "last_finalization_error_type" => "last_finalization_error.type",
        "subscription" => "parent.subscription_details.subscription",
        _ => name,
    };
    Some(Field { kind: *kind, path: steps(path) })
}

fn is_of_card(name: &str) -> bool {
    let rest = name.strip_prefix("payment_method_details.").and_then(|rest| rest.split_once('.'));
    rest.is_some_and(|(source, field)| SOURCES.contains(&source) && CARD_FIELDS.contains(&field))
}

/// The fields of a resource, for those who named another one.
pub fn names(resource: &str) -> String {
    let mut names: Vec<String> = plain(resource).iter().map(|(name, _)| (*name).to_owned()).collect();
    names.push("metadata[\"key\"]".to_owned());
    if resource == "charge" {
        names.push(format!(
            "payment_method_details.SOURCE.FIELD with SOURCE one of {} and FIELD one of {}",
            SOURCES.join(", "),
            CARD_FIELDS.join(", ")
        ));
    }
    names.join(", ")
}
