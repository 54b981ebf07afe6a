//! Names in their three spellings: Stripe's `payment_method`, the column `PaymentMethod`, and whatever a caller
//! types.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Whether two names mean the same: case and underscores do not count.
pub fn same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        match (next_significant(&mut one), next_significant(&mut other)) {
            (None, None) => return true,
            (own, its) if own != its => return false,
            _ => {}
        }
    }
}

/// By bytes, since other letters than ASCII's have no case here: a name is looked for among hundreds.
fn next_significant(rest: &mut &[u8]) -> Option<u8> {
    while let [first, after @ ..] = *rest {
        *rest = after;
        if *first != b'_' {
            return Some(first.to_ascii_lowercase());
        }
    }
    None
}

fn significant(name: &str) -> impl Iterator<Item = char> + '_ {
    // Stripe's names are ASCII, and the tables for other letters are large.
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase())
}

/// Whether an entity is meant: of Stripe's spellings `checkout.session` and `checkout/sessions` the signs do not count
/// either.
pub fn same_entity(one: &str, other: &str) -> bool {
    let letters = |c: &char| !matches!(c, '.' | '/');
    significant(one).filter(letters).eq(significant(other).filter(letters))
}

/// What is left of `name` after `prefix`, compared as [`same`] does. `AddressCity` after `address` is `City`.
pub fn strip_prefix<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let mut rest = name.chars();
    for expected in significant(prefix) {
        let found = rest.by_ref().find(|c| *c != '_')?;
        if found.to_ascii_lowercase() != expected {
            return None;
        }
    }
    Some(rest.as_str().trim_start_matches('_'))
}

/// `payment_method` as a column: `PaymentMethod`.
pub fn pascal(name: &str) -> String {
    let mut column = String::with_capacity(name.len());
    push_pascal(&mut column, name);
    column
}

/// Appends `name` to a column: `Address` and `postal_code` make `AddressPostalCode`.
pub fn push_pascal(column: &mut String, name: &str) {
    // `split` takes three times as long, and every name of every kind of object comes through here.
    let mut rest = name;
    while !rest.is_empty() {
        let end = rest.bytes().position(|byte| byte == b'_').unwrap_or(rest.len());
        let start = column.len();
        column.push_str(rest.get(..end).unwrap_or_default());
        if end > 0
            && let Some(first) = column.get_mut(start..=start)
        {
            first.make_ascii_uppercase();
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
}

/// `PaymentMethod` as Stripe spells it: `payment_method`. A name without capitals stays as it is.
pub fn snake(name: &str) -> String {
    let mut own = String::with_capacity(name.len() + 4);
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 && !own.ends_with('_') {
            own.push('_');
        }
        own.push(c.to_ascii_lowercase());
    }
    own
}

/// Several of a thing. Of settings, features and instructions there is no other plural.
pub fn plural(word: &str) -> String {
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with('s') => word.to_string(),
        _ => format!("{word}s"),
    }
}

/// The candidate that is nearest to a mistyped name, if any is near.
pub fn nearest<S: AsRef<str>>(name: &str, candidates: impl IntoIterator<Item = S>) -> Option<String> {
    let mut nearest = Nearest { name: significant(name).take(64).collect(), found: None };
    candidates.into_iter().for_each(|candidate| nearest.consider(candidate.as_ref()));
    nearest.found.map(|(_, candidate)| candidate)
}

struct Nearest {
    name: Vec<char>,
    /// With its distance.
    found: Option<(usize, String)>,
}

impl Nearest {
    /// Out of line, since candidates come from many kinds of iterators.
    #[inline(never)]
    fn consider(&mut self, candidate: &str) {
        let own: Vec<char> = significant(candidate).collect();
        let distance = distance(&self.name, &own);
        let is_near = distance <= 1 + self.name.len() / 4;
        if is_near && self.found.as_ref().is_none_or(|(least, _)| distance < *least) {
            self.found = Some((distance, candidate.to_string()));
        }
    }
}

/// Levenshtein's distance.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(other) {
            let best = (diagonal + usize::from(a != b)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = best;
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert!(same("PaymentMethod", "payment_method"));
        assert!(!same("PaymentMethod", "payment_methods"));
        assert_eq!(pascal("us_bank_account"), "UsBankAccount");
        assert_eq!(pascal("level3"), "Level3");
        assert_eq!(snake("PostalCode"), "postal_code");
        assert_eq!(snake("postal_code"), "postal_code");
        assert_eq!(snake("Line1"), "line1");
        assert_eq!(strip_prefix("AddressPostalCode", "address"), Some("PostalCode"));
        assert_eq!(strip_prefix("address_city", "address"), Some("city"));
        assert_eq!(strip_prefix("AddressCity", "shipping"), None);
        assert_eq!(strip_prefix("Add", "address"), None);
    }

    #[test]
    fn entities() {
        assert!(same_entity("CheckoutSession", "checkout.session"));
        assert!(same_entity("v2/core/accounts", "V2CoreAccounts"));
        assert!(!same_entity("Checkout", "checkout.session"));
        for (one, many) in
            [("SavedQuery", "SavedQueries"), ("TaxSettings", "TaxSettings"), ("ApiKey", "ApiKeys")]
        {
            assert_eq!(plural(one), many);
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["email", "name", "description"];
        assert_eq!(nearest("Emial", known).as_deref(), Some("email"));
        assert_eq!(nearest("descripton", known).as_deref(), Some("description"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(distance(&['a', 'b'], &[]), 2);
        assert_eq!(distance(&[], &['a']), 1);
        assert_eq!(distance(&['k', 'i', 't', 't', 'e', 'n'], &['s', 'i', 't', 't', 'i', 'n', 'g']), 3);
    }
}
