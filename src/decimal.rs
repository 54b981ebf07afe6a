//! Decimal numbers as they are written, compared and checked digit by digit: no amount goes through a float.

use alloc::format;
use alloc::string::{String, ToString};
use core::cmp::Ordering;

/// `digits * 10^scale`. Zero has no digits; else the first and the last digit are none.
#[derive(PartialEq, Eq, Debug)]
pub struct Decimal {
    negative: bool,
    digits: String,
    scale: i64,
}

/// Below this every whole number has a floating-point number of its own (2^53), in the programs that wrote it.
const EXACT: u64 = 1 << 53;

impl Decimal {
    /// Reads a number of JSON: `-1500`, `12.50`, `1.5e3`.
    pub fn parse(number: &str) -> Option<Decimal> {
        let (negative, rest) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i64>().ok().filter(|own| i32::try_from(*own).is_ok())?)
            }
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_end_matches('0');
        let zeros = (all.len() - digits.len()) as i64;
        let digits = digits.trim_start_matches('0').to_string();
        if digits.is_empty() {
            return Some(Decimal { negative: false, digits, scale: 0 });
        }
        Some(Decimal { negative, digits, scale: exponent - fraction.len() as i64 + zeros })
    }

    /// How many digits stand before the decimal point; below zero, how many zeros stand after it.
    fn magnitude(&self) -> i64 {
        self.digits.len() as i64 + self.scale
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let sign = |own: &Decimal| match (own.is_zero(), own.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        // Without zeros at their ends, digits of the same magnitude compare like texts.
        let size = self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits));
        by_sign.then(if self.negative { size.reverse() } else { size })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A whole number as its digits, also one that is written `1500.0` or `1.5e3`.
pub fn whole(number: &str) -> Option<String> {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        // JSON has no number that begins with zeros.
        return match number.parse::<i64>() {
            Ok(number) => Some(number.to_string()),
            Err(_) => number.parse::<u64>().ok().map(|number| number.to_string()),
        };
    }
    let Decimal { negative, digits, scale } = Decimal::parse(number)?;
    if digits.is_empty() {
        return Some("0".to_string());
    }
    let zeros = usize::try_from(scale).ok().filter(|zeros| *zeros < 16)?;
    let size: u64 = format!("{digits}{}", "0".repeat(zeros)).parse().ok()?;
    (size < EXACT).then(|| format!("{}{size}", if negative { "-" } else { "" }))
}

/// A decimal number without exponent, as it was written but for zeros at its beginning.
pub fn plain(number: &str) -> Option<String> {
    if number.contains(['e', 'E']) || Decimal::parse(number).is_none() {
        return None;
    }
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let zeros = unsigned.len() - unsigned.trim_start_matches('0').len();
    let whole = unsigned.find('.').unwrap_or(unsigned.len());
    let own = unsigned.get(zeros.min(whole - 1)..)?;
    Some(format!("{}{own}", if unsigned.len() < number.len() { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (number, digits) in [
            ("0", Some("0")),
            ("-0", Some("0")),
            ("-0.0", Some("0")),
            ("0e9999", Some("0")),
            ("007", Some("7")),
            ("-01", Some("-1")),
            ("01.0", Some("1")),
            ("1500", Some("1500")),
            ("-1500.00", Some("-1500")),
            ("1.5e3", Some("1500")),
            ("15000e-1", Some("1500")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("9007199254740991.0", Some("9007199254740991")),
            ("9007199254740992.0", None),
            ("1e300", None),
            ("1e99999999999", None),
            ("1500.5", None),
            ("1500.00000000000000001", None),
            ("1e-400", None),
            ("99999999999999999999", None),
            ("", None),
            ("-", None),
            ("1.", None),
            (".5", None),
            ("15 00", None),
            ("NaN", None),
        ] {
            assert_eq!(whole(number).as_deref(), digits, "{number}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let rising =
            ["-1e3", "-12.51", "-12.5", "-0.001", "0.000", "1e-3", "0.5", "12.5", "12.51", "100", "1e3"];
        for (at, one) in rising.iter().enumerate() {
            for (other_at, other) in rising.iter().enumerate() {
                let (left, right) = (Decimal::parse(one).unwrap(), Decimal::parse(other).unwrap());
                assert_eq!(left.cmp(&right), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(Decimal::parse("1500"), Decimal::parse("1.500e3"));
    }

    #[test]
    fn plain_numbers_keep_their_digits() {
        assert_eq!(plain("0.12345678901234567891").as_deref(), Some("0.12345678901234567891"));
        assert_eq!(plain("-1.10").as_deref(), Some("-1.10"));
        assert_eq!((plain("1e3"), plain("1.1.1"), plain("")), (None, None, None));
        for (number, own) in [("007", "7"), ("00.50", "0.50"), ("-01.5", "-1.5"), ("0", "0"), ("000", "0")] {
            assert_eq!(plain(number).as_deref(), Some(own), "{number}");
        }
    }
}
