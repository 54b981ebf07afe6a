//! From Stripe's words to names: `checkout.session` and `line_items` to `CheckoutSession` and `LineItem`.

/// `payment_intent`, `checkout.session` as one word: `PaymentIntent`, `CheckoutSession`.
pub fn pascal(words: &str) -> String {
    words.split(['_', '.', '/']).flat_map(capitalized).collect()
}

fn capitalized(word: &str) -> impl Iterator<Item = char> + '_ {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
}

pub fn singular(words: &str) -> String {
    match (words.strip_suffix("ies"), words.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => words.to_owned(),
    }
}

/// Whether a segment of a path says what the object is: `line_items` and `features` do for `tax.calculation_line_item`
/// and `treasury.financial_account_features`; `close` and `history` do for none.
pub fn names_object(segment: &str, object: &str) -> bool {
    let own = local(object);
    [segment, &singular(segment)].iter().any(|words| {
        own.strip_suffix(*words).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
}

/// The object's name without the area of Stripe that it belongs to.
pub fn local(object: &str) -> &str {
    object.rsplit('.').next().unwrap_or_default()
}

/// How names of entities are compared wherever a caller gives one: without case and signs.
pub fn significant(name: &str) -> String {
    name.replace(['_', '.', '/'], "").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert_eq!(pascal("checkout.session"), "CheckoutSession");
        assert_eq!(pascal("mark_uncollectible"), "MarkUncollectible");
        for (many, one) in [("cards", "card"), ("capabilities", "capability"), ("refund", "refund")] {
            assert_eq!(singular(many), one);
        }
        assert_eq!(significant("Payment_Intent"), "paymentintent");
    }

    #[test]
    fn segments_that_name_an_object() {
        assert!(names_object("transactions", "balance_transaction"));
        assert!(names_object("features", "treasury.financial_account_features"));
        assert!(names_object("meter_event_session", "v2.billing.meter_event_session"));
        assert!(!names_object("refund", "charge"));
        assert!(!names_object("people", "person"));
        assert!(!names_object("ards", "card"));
        assert!(!names_object("link_account_sessions", "financial_connections.session"));
    }
}
