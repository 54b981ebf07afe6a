//! The account's money by currency: the sum of its balance transactions, kept as they come.

use std::collections::BTreeMap;

use serde_json::{Value, json};

#[derive(Debug, Default)]
pub struct Ledger {
    funds: BTreeMap<String, Funds>,
    /// The same before the present request, once that has changed it.
    before: Option<BTreeMap<String, Funds>>,
}

#[derive(Debug, Default, Clone)]
struct Funds {
    available: i64,
    pending: i64,
}

impl Ledger {
    pub fn add(&mut self, currency: &str, net: i64, available: bool) {
        let funds = self.change(currency);
        let side = if available { &mut funds.available } else { &mut funds.pending };
        *side = side.saturating_add(net);
    }

    /// Pending money becomes available.
    pub fn ripen(&mut self, currency: &str, net: i64) {
        let funds = self.change(currency);
        funds.pending = funds.pending.saturating_sub(net);
        funds.available = funds.available.saturating_add(net);
    }

    fn change(&mut self, currency: &str) -> &mut Funds {
        if self.before.is_none() {
            self.before = Some(self.funds.clone());
        }
        self.funds.entry(currency.to_owned()).or_default()
    }

    /// Ends a request whose changes stand.
    pub fn commit(&mut self) {
        self.before = None;
    }

    /// Ends a request that was refused: everything is as it was before.
    pub fn roll_back(&mut self) {
        if let Some(before) = self.before.take() {
            self.funds = before;
        }
    }

    /// The balance as Stripe shows it; an account that never earned shows zero dollars.
    pub fn balance(&self) -> Value {
        let side = |amount: fn(&Funds) -> i64| -> Value {
            let entry = |currency: &str, amount: i64| json!({"amount": amount, "currency": currency, "source_types": {"card": amount}});
            if self.funds.is_empty() {
                return json!([entry("usd", 0)]);
            }
            let funds = self.funds.iter();
            funds.map(|(currency, funds)| entry(currency, amount(funds))).collect()
        };
        json!({
            "object": "balance",
            "available": side(|funds| funds.available),
            "livemode": false,
            "pending": side(|funds| funds.pending),
            "refund_and_dispute_prefunding": {"available": [], "pending": []},
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_request_moves_no_money() {
        let mut ledger = Ledger::default();
        ledger.add("usd", 100, false);
        ledger.commit();
        let before = ledger.balance();
        ledger.ripen("usd", 100);
        ledger.add("eur", 5, true);
        assert_ne!(ledger.balance(), before);
        ledger.roll_back();
        assert_eq!(ledger.balance(), before);
        ledger.roll_back();
        assert_eq!(ledger.balance(), before, "what stands is not taken back");
    }
}
