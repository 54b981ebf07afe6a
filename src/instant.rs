//! Points in time: Unix seconds at Stripe, RFC 3339 in rows and filters.

use alloc::string::String;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

/// `2024-02-06T05:11:19Z`, or nothing if the number is no time that has four digits of a year.
pub fn to_text(seconds: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    if !(0..=9999).contains(&at.year()) {
        return None;
    }
    let mut text = String::with_capacity("2024-02-06T05:11:19Z".len());
    push(&mut text, at.year().unsigned_abs(), 4, '-');
    push(&mut text, u8::from(at.month()).into(), 2, '-');
    push(&mut text, at.day().into(), 2, 'T');
    push(&mut text, at.hour().into(), 2, ':');
    push(&mut text, at.minute().into(), 2, ':');
    push(&mut text, at.second().into(), 2, 'Z');
    Some(text)
}

/// Appends so many digits of a number, and a sign. Every row has instants, and `format` takes ten times as long.
fn push(text: &mut String, number: u32, digits: u32, sign: char) {
    for place in (0..digits).rev() {
        text.push(char::from(b'0' + (number / 10_u32.pow(place) % 10) as u8));
    }
    text.push(sign);
}

/// Unix seconds of an RFC 3339 instant, of a `YYYY-MM-DD` date (its start, UTC) or of a whole number of seconds. An
/// instant between two seconds is none that Stripe knows.
pub fn to_seconds(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    if let Some(date) = date(text) {
        return Some(date.midnight().assume_utc().unix_timestamp());
    }
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    (at.nanosecond() == 0).then(|| at.unix_timestamp())
}

/// Nanoseconds since 1970 of what [`to_seconds`] takes, and of an instant between two seconds.
pub fn to_nanoseconds(text: &str) -> Option<i128> {
    match to_seconds(text) {
        Some(seconds) => Some(i128::from(seconds) * 1_000_000_000),
        None => Some(OffsetDateTime::parse(text, &Rfc3339).ok()?.unix_timestamp_nanos()),
    }
}

/// Whether a text is an RFC 3339 instant, perhaps one between two seconds.
pub fn is_rfc3339(text: &str) -> bool {
    OffsetDateTime::parse(text, &Rfc3339).is_ok()
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut part =
        |length: usize| parts.next().filter(|p| p.len() == length && p.bytes().all(|b| b.is_ascii_digit()));
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(to_text(1_707_196_279).as_deref(), Some("2024-02-06T05:11:19Z"));
        assert_eq!(to_seconds("2024-02-06T05:11:19Z"), Some(1_707_196_279));
        assert_eq!(to_seconds("2024-02-06T06:11:19+01:00"), Some(1_707_196_279));
        assert_eq!(to_seconds("1970-01-02"), Some(86_400));
        assert_eq!(to_seconds("-5"), Some(-5));
        assert_eq!(to_text(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(to_text(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
    }

    #[test]
    fn between_two_seconds() {
        assert_eq!(to_nanoseconds("1970-01-01T00:00:01.5Z"), Some(1_500_000_000));
        assert_eq!(to_nanoseconds("1970-01-02"), Some(86_400_000_000_000));
        assert_eq!(to_nanoseconds("yesterday"), None);
        assert!(is_rfc3339("1970-01-01T00:00:01.5Z") && !is_rfc3339("1970-01-01"));
    }

    #[test]
    fn what_is_no_instant() {
        for text in
            ["", "2024", "2024-13-01", "2024-02-30", "2024-2-1", "yesterday", "2024-02-06T05:11:19.5Z", "1.5"]
        {
            // A bare year is a number of seconds, as far as anybody can tell.
            assert_eq!(to_seconds(text), text.parse().ok(), "{text}");
        }
        assert_eq!(to_text(i64::MAX), None);
    }
}
