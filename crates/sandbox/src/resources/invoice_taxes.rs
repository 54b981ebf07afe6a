//! The taxes of an amount by its tax rates. Each tax is rounded for itself, half a cent up.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::money::{decimal, share, times};

/// The taxes of one line.
#[derive(Debug)]
pub struct Taxes {
    pub shown: Vec<Value>,
    /// What the amount contains of taxes.
    pub inclusive: i64,
    /// What comes on top of it.
    pub exclusive: i64,
}

impl Taxes {
    /// `exempt` is the customer's `tax_exempt`.
    pub fn of(amount: i64, rates: &[Value], exempt: &str) -> Taxes {
        let reason = match exempt {
            "exempt" => "customer_exempt",
            "reverse" => "reverse_charge",
            _ => "not_available",
        };
        let taxed = reason == "not_available";
        let percent = |rate: &Value| if taxed { decimal(&rate["percentage"]) } else { Decimal::ZERO };
        let is_inclusive = |rate: &Value| rate["inclusive"] == true;
        let inside: Decimal = rates.iter().filter(|rate| is_inclusive(rate)).map(percent).sum();
        let net = Decimal::from(amount) / (Decimal::ONE_HUNDRED + inside);
        let included = |rate: &Value| times(net, percent(rate));
        let inclusive = rates.iter().filter(|rate| is_inclusive(rate)).map(included);
        let inclusive = inclusive.fold(0, i64::saturating_add);
        let taxable = amount.saturating_sub(inclusive);
        let mut taxes = Taxes { shown: Vec::new(), inclusive, exclusive: 0 };
        for rate in rates {
            let tax = if is_inclusive(rate) { included(rate) } else { share(taxable, percent(rate)) };
            if !is_inclusive(rate) {
                taxes.exclusive = taxes.exclusive.saturating_add(tax);
            }
            taxes.shown.push(json!({
                "amount": tax,
                "tax_behavior": if is_inclusive(rate) { "inclusive" } else { "exclusive" },
                "tax_rate_details": {"tax_rate": rate["id"]},
                "taxability_reason": reason,
                "taxable_amount": taxable,
                "type": "tax_rate_details",
            }));
        }
        taxes
    }
}

/// The taxes of all lines, added up by their rate.
pub fn add_up(taxes: Vec<Value>) -> Vec<Value> {
    let mut sums: Vec<Value> = Vec::new();
    for tax in taxes {
        match sums.iter_mut().find(|sum| sum["tax_rate_details"] == tax["tax_rate_details"]) {
            Some(sum) => {
                for name in ["amount", "taxable_amount"] {
                    let add = tax[name].as_i64().unwrap_or(0);
                    sum[name] = json!(sum[name].as_i64().unwrap_or(0).saturating_add(add));
                }
            }
            None => sums.push(tax),
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(id: &str, percentage: f64, inclusive: bool) -> Value {
        json!({"id": id, "percentage": percentage, "inclusive": inclusive})
    }

    fn amounts(taxes: &Taxes) -> Vec<i64> {
        taxes.shown.iter().map(|tax| tax["amount"].as_i64().unwrap()).collect()
    }

    #[test]
    fn exclusive_taxes_come_on_top() {
        let taxes = Taxes::of(1050, &[rate("a", 5.0, false), rate("b", 8.875, false)], "none");
        assert_eq!((amounts(&taxes), taxes.exclusive, taxes.inclusive), (vec![53, 93], 146, 0));
    }

    #[test]
    fn inclusive_taxes_are_inside_together() {
        let taxes = Taxes::of(1200, &[rate("a", 20.0, true)], "none");
        assert_eq!((taxes.inclusive, &taxes.shown[0]["taxable_amount"]), (200, &json!(1000)));
        let taxes = Taxes::of(1300, &[rate("a", 20.0, true), rate("b", 10.0, true)], "none");
        assert_eq!(amounts(&taxes), [200, 100]);
        let taxes = Taxes::of(1200, &[rate("a", 20.0, true), rate("b", 10.0, false)], "none");
        assert_eq!((amounts(&taxes), taxes.exclusive), (vec![200, 100], 100));
    }

    #[test]
    fn who_is_exempt_pays_none() {
        for (exempt, reason) in [("exempt", "customer_exempt"), ("reverse", "reverse_charge")] {
            let taxes = Taxes::of(1200, &[rate("a", 20.0, true), rate("b", 10.0, false)], exempt);
            assert_eq!((amounts(&taxes), taxes.inclusive, taxes.exclusive), (vec![0, 0], 0, 0));
            assert_eq!(taxes.shown[0]["taxability_reason"], reason);
        }
    }
}
