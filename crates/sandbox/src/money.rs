//! Amounts times decimals: exact, and rounded once, half a cent away from zero.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// A decimal from a number or its text; zero where there is none.
pub fn decimal(value: &Value) -> Decimal {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    parse(&text).unwrap_or_default()
}

pub fn parse(text: &str) -> Option<Decimal> {
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// The product in whole cents; what no amount can hold becomes the greatest one.
pub fn times(unit: Decimal, quantity: Decimal) -> i64 {
    match unit.checked_mul(quantity) {
        Some(product) => round(product),
        None if unit.is_sign_negative() == quantity.is_sign_negative() => i64::MAX,
        None => i64::MIN,
    }
}

/// So many percent of an amount.
pub fn share(amount: i64, percent: Decimal) -> i64 {
    times(Decimal::from(amount), percent / Decimal::ONE_HUNDRED)
}

/// What an amount for the whole of a time comes to for a part of it.
pub fn portion(amount: i64, part: i64, whole: i64) -> i64 {
    if whole <= 0 || part >= whole {
        return amount;
    }
    let (product, whole) = (i128::from(amount) * i128::from(part.max(0)), i128::from(whole));
    let nearest = (2 * product.abs() + whole) / (2 * whole);
    i64::try_from(nearest * product.signum()).unwrap_or(amount)
}

pub fn round(amount: Decimal) -> i64 {
    let whole = amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    whole.to_i64().unwrap_or(if amount.is_sign_negative() { i64::MIN } else { i64::MAX })
}

/// Splits an amount in the proportion of weights, so that the parts make up the whole.
pub fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let mut seen = 0_i128;
    let mut given = 0_i64;
    let part = |weight: &i64| {
        seen += i128::from(*weight);
        let due = i128::from(amount).saturating_mul(seen).saturating_add(sum / 2).checked_div(sum);
        let due = due.and_then(|due| i64::try_from(due).ok()).unwrap_or(given);
        let part = due.saturating_sub(given);
        given = due;
        part
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_portion_is_the_nearest_whole() {
        assert_eq!(portion(1000, 1, 3), 333);
        assert_eq!(portion(-1000, 2, 3), -667);
        assert_eq!(portion(5, 1, 2), 3);
        assert_eq!(portion(-5, 1, 2), -3);
        assert_eq!(portion(99, 0, 30), 0);
        assert_eq!(portion(99, 31, 30), 99);
        assert_eq!(portion(i64::MAX, 1, 2), i64::MAX / 2 + 1);
    }

    #[test]
    fn half_a_cent_goes_away_from_zero() {
        let share = |amount, percent: &str| share(amount, parse(percent).unwrap());
        assert_eq!(share(50, "5"), 3);
        assert_eq!(share(-50, "5"), -3);
        assert_eq!(share(1999, "8.875"), 177);
        assert_eq!(share(43, "15"), 6);
        assert_eq!(share(484, "15"), 73);
        assert_eq!(times(parse("0.1").unwrap(), 15.into()), 2);
        assert_eq!(times(parse("1.005").unwrap(), 100.into()), 101);
    }

    #[test]
    fn nothing_overflows() {
        let most = Decimal::from(i64::MAX);
        assert_eq!(times(most, most), i64::MAX);
        assert_eq!(times(most, -most), i64::MIN);
        assert_eq!(spread(i64::MAX, &[i64::MAX, i64::MAX]).iter().sum::<i64>(), i64::MAX);
    }

    #[test]
    fn numbers_and_texts_are_decimals() {
        assert_eq!(decimal(&json!(12.5)), parse("12.5").unwrap());
        assert_eq!(decimal(&json!("0.000000000001")), parse("1e-12").unwrap());
        assert_eq!(decimal(&Value::Null), Decimal::ZERO);
    }

    #[test]
    fn parts_make_up_the_whole() {
        assert_eq!(spread(100, &[1, 1, 1]), [33, 34, 33]);
        assert_eq!(spread(500, &[3000, 1000]), [375, 125]);
        assert_eq!(spread(7, &[0, 5, 0]), [0, 7, 0]);
        assert!(spread(7, &[]).is_empty());
    }
}
