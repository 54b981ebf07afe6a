//! Stripe's test cards: the names they have in tokens and payment methods, their numbers, and what
//! happens when they are used.

use super::cards::Behaviour::{
    self, Authenticates, Checked, Declines, DeclinesLater, Elevated, Pays, PaysAtOnce, RefundFails,
    RefundsLate,
};
use super::cards::Demand::{Always, OnSession, UnlessSetUp};

#[derive(Debug)]
pub struct Card {
    pub name: &'static str,
    pub number: &'static str,
    pub brand: &'static str,
    pub funding: &'static str,
    pub behaviour: Behaviour,
    /// Whether it can be captured in parts and its authorization raised.
    pub flexible: bool,
}

impl Card {
    /// Cards that are named after a country are from there.
    pub fn country(&self) -> String {
        match self.name.split('_').next() {
            Some(country) if country.len() == 2 => country.to_ascii_uppercase(),
            _ => "US".to_owned(),
        }
    }
}

const fn card(
    name: &'static str,
    number: &'static str,
    brand: &'static str,
    funding: &'static str,
    behaviour: Behaviour,
) -> Card {
    Card { name, number, brand, funding, behaviour, flexible: true }
}

const fn credit(name: &'static str, number: &'static str, brand: &'static str) -> Card {
    card(name, number, brand, "credit", Pays)
}

const fn debit(name: &'static str, number: &'static str, brand: &'static str) -> Card {
    card(name, number, brand, "debit", Pays)
}

const fn visa(name: &'static str, number: &'static str, behaviour: Behaviour) -> Card {
    card(name, number, "visa", "credit", behaviour)
}

const fn rigid(name: &'static str, number: &'static str) -> Card {
    Card { flexible: false, ..visa(name, number, Pays) }
}

