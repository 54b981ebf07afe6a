//! The rest of the contract, which is not measured.

use alloc::string::String;
use alloc::vec::Vec;

use crate::contract::exports::connectors::stripe::{actions, catalog, connection};
use crate::{Plain, trap};
use actions::{
    AcceptedQuote, CallOptions, CapturePaymentIntentInput, ConfirmPaymentIntentInput, Failure, Outcome,
};
use catalog::{ActionSummary, Description, EntitySummary};
use connection::Status;

type Optional = Option<String>;

impl actions::Guest for Plain {
    fn confirm_payment_intent(_: ConfirmPaymentIntentInput, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }

    fn capture_payment_intent(_: CapturePaymentIntentInput, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }

    fn cancel_payment_intent(
        _: String,
        _: Optional,
        _: Optional,
        _: CallOptions,
    ) -> Result<Outcome, Failure> {
        trap()
    }

    fn attach_payment_method_to_customer(
        _: String,
        _: String,
        _: Optional,
        _: CallOptions,
    ) -> Result<Outcome, Failure> {
        trap()
    }

    fn detach_payment_method_from_customer(
        _: String,
        _: Optional,
        _: CallOptions,
    ) -> Result<Outcome, Failure> {
        trap()
    }

    fn finalize_invoice(_: String, _: Option<bool>, _: Optional, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }

    fn finalize_quote(_: String, _: Optional, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }

    fn accept_quote(_: String, _: Optional, _: CallOptions) -> Result<AcceptedQuote, Failure> {
        trap()
    }

    fn cancel_quote(_: String, _: Optional, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }

    fn execute(_: String, _: String, _: CallOptions) -> Result<Outcome, Failure> {
        trap()
    }
}

impl catalog::Guest for Plain {
    fn list_entity_types() -> Vec<EntitySummary> {
        trap()
    }

    fn get_entity_type(_: String) -> Result<Description, Failure> {
        trap()
    }

    fn list_actions() -> Vec<ActionSummary> {
        trap()
    }

    fn get_action(_: String) -> Result<Description, Failure> {
        trap()
    }
}

impl connection::Guest for Plain {
    fn check_readiness() -> Status {
        trap()
    }

    fn check_status() -> Status {
        trap()
    }
}
