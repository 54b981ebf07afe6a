//! Stripe's search language, for the seven resources that have it
//! (<https://docs.stripe.com/search#search-query-language>): used only where the connection's setting `search` is on, since
//! its index lags behind by up to a minute, in an outage by an hour.
//!
//! Only what finds at least what a condition means is said in it; every object that is found is checked here as well.

use crate::catalog::Entity;
use crate::check::{Check, Domain};
use crate::decimal::whole;
use crate::filter::{Comparison, Condition, Literal};
use crate::instant;
use crate::list_parameter::MAX_TEXT;
use alloc::format;
use alloc::string::{String, ToString};

/// Stripe takes so many clauses in one query.
pub const MAX_CLAUSES: usize = 10;

/// What can be searched for, of each entity, by Stripe's names
/// (<https://docs.stripe.com/search#supported-query-fields-for-each-resource>). `metadata` is searched in all of them.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "Charge",
        &[
            "amount", "billing_details.address.postal_code", "created", "currency", "customer", "disputed",
            "refunded", "status",
        ],
    ),
    ("Customer", &["created", "email", "name", "phone"]),
    ("Invoice", &["created", "currency", "customer", "number", "receipt_number", "status", "total"]),
    ("PaymentIntent", &["amount", "created", "currency", "customer", "status"]),
    ("Price", &["active", "currency", "lookup_key", "product", "type"]),
    ("Product", &["active", "description", "name", "shippable", "url"]),
    ("Subscription", &["canceled_at", "created", "status"]),
];

/// A condition as a clause of a search, if there is one that finds all that meets it.
pub fn clause(entity: &Entity, check: &Check) -> Option<String> {
    let column = check.column.as_ref()?;
    let field = match &column.key {
        Some(key) if column.path == "metadata" && is_plain(key) => format!("metadata[\"{key}\"]"),
        Some(_) => return None,
        None => {
            let (_, fields) = FIELDS.iter().find(|(name, _)| *name == entity.name)?;
            fields.contains(&column.path.as_str()).then(|| column.path.clone())?
        }
    };
    let Condition::Compare(comparison, literal) = &check.test.condition else {
        return None;
    };
    if check.test.negated {
        return None;
    }
    let value = match (Domain::of(column.kind)?, literal) {
        (Domain::Instant, Literal::Text(text) | Literal::Number(text)) => {
            instant::to_seconds(text)?.to_string()
        }
        (Domain::Number, Literal::Number(number)) => whole(number)?,
        (Domain::Boolean, Literal::Boolean(flag)) => format!("\"{flag}\""),
        // Texts are found in letters of either case, and never by their order.
        (Domain::Text, Literal::Text(text)) if *comparison == Comparison::Equal && is_plain(text) => {
            format!("\"{text}\"")
        }
        _ => return None,
    };
    let sign = if *comparison == Comparison::Equal { ":" } else { comparison.sign() };
    Some(format!("{field}{sign}{value}"))
}

/// Whether a text can stand between quotes as it is, and is taken for one.
fn is_plain(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(|c| matches!(c, '"' | '\\') || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ENTITIES, entity};
    use crate::columns::Column;
    use crate::filter::{self, Expr};

    #[test]
    fn the_table_has_the_entities_with_a_search_and_columns_of_theirs() {
        let searched: Vec<_> =
            ENTITIES.iter().filter(|entity| entity.search).map(|entity| entity.name).collect();
        let listed: Vec<_> = FIELDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(searched, listed);
        for (name, fields) in FIELDS {
            for field in *fields {
                let found = Column::find(entity(name).unwrap(), field, &[]);
                assert_eq!(found.map(|column| column.path).as_deref(), Ok(*field), "{name}");
            }
        }
    }

    #[test]
    fn conditions_become_clauses_if_these_find_enough() {
        for (name, filter, expected) in [
            ("Customer", "Name = 'Jenny Rosen'", Some("name:\"Jenny Rosen\"")),
            ("Customer", "Metadata.plan = 'gold'", Some("metadata[\"plan\"]:\"gold\"")),
            ("Customer", "Created >= '1970-01-02'", Some("created>=86400")),
            ("Charge", "Amount > 1500.0", Some("amount>1500")),
            ("Charge", "Amount > 0.5", None),
            ("Charge", "Disputed = TRUE", Some("disputed:\"true\"")),
            (
                "Charge",
                "BillingDetailsAddressPostalCode = '94107'",
                Some("billing_details.address.postal_code:\"94107\""),
            ),
            ("Customer", "Name <> 'x'", None),
            ("Customer", "Name > 'x'", None),
            ("Customer", "Name = 'a\"b'", None),
            ("Customer", "Name = ''", None),
            ("Customer", "Name = NULL", None),
            ("Customer", "Name LIKE '%x%'", None),
            ("Customer", "Balance = 5", None),
            ("Customer", "Created = '1970-01-01T00:00:00.5Z'", None),
        ] {
            let Ok(Expr::Test(test)) = filter::parse(filter) else { panic!("{filter}") };
            let entity = entity(name).unwrap();
            let check = Check::of(entity, test, &[]).unwrap();
            assert_eq!(clause(entity, &check).as_deref(), expected, "{filter}");
        }
    }
}