pub static CARDS: &[Card] = &[
    // By brand.
    credit("visa", "4242424242424242", "visa"),
    debit("visa_debit", "4000056655665556", "visa"),
    credit("mastercard", "5555555555554444", "mastercard"),
    debit("mastercard_debit", "5200828282828210", "mastercard"),
    card("mastercard_prepaid", "5105105105105100", "mastercard", "prepaid", Pays),
    credit("amex", "378282246310005", "amex"),
    credit("discover", "6011111111111117", "discover"),
    credit("diners", "3056930009020004", "diners"),
    credit("jcb", "3566002020360505", "jcb"),
    credit("unionpay", "6200000000000005", "unionpay"),
    credit("visa_cartesBancaires", "4000002500001001", "visa"),
    // Other numbers of the same brands.
    credit("mastercard", "2223003122003222", "mastercard"),
    credit("amex", "371449635398431", "amex"),
    credit("discover", "6011000990139424", "discover"),
    credit("diners", "36227206271667", "diners"),
    // By country.
    credit("us", "4242424242424242", "visa"),
    credit("ar", "4000000320000021", "visa"),
    credit("br", "4000000760000002", "visa"),
    credit("ca", "4000001240000000", "visa"),
    credit("cl", "4000001520000001", "visa"),
    credit("co", "4000001700000003", "visa"),
    credit("cr", "4000001880000005", "visa"),
    credit("ec", "4000002180000000", "visa"),
    credit("mx", "4000004840008001", "visa"),
    credit("pa", "4000005910000000", "visa"),
    credit("py", "4000006000000066", "visa"),
    credit("pe", "4000006040000068", "visa"),
    credit("uy", "4000008580000003", "visa"),
    credit("ae", "4000007840000001", "visa"),
    credit("ae_mastercard", "5200007840000022", "mastercard"),
    credit("at", "4000000400000008", "visa"),
    credit("be", "4000000560000004", "visa"),
    credit("bg", "4000001000000000", "visa"),
    credit("by", "4000001120000005", "visa"),
    credit("hr", "4000001910000009", "visa"),
    credit("cy", "4000001960000008", "visa"),
    credit("cz", "4000002030000002", "visa"),
    credit("dk", "4000002080000001", "visa"),
    credit("ee", "4000002330000009", "visa"),
    credit("fi", "4000002460000001", "visa"),
    credit("fr", "4000002500000003", "visa"),
    credit("de", "4000002760000016", "visa"),
    credit("gi", "4000002920000005", "visa"),
    credit("gr", "4000003000000030", "visa"),
    credit("hu", "4000003480000005", "visa"),
    credit("ie", "4000003720000005", "visa"),
    credit("it", "4000003800000008", "visa"),
    credit("lv", "4000004280000005", "visa"),
    credit("li", "4000004380000004", "visa"),
    credit("lt", "4000004400000000", "visa"),
    credit("lu", "4000004420000006", "visa"),
    credit("mt", "4000004700000007", "visa"),
    credit("nl", "4000005280000002", "visa"),
    credit("no", "4000005780000007", "visa"),
    credit("pl", "4000006160000005", "visa"),
    credit("pt", "4000006200000007", "visa"),
    credit("ro", "4000006420000001", "visa"),
    credit("sa", "4000006820000007", "visa"),
    credit("si", "4000007050000006", "visa"),
    credit("sk", "4000007030000001", "visa"),
    credit("es", "4000007240000007", "visa"),
    credit("se", "4000007520000008", "visa"),
    credit("ch", "4000007560000009", "visa"),
    credit("gb", "4000008260000000", "visa"),
    debit("gb_debit", "4000058260000005", "visa"),
    credit("gb_mastercard", "5555558265554449", "mastercard"),
    credit("au", "4000000360000006", "visa"),
    credit("cn", "4000001560000002", "visa"),
    credit("hk", "4000003440000004", "visa"),
    credit("in", "4000003560000008", "visa"),
    credit("jp", "4000003920000003", "visa"),
    credit("jp", "3530111333300000", "jcb"),
    credit("my", "4000004580000002", "visa"),
    credit("nz", "4000005540000008", "visa"),
    credit("sg", "4000007020000003", "visa"),
    credit("tw", "4000001580000008", "visa"),
    credit("th_credit", "4000007640000003", "visa"),
    debit("th_debit", "4000057640000008", "visa"),
    // By what becomes of the money.
    visa("bypassPending", "4000000000000077", PaysAtOnce),
    visa("bypassPendingInternational", "4000003720000278", PaysAtOnce),
    visa("pendingRefund", "4000000000007726", RefundsLate),
    visa("refundFail", "4000000000005126", RefundFails),
    rigid("credit_disableEnterpriseCardFeatures", "4000008400000076"),
    // By what is found out about the card.
    visa("cvcCheckFail", "4000000000000101", Checked(&[("cvc_check", "fail")])),
    visa(
        "avsFail",
        "4000000000000010",
        Checked(&[("address_line1_check", "fail"), ("address_postal_code_check", "fail")]),
    ),
    visa("avsLine1Fail", "4000000000000028", Checked(&[("address_line1_check", "fail")])),
    visa("avsZipFail", "4000000000000036", Checked(&[("address_postal_code_check", "fail")])),
    visa(
        "avsUnchecked",
        "4000000000000044",
        Checked(&[("address_line1_check", "unavailable"), ("address_postal_code_check", "unavailable")]),
    ),
    visa("riskLevelElevated", "4000000000009235", Elevated),
    visa("riskLevelHighest", "4000000000004954", DeclinesLater("fraudulent")),
    visa("radarBlock", "4100000000000019", Declines("fraudulent")),
    visa("chargeDeclinedFraudulent", "4100000000000019", Declines("fraudulent")),
    // Declined.
    visa("chargeDeclined", "4000000000000002", Declines("generic_decline")),
    visa("chargeDeclinedInsufficientFunds", "4000000000009995", Declines("insufficient_funds")),
    visa("chargeDeclinedLostCard", "4000000000009987", Declines("lost_card")),
    visa("chargeDeclinedStolenCard", "4000000000009979", Declines("stolen_card")),
    visa("chargeDeclinedExpiredCard", "4000000000000069", Declines("expired_card")),
    visa("chargeDeclinedIncorrectCvc", "4000000000000127", Declines("incorrect_cvc")),
    visa("chargeDeclinedProcessingError", "4000000000000119", Declines("processing_error")),
    visa("chargeDeclinedVelocityLimitExceeded", "4000000000006975", Declines("card_velocity_exceeded")),
    visa("chargeCustomerFail", "4000000000000341", DeclinesLater("generic_decline")),
    // Authenticated, or not.
    visa("authenticationRequired", "4000002760003184", Authenticates(Always, None)),
    visa("authenticationRequiredOnSetup", "4000002500003155", Authenticates(UnlessSetUp, None)),
    visa("authenticationRequiredSetupForOffSession", "4000003800000446", Authenticates(OnSession, None)),
    visa(
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        Authenticates(UnlessSetUp, Some("insufficient_funds")),
    ),
    visa("threeDSecure2Required", "4000000000003220", Authenticates(Always, None)),
    visa("threeDSecureRequired", "4000000000003063", Authenticates(Always, None)),
    visa(
        "threeDSecureRequiredChargeDeclined",
        "4000008400001629",
        Authenticates(Always, Some("generic_decline")),
    ),
    visa("threeDSecureRequiredProcessingError", "4000008400001280", DeclinesLater("processing_error")),
    visa("threeDSecureOptional", "4000000000003055", Pays),
    visa("threeDSecureOptionalProcessingError", "4000000000003097", Pays),
];
