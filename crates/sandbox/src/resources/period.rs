//! Billing periods: a price's interval repeated from an anchor, month ends included.

use serde_json::Value;
use time::{Date, Month, OffsetDateTime};

const DAY: i64 = 86_400;

/// No price bills less often than every three years, whatever the unit.
const LONGEST: i64 = 3 * 365;

/// How often a price bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    unit: Unit,
    count: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days(i64),
    Months(i64),
}

impl Interval {
    /// The interval of a recurring price.
    pub fn of(price: &Value) -> Option<Interval> {
        let recurring = price["recurring"].as_object()?;
        let unit = match recurring.get("interval")?.as_str()? {
            "day" => Unit::Days(1),
            "week" => Unit::Days(7),
            "month" => Unit::Months(1),
            "year" => Unit::Months(12),
            _ => return None,
        };
        let count = recurring.get("interval_count").and_then(Value::as_i64).unwrap_or(1);
        Some(Interval { unit, count: count.clamp(1, LONGEST) })
    }

    /// The period that an instant lies in: each begins at the anchor plus a multiple of the
    /// interval, so a 31st is a 30th in April and a 31st again in May.
    pub fn around(&self, anchor: i64, instant: i64) -> (i64, i64) {
        let mut step = instant.saturating_sub(anchor).div_euclid(self.longest());
        while self.boundary(anchor, step) > instant {
            step -= 1;
        }
        while self.boundary(anchor, step + 1) <= instant {
            step += 1;
        }
        (self.boundary(anchor, step), self.boundary(anchor, step + 1))
    }

    /// The end of the period that begins at an instant.
    pub fn after(&self, start: i64) -> i64 {
        self.boundary(start, 1)
    }

    /// No period is longer, so dividing by it never counts too many of them.
    fn longest(&self) -> i64 {
        match self.unit {
            Unit::Days(days) => days * self.count * DAY,
            Unit::Months(months) => months * self.count * 31 * DAY,
        }
    }

    fn boundary(&self, anchor: i64, step: i64) -> i64 {
        match self.unit {
            Unit::Days(days) => anchor.saturating_add(step.saturating_mul(days * self.count * DAY)),
            Unit::Months(months) => add_months(anchor, step.saturating_mul(months * self.count)),
        }
    }
}

/// The same day and time so many months later, or the last day of a shorter month.
pub fn add_months(instant: i64, months: i64) -> i64 {
    let approximate = instant.saturating_add(months.saturating_mul(30 * DAY));
    let Ok(from) = OffsetDateTime::from_unix_timestamp(instant) else {
        return approximate;
    };
    let all = (i64::from(from.year()) * 12 + i64::from(u8::from(from.month())) - 1).saturating_add(months);
    let date = i32::try_from(all.div_euclid(12)).ok().and_then(|year| {
        let month = Month::December.nth_next(u8::try_from(all.rem_euclid(12)).ok()? + 1);
        Date::from_calendar_date(year, month, from.day().min(month.length(year))).ok()
    });
    // Beyond the calendar of the library, which ends in the year 9999.
    date.map_or(approximate, |date| from.replace_date(date).unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn every(interval: &str, count: i64) -> Interval {
        Interval::of(&json!({"recurring": {"interval": interval, "interval_count": count}})).unwrap()
    }

    const JAN_31: i64 = 1_769_817_600; // 2026
    const FEB_28: i64 = 1_772_236_800;
    const MAR_31: i64 = 1_774_915_200;

    #[test]
    fn a_month_ends_where_it_is_short_and_the_anchor_is_not_forgotten() {
        let month = every("month", 1);
        assert_eq!(month.around(JAN_31, JAN_31), (JAN_31, FEB_28));
        assert_eq!(month.around(JAN_31, FEB_28), (FEB_28, MAR_31));
        assert_eq!(month.around(JAN_31, MAR_31 - 1), (FEB_28, MAR_31));
        assert_eq!(every("month", 2).around(JAN_31, FEB_28), (JAN_31, MAR_31));
    }

    #[test]
    fn periods_before_an_anchor() {
        assert_eq!(every("month", 1).around(MAR_31, FEB_28 + 5), (FEB_28, MAR_31));
        assert_eq!(every("week", 2).around(14 * DAY, 3), (0, 14 * DAY));
    }

    #[test]
    fn days_weeks_and_years() {
        assert_eq!(every("day", 3).around(0, 7 * DAY), (6 * DAY, 9 * DAY));
        assert_eq!(every("week", 1).after(5), 5 + 7 * DAY);
        // From the 29th of February 2024 to the 28th of 2025.
        assert_eq!(every("year", 1).after(1_709_164_800), 1_740_700_800);
    }

    #[test]
    fn a_one_time_price_has_no_interval() {
        assert_eq!(Interval::of(&json!({"recurring": null})), None);
    }
}
