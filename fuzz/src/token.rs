//! Page tokens. The input is a token as a caller gives it, what a forger would put into one, and the lines of a list that was
//! read: `ID SECOND`.

use crate::assert_refused;
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::base64::URL_SAFE;
use stripe_connector_native::cursor::{Cursor, Place, STRIPES_LIMIT, fingerprint};
use stripe_connector_native::form::check_id;

const QUERY: u64 = 7;

/// Whatever is given for a token is refused, or is a place that stays the same on every way there and back.
pub fn token(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    read(input);
    read(&forged(input));
    let place =
        Place::Lists(vec![vec![walked(input), Cursor::default()], vec![walked(input).finished(true)]]);
    assert_returns(&place);
    assert_damage_is_seen(&place.to_token(QUERY), input.len());
}

fn read(token: &str) {
    match Place::from_token(token, QUERY) {
        Ok(place) => {
            assert_in_bounds(&place);
            assert_returns(&place);
        }
        Err(failure) => {
            assert_refused(&failure, &[FailureKind::InvalidInput, FailureKind::Conflict]);
            assert_eq!(failure.param.as_deref(), Some("page-token"));
        }
    }
}

/// A token that is whole and belongs to the query, whatever is in it.
fn forged(place: &str) -> String {
    let text = format!("{QUERY:016x}{place}");
    URL_SAFE.encode(format!("{:016x}{text}", fingerprint([text.as_str()])).as_bytes())
}

/// The cursor behind a list with the ids that can be some.
fn walked(input: &str) -> Cursor {
    let mut cursor = Cursor::default();
    for line in input.lines() {
        let (id, created) = line.rsplit_once(' ').unwrap_or((line, ""));
        if check_id("Id", id).is_ok() {
            cursor.pass(Some(id.to_owned()), created.parse().ok());
        }
    }
    cursor
}

fn assert_returns(place: &Place) {
    let token = place.to_token(QUERY);
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{token}");
    let again = Place::from_token(&token, QUERY).expect("a token that was made is read");
    assert_eq!(again, *place);
    assert_eq!(again.to_token(QUERY), token);
    let elsewhere = Place::from_token(&token, QUERY + 1).expect_err("it belongs to another query");
    assert!(elsewhere.message.contains("another query"), "{elsewhere:?}");
}

fn assert_in_bounds(place: &Place) {
    let Place::Lists(lists) = place else { return };
    for cursor in lists.iter().flatten() {
        let ids = &cursor.ids;
        assert!(ids.len() <= 5 && ids.iter().all(|id| check_id("Id", id).is_ok()), "{cursor:?}");
        assert!(
            cursor.page.as_ref().is_none_or(|(limit, _)| (1..=STRIPES_LIMIT).contains(limit)),
            "{cursor:?}"
        );
    }
}

fn assert_damage_is_seen(token: &str, seed: usize) {
    let at = seed % token.len();
    let mut damaged = token.to_owned();
    let other = if damaged[at..].starts_with('A') { "B" } else { "A" };
    damaged.replace_range(at..=at, other);
    assert!(Place::from_token(&damaged, QUERY).is_err(), "{damaged}");
    assert!(Place::from_token(&token[..at], QUERY).is_err(), "{token} up to {at}");
}
