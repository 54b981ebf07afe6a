//! Instants as v2 has them: RFC 3339, in UTC when it writes them.

use time::{Date, Month, OffsetDateTime};

/// A Unix second such as `2026-05-27T00:00:00.000Z`; one that no calendar has is the Unix epoch.
pub fn rfc3339(second: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Whether a text is an instant such as `2026-01-31T12:00:00Z`, also with a fraction or an offset.
pub fn is_rfc3339(text: &str) -> bool {
    const SECONDS: &str = "0000-00-00T00:00:00";
    let Some((seconds, rest)) = text.split_at_checked(SECONDS.len()) else {
        return false;
    };
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if offset.len() == fraction.len() {
                return false;
            }
            offset
        }
        None => rest,
    };
    let number = |text: &str, from: usize| text.get(from..from + 2).and_then(|two| two.parse::<u8>().ok());
    let within = |text: &str, from: usize, most: u8| number(text, from).is_some_and(|own| own <= most);
    let year = seconds.get(..4).and_then(|year| year.parse::<i32>().ok());
    let month = number(seconds, 5).and_then(|month| Month::try_from(month).ok());
    let date = year.zip(month).zip(number(seconds, 8));
    alike(seconds, SECONDS)
        && date.is_some_and(|((year, month), day)| Date::from_calendar_date(year, month, day).is_ok())
        // The sixtieth second is a leap second.
        && within(seconds, 11, 23) && within(seconds, 14, 59) && within(seconds, 17, 60)
        && (offset == "Z"
            || ((alike(offset, "+00:00") || alike(offset, "-00:00"))
                && within(offset, 1, 23)
                && within(offset, 4, 59)))
}

/// Whether a text has a digit wherever a shape has one, and is the same elsewhere.
fn alike(text: &str, shape: &str) -> bool {
    let same = |(own, shape): (u8, u8)| if shape == b'0' { own.is_ascii_digit() } else { own == shape };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    #[test]
    fn seconds_as_text() {
        assert_eq!(super::rfc3339(1_779_842_096), "2026-05-27T00:34:56.000Z");
        assert_eq!(super::rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn instants_are_told_from_other_texts() {
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.5+01:00",
            "2024-02-29T23:59:60.000000-23:59",
            &super::rfc3339(0),
        ] {
            assert!(super::is_rfc3339(text), "{text}");
        }
        for text in [
            "", "created", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z",
            "2026-02-29T12:00:00Z", "2026-13-01T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00.5", "2026-01-31T12:00:00+1:00", "2026-01-31T12:00:00+24:00",
            "+026-01-31T12:00:00Z", "2026-01-31T12:00:00Zü",
        ] {
            assert!(!super::is_rfc3339(text), "{text}");
        }
    }
}
