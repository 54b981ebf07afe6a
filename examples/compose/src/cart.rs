//! What is bought, and what it costs.

use serde::Deserialize;

/// Stripe keeps as many keys of metadata.
const MAX_ITEMS: usize = 50;

/// What the browser sends. It has no amounts: those come from Stripe.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cart {
    pub currency: String,
    pub items: Vec<Item>,
    pub customer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub price: String,
    pub quantity: u64,
}

/// A row of the entity `Price`, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Price {
    id: String,
    active: bool,
    currency: String,
    r#type: String,
    unit_amount: Option<u64>,
    transform_quantity_divide_by: Option<u64>,
}

/// The columns of that row.
pub const COLUMNS: [&str; 6] =
    ["Id", "Active", "Currency", "Type", "UnitAmount", "TransformQuantityDivideBy"];

impl Cart {
    /// The text is what is wrong with it.
    pub fn read(body: &[u8]) -> Result<Cart, String> {
        let cart: Cart = serde_json::from_slice(body).map_err(|error| format!("the cart: {error}"))?;
        if !(1..=MAX_ITEMS).contains(&cart.items.len()) {
            return Err(format!("a cart has 1 to {MAX_ITEMS} items, and this one {}", cart.items.len()));
        }
        for (at, Item { price, quantity }) in cart.items.iter().enumerate() {
            if !is_id(price) {
                return Err(format!("{price:?} is no id of a price, such as `price_123`"));
            }
            if *quantity == 0 {
                return Err(format!("the quantity of `{price}` is 0, and must be 1 or more"));
            }
            if cart.items.iter().take(at).any(|other| other.price == *price) {
                return Err(format!("`{price}` stands in the cart twice: add the quantities up"));
            }
        }
        match cart.customer.as_deref().is_none_or(is_id) {
            true => Ok(cart),
            false => Err("the customer is no id, such as `cus_123`".to_owned()),
        }
    }

    /// The filter that finds its prices.
    pub fn filter(&self) -> String {
        let ids: Vec<_> = self.items.iter().map(|item| format!("'{}'", item.price)).collect();
        format!("Id IN ({})", ids.join(", "))
    }

    /// What it costs, in the currency's minor unit. The text says why it cannot be bought.
    pub fn total(&self, prices: &[Price]) -> Result<u64, String> {
        let mut total: u64 = 0;
        for Item { price: id, quantity } in &self.items {
            let price = prices.iter().find(|price| price.id == *id);
            let price = price.ok_or_else(|| format!("there is no price `{id}`"))?;
            if !price.active {
                return Err(format!("`{id}` is not sold any more"));
            }
            if !price.currency.eq_ignore_ascii_case(&self.currency) {
                return Err(format!(
                    "`{id}` is in {}, and the cart in {:?}: a payment has one currency",
                    price.currency, self.currency
                ));
            }
            let amount = match price.unit_amount {
                Some(amount)
                    if price.r#type == "one_time" && price.transform_quantity_divide_by.is_none() =>
                {
                    amount
                }
                _ => return Err(format!("`{id}` is not sold by the piece")),
            };
            let cost = amount.checked_mul(*quantity).and_then(|cost| total.checked_add(cost));
            total = cost.ok_or("the cart costs more than can be paid")?;
        }
        match total {
            0 => Err("the cart costs nothing, so there is nothing to pay".to_owned()),
            total => Ok(total),
        }
    }
}

/// Whether it can stand in a filter and as a key of metadata, as every id that Stripe makes can.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn cart(items: &[(&str, u64)]) -> Result<Cart, String> {
        let items: Vec<_> =
            items.iter().map(|(price, quantity)| json!({"price": price, "quantity": quantity})).collect();
        Cart::read(json!({"currency": "usd", "items": items}).to_string().as_bytes())
    }

    fn total(items: &[(&str, u64)], changes: Value) -> Result<u64, String> {
        let mut row = json!({
            "Id": "price_1", "Active": true, "Currency": "usd", "Type": "one_time", "UnitAmount": 1500,
            "TransformQuantityDivideBy": null,
        });
        for (name, value) in changes.as_object().unwrap() {
            row[name] = value.clone();
        }
        let mut other = row.clone();
        other["Id"] = json!("price_2");
        let prices: Vec<Price> = serde_json::from_value(json!([other, row])).unwrap();
        cart(items).unwrap().total(&prices)
    }

    #[test]
    fn what_is_a_cart() {
        let read = |text: &str| Cart::read(text.as_bytes()).err().unwrap_or_default();
        let item = |item: &str| read(&format!(r#"{{"currency": "usd", "items": [{item}]}}"#));
        assert_eq!(item(r#"{"price": "price_1", "quantity": 1}"#), "");
        assert!(item(r#"{"price": "price_1", "quantity": -1}"#).contains("`-1`, expected u64"));
        assert!(item(r#"{"price": "price_1", "quantity": 1.5}"#).contains("1.5"));
        assert!(item(r#"{"price": "price_1", "quantity": 18446744073709551616}"#).contains("expected u64"));
        assert!(
            item(r#"{"price": "price_1", "quantity": 1, "amount": 1}"#).contains("unknown field `amount`")
        );
        assert!(item(r#"{"price": "x') OR Id IN ('y", "quantity": 1}"#).contains("is no id"));
        assert!(read("{").contains("EOF"));
        assert!(cart(&[("price_1", 0)]).is_err_and(|why| why.contains("1 or more")));
        assert!(cart(&[("price_1", 1), ("price_1", 2)]).is_err_and(|why| why.contains("twice")));
        assert!(cart(&[]).is_err_and(|why| why.contains("1 to 50 items, and this one 0")));
        assert_eq!(
            cart(&[("price_1", 1), ("a-b", 2)]).map(|cart| cart.filter()),
            Ok("Id IN ('price_1', 'a-b')".to_owned())
        );
    }

    #[test]
    fn what_it_costs() {
        assert_eq!(total(&[("price_1", 2), ("price_2", 1)], json!({})), Ok(4500));
        assert_eq!(total(&[("price_1", u64::MAX / 1500)], json!({})), Ok(u64::MAX / 1500 * 1500));
        let refused = |items: &[(&str, u64)], changes, why: &str| {
            let error = total(items, changes).unwrap_err();
            assert!(error.contains(why), "{error}");
        };
        refused(&[("price_1", u64::MAX / 1500 + 1)], json!({}), "more than can be paid");
        refused(&[("price_1", 1), ("price_2", u64::MAX / 1500)], json!({}), "more than can be paid");
        refused(&[("price_3", 1)], json!({}), "no price `price_3`");
        refused(&[("price_1", 1)], json!({"Active": false}), "not sold any more");
        refused(&[("price_1", 1)], json!({"Currency": "eur"}), "in eur, and the cart in \"usd\"");
        refused(&[("price_1", 1)], json!({"Type": "recurring"}), "by the piece");
        refused(&[("price_1", 1)], json!({"UnitAmount": null}), "by the piece");
        refused(&[("price_1", 1)], json!({"TransformQuantityDivideBy": 10}), "by the piece");
        refused(&[("price_1", 1)], json!({"UnitAmount": 0}), "nothing to pay");
    }
}
