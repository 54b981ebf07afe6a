//! Times, sizes and other values of the faults' language.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};

/// `500ms` or `2s`.
pub fn time(text: &str) -> Option<Duration> {
    if let Some(number) = text.strip_suffix("ms") {
        return Some(Duration::from_millis(whole(number)?));
    }
    Some(Duration::from_secs(whole(text.strip_suffix('s')?)?))
}

/// `100`, `64KiB` or `200MiB`, in bytes.
pub fn size(text: &str) -> Option<u64> {
    let (number, unit) = match text.split_at_checked(text.len().saturating_sub(3)) {
        Some((number, "KiB")) => (number, 1024),
        Some((number, "MiB")) => (number, 1024 * 1024),
        _ => (text, 1),
    };
    whole(number)?.checked_mul(unit)
}

/// A whole number of digits alone.
pub fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `+10` or `-1`.
pub fn offset(text: &str) -> Option<i64> {
    let signed = text.starts_with(['+', '-']);
    signed.then(|| text.parse().ok()).flatten().filter(|offset| *offset != 0)
}

/// `20%` or `0.5%`.
pub fn percent(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.parse().ok()?;
    (number > 0.0 && number <= 100.0).then_some(number)
}

/// `NAME:VALUE`, a header's name and what follows it.
pub fn pair(text: &str) -> Option<(HeaderName, &str)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim()))
}

/// `NAME:VALUE`, a header that an answer may have beside those which frame it.
pub fn header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair(text)?;
    let frames = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name);
    let value = value.parse().ok()?;
    (!frames).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_one_spelling() {
        assert_eq!(time("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(time("2s"), Some(Duration::from_secs(2)));
        assert_eq!(size("7"), Some(7));
        assert_eq!(size("64KiB"), Some(65_536));
        assert_eq!(size("2MiB"), Some(2_097_152));
        assert_eq!((offset("+5"), offset("-5")), (Some(5), Some(-5)));
        assert_eq!((percent("100%"), percent("0.5%")), (Some(100.0), Some(0.5)));
        for wrong in ["", "2", "s", "1.5s", "-1s", "2 s", "99999999999999999999s"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        for wrong in ["", "KiB", "1GB", "+1", "1.5MiB", "99999999999999999MiB", "äiB", "1ä"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        for wrong in ["", "5", "+0", "-", "+1.5"] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
        for wrong in ["", "20", "%", "0%", "101%", "-1%", "NaN%"] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
        for wrong in ["", "X", "X Y:1", ":1", "Content-Length:1", "X:a\nb"] {
            assert!(header(wrong).is_none(), "{wrong}");
        }
    }
}
