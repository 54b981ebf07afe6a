//! Instants as v2 writes them: RFC 3339 in UTC.

use time::OffsetDateTime;

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

#[cfg(test)]
mod tests {
    #[test]
    fn seconds_as_text() {
        assert_eq!(super::rfc3339(1_779_842_096), "2026-05-27T00:34:56.000Z");
        assert_eq!(super::rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
