//! Groups of fields that several objects share.

use super::Fields;
use super::Kind::*;

/// An object whose members are not listed.
pub const OPEN: Fields = &[];

pub const METADATA: (super::Kind, &[&str]) = (Map, &["metadata"]);

pub const ADDRESS: Fields = &[(Text, &["city", "country", "line1", "line2", "postal_code", "state"])];

pub const SHIPPING: Fields =
    &[(Object(ADDRESS), &["address"]), (Text, &["name", "phone", "carrier", "tracking_number"])];

/// The shipping of a customer or an invoice, which has no carrier.
pub const RECIPIENT: Fields = &[(Object(ADDRESS), &["address"]), (Text, &["name", "phone"])];

pub const BILLING_DETAILS: Fields =
    &[(Object(ADDRESS), &["address"]), (Text, &["email", "name", "phone", "tax_id"])];

pub const CUSTOMER_INVOICE_SETTINGS: Fields = &[
    (Array, &["custom_fields"]),
    (Text, &["default_payment_method", "footer"]),
    (Object(OPEN), &["rendering_options"]),
];

pub const ISSUER: Fields = &[(Text, &["account", "type"])];

pub const QUOTE_INVOICE_SETTINGS: Fields = &[(Integer, &["days_until_due"]), (Object(ISSUER), &["issuer"])];

pub const AUTOMATIC_PAYMENT_METHODS: Fields = &[(Text, &["allow_redirects"]), (Boolean, &["enabled"])];

pub const TRANSFER_DATA: Fields = &[
    (Integer, &["amount"]),
    (Text, &["description", "destination"]),
    METADATA,
    (Object(OPEN), &["payment_data"]),
];

pub const INVOICE_TRANSFER_DATA: Fields = &[(Integer, &["amount"]), (Text, &["destination"])];

pub const QUOTE_TRANSFER_DATA: Fields =
    &[(Integer, &["amount"]), (Number, &["amount_percent"]), (Text, &["destination"])];

pub const RECURRING: Fields = &[(Text, &["interval", "meter", "usage_type"]), (Integer, &["interval_count"])];

pub const CUSTOM_UNIT_AMOUNT: Fields =
    &[(Boolean, &["enabled"]), (Integer, &["maximum", "minimum", "preset"])];

pub const TRANSFORM_QUANTITY: Fields = &[(Integer, &["divide_by"]), (Text, &["round"])];

pub const PACKAGE_DIMENSIONS: Fields = &[(Number, &["height", "length", "weight", "width"])];

pub const DEFAULT_PRICE_DATA: Fields = &[
    (Text, &["currency", "tax_behavior", "unit_amount_decimal"]),
    (Map, &["currency_options", "metadata"]),
    (Object(CUSTOM_UNIT_AMOUNT), &["custom_unit_amount"]),
    (Object(RECURRING), &["recurring"]),
    (Integer, &["unit_amount"]),
];

pub const PRODUCT_DATA: Fields = &[
    (Boolean, &["active"]),
    (Text, &["id", "name", "statement_descriptor", "tax_code", "unit_label"]),
    METADATA,
];

pub const PRICE_DATA: Fields =
    &[(Text, &["currency", "product", "tax_behavior", "unit_amount_decimal"]), (Integer, &["unit_amount"])];

pub const PERIOD: Fields = &[(Instant, &["end", "start"])];

pub const INVOICE_STATUS_TRANSITIONS: Fields =
    &[(Instant, &["finalized_at", "marked_uncollectible_at", "paid_at", "voided_at"])];

pub const QUOTE_STATUS_TRANSITIONS: Fields = &[(Instant, &["accepted_at", "canceled_at", "finalized_at"])];

pub const FROM_INVOICE: Fields = &[(Text, &["action", "invoice"])];

pub const FROM_QUOTE: Fields = &[(Boolean, &["is_revision"]), (Text, &["quote"])];
