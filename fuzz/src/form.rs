//! Forms. The input is `ENTITY create`, `ENTITY update` or the name of an action in the first line, and the caller's JSON
//! object after it.

use crate::{assert_refused, entity, is_json, split_line};
use std::collections::BTreeSet;
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::catalog::{ACTIONS, documented};
use stripe_connector_native::form::{self, Pairs};
use stripe_connector_native::input::{self, Schema};
use stripe_connector_native::json::Json;

const KINDS: [FailureKind; 3] =
    [FailureKind::InvalidInput, FailureKind::LimitExceeded, FailureKind::Unsupported];

/// An input is refused, or makes a form that reads as the parameters it is made of, and in which no amount has a fraction.
pub fn form(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (target, text) = split_line(input);
    let input = match input::members("fields", text) {
        Ok(input) => input,
        Err(failure) => return assert_refused(&failure, &KINDS),
    };
    let schema = schema(target);
    let parameters = match input::decode(&schema, &input) {
        Ok(parameters) => parameters,
        Err(failure) => return assert_refused(&failure, &KINDS),
    };
    if let Err(failure) = input::check_required(&schema, &parameters) {
        assert_refused(&failure, &KINDS);
    }

    let json = Json::Object(parameters.clone()).to_string();
    assert!(is_json(&json), "{json}");
    for (name, value) in &parameters {
        assert_eq!(Json::known(&value.to_string()).ok().as_ref(), Some(value), "{name}: {json}");
    }

    match form::pairs(&parameters) {
        Ok(pairs) => assert_reads_as(&form::encode(&pairs), &pairs),
        Err(failure) => assert_refused(&failure, &KINDS),
    }
}

fn schema(target: &str) -> Schema<'static> {
    if let Some(action) = ACTIONS.iter().find(|action| action.name == target) {
        let documented = documented::of_action(action.name);
        let (aliases, required) = documented.map_or((&[][..], &[][..]), |own| (own.aliases, own.required));
        let parameters = action.parameters;
        return Schema { target: action.name, parameters, aliases, required, unknown_word: &|_, _| {} };
    }
    let (name, operation) = target.split_once(' ').unwrap_or((target, ""));
    let entity = entity(name);
    let own = if operation == "update" { entity.update } else { entity.create };
    let parameters = own.or_else(|| self::entity("Customer").create).expect("customers can be created");
    Schema { target: entity.name, parameters, aliases: &[], required: &[], unknown_word: &|_, _| {} }
}

fn assert_reads_as(form: &str, pairs: &Pairs) {
    let read: Pairs = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    assert_eq!(read, *pairs, "{form}");
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
    for part in form.split('&').filter(|_| !pairs.is_empty()) {
        let (name, value) = part.split_once('=').expect("each has a name");
        assert!(!name.is_empty() && name.bytes().chain(value.bytes()).all(is_plain), "{part}");
    }

    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), pairs.len(), "a parameter is given twice: {form}");
    for (name, value) in pairs {
        let mut above = name.match_indices('[').map(|(at, _)| &name[..at]);
        assert!(!above.any(|above| names.contains(above)), "`{name}` is a part of another: {form}");
        assert!(!is_amount(name) || !is_fraction(value), "{name} = {value}");
    }
}

/// Whether Stripe takes it for an amount of money. What is in metadata is the caller's own.
fn is_amount(name: &str) -> bool {
    let mut names = name.split('[').map(|part| part.trim_end_matches(']'));
    let last = names.next_back().unwrap_or_default();
    !names.any(|name| name == "metadata")
        && ["amount", "unit_amount", "amount_off", "application_fee_amount"].contains(&last)
}

fn is_fraction(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.parse::<i128>().is_err()
}
