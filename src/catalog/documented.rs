//! What the connector's documentation says beyond Stripe's description: the names of inputs and the answers of the nine
//! actions, and in a line what the documented entities and actions are.

/// What an action answers besides `Success`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Answer {
    /// The whole object, flattened.
    Object,
    Success,
    /// `InvoiceId`, from the object's `invoice`.
    Invoice,
}

/// What is documented of an action.
pub struct Documented {
    pub action: &'static str,
    pub answer: Answer,
    /// Other names of inputs: (`CustomerId`, `customer`).
    pub aliases: &'static [(&'static str, &'static str)],
    /// Parameters that are required although Stripe would do without.
    pub required: &'static [&'static str],
    pub summary: &'static str,
}

/// What is documented of an action: of most, nothing is.
pub fn of_action(name: &str) -> Option<&'static Documented> {
    ACTIONS.iter().find(|documented| documented.action == name)
}

/// What an entity is, in a line.
pub fn of_entity(name: &str) -> Option<&'static str> {
    ENTITIES.iter().find(|(entity, _)| *entity == name).map(|(_, summary)| *summary)
}

static ACTIONS: &[Documented] = &[
    Documented {
        action: "AcceptQuote",
        answer: Answer::Invoice,
        aliases: &[],
        required: &[],
        summary: "Accepts a finalized quote, which makes its invoice or subscription.",
    },
    Documented {
        action: "AttachPaymentMethodToCustomer",
        answer: Answer::Success,
        aliases: &[("CustomerId", "customer")],
        required: &["customer"],
        summary: "Saves a payment method with a customer.",
    },
    Documented {
        action: "CancelPaymentIntent",
        answer: Answer::Object,
        aliases: &[],
        required: &[],
        summary: "Cancels a payment that has not succeeded; what is held of it is released.",
    },
    Documented {
        action: "CancelQuote",
        answer: Answer::Success,
        aliases: &[],
        required: &[],
        summary: "Cancels a quote that is not accepted yet.",
    },
    Documented {
        action: "CapturePaymentIntent",
        answer: Answer::Object,
        aliases: &[],
        required: &[],
        summary: "Takes the money of an authorized payment, all of it or a part.",
    },
    Documented {
        action: "ConfirmPaymentIntent",
        answer: Answer::Object,
        aliases: &[],
        required: &[],
        summary: "Tries to pay with the payment method that the intent has or is given.",
    },
    Documented {
        action: "DetachPaymentMethodFromCustomer",
        answer: Answer::Success,
        aliases: &[],
        required: &[],
        summary: "Removes a payment method from its customer for good.",
    },
    Documented {
        action: "FinalizeInvoice",
        answer: Answer::Object,
        aliases: &[],
        required: &[],
        summary: "Makes a draft invoice final, so that it can be paid.",
    },
    Documented {
        action: "FinalizeQuote",
        answer: Answer::Success,
        // The documentation prints the input once by this name.
        aliases: &[("SouQuoteIdrcePath", "QuoteId")],
        required: &[],
        summary: "Makes a draft quote final, so that it can be accepted.",
    },
];

static ENTITIES: &[(&str, &str)] = &[
    ("Balance", "What the account holds, by currency."),
    ("BalanceTransaction", "A movement of the account's balance."),
    ("Charge", "One attempt to take money."),
    ("Coupon", "A discount that can be given."),
    ("Customer", "Who buys: contact, payment methods, balance."),
    ("Dispute", "A payment that the payer contests."),
    ("Event", "Something that happened to an object, kept for thirty days."),
    ("Invoice", "What a customer owes, line by line."),
    ("InvoiceItem", "An amount that goes onto a customer's next invoice."),
    ("InvoiceLineItem", "A line of an invoice."),
    ("PaymentIntent", "A payment from its start to its end."),
    ("PaymentMethod", "A card, bank account or wallet to pay with."),
    ("Payout", "Money that goes to the account's bank."),
    ("Plan", "A recurring price in its older form."),
    ("Price", "What a product costs, once or recurring."),
    ("Product", "What is sold."),
    ("Quote", "An offer to a customer, which becomes an invoice or a subscription."),
    ("Refund", "Money that goes back to a payer."),
    ("SetupIntent", "A payment method being set up for later payments."),
    ("Subscription", "A customer's recurring purchase."),
    ("TaxRate", "A percentage of tax."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{action, entity};

    #[test]
    fn what_is_documented_exists() {
        for documented in ACTIONS {
            let action = action(documented.action).unwrap();
            for (alias, own) in documented.aliases {
                let known = action.parameters.field(own).is_some() || action.ids.contains(own);
                assert!(known, "{}: {alias}", documented.action);
            }
        }
        assert_eq!(ACTIONS.len(), 9);
        for (name, _) in ENTITIES {
            assert_eq!(entity(name).map(|entity| entity.name), Some(*name));
        }
    }
}
