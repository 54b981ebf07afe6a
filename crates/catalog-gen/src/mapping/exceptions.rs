//! What the rules alone would call badly or wrongly, with the reason. A line that is no longer about anything is an
//! error.

#[derive(Default)]
pub struct Exceptions {
    /// Names of the entities of resources.
    pub entities: &'static [Exception],
    /// Names of actions whose path has no verb, or whose documented name is not the rule's.
    pub actions: &'static [Exception],
    /// Resources that are another way to a second one, although no rule shows it.
    pub aliases: &'static [Exception],
    /// The actions of the connector's documentation, whose names no rule may change.
    pub documented_actions: &'static [&'static str],
}

pub struct Exception {
    pub at: &'static str,
    pub is: &'static str,
    pub why: &'static str,
}

const fn at(at: &'static str, is: &'static str, why: &'static str) -> Exception {
    Exception { at, is, why }
}

pub static REVIEWED: Exceptions = Exceptions {
    entities: &[
        at("/v1/account", "CurrentAccount", "the account of the key, as Stripe's libraries call it"),
        at("/v1/credit_notes/preview/lines", "CreditNotePreviewLineItem", "lines of what does not exist yet"),
        at("/v1/invoiceitems", "InvoiceItem", "two words, which Stripe writes as one"),
        at("/v1/invoices/{}/lines", "InvoiceLineItem", "the object's name does not say whose line it is"),
        at("/v1/sigma/saved_queries", "SigmaSavedQuery", "the object is called after its implementation"),
    ],
    actions: &[
        at("DELETE /v1/subscriptions/{}", "CancelSubscription", "DELETE that ends"),
        at("GET /v1/quotes/{}/pdf", "DownloadQuotePdf", "no verb in the path"),
        at("GET /v1/tax/associations/find", "FindTaxAssociation", "no resource around the verb"),
        at("POST /v1/payment_methods/{}/attach", "AttachPaymentMethodToCustomer", "says to what"),
        at("POST /v1/payment_methods/{}/detach", "DetachPaymentMethodFromCustomer", "says from what"),
        at("POST /v2/billing/meter_event_stream", "SendV2BillingMeterEventStream", "no verb in the path"),
    ],
    aliases: &[at(
        "/v1/external_accounts", "/v1/accounts/{}/external_accounts", "the same update by the id alone",
    )],
    documented_actions: &[
        "AcceptQuote", "AttachPaymentMethodToCustomer", "CancelPaymentIntent", "CancelQuote",
        "CapturePaymentIntent", "ConfirmPaymentIntent", "DetachPaymentMethodFromCustomer", "FinalizeInvoice",
        "FinalizeQuote",
    ],
};
