//! The contract's exports: hands every call to where it is answered, and nothing else.

use crate::api::{actions, catalog, connection, entities, types};
use crate::contract;
use crate::failure::Failed;
use crate::host::Context;
use crate::http::WasiHttp;
use crate::imports::Imports;
use crate::json::Json;
use crate::layout::Layouts;
use crate::settings::Settings;
use crate::{actions as run, bulk, connection as check, entities as rows, list, log, objects};
use actions::{AcceptedQuote, CapturePaymentIntentInput, ConfirmPaymentIntentInput, Outcome};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use catalog::{ActionSummary, Description, EntitySummary};
use connection::Status;
use core::cell::OnceCell;
use entities::{BulkResult, Change, Page, Plan, Query, Row, Selection};
use types::{CallOptions, Failure};

struct Connector;

contract::export!(Connector with_types_in contract);

/// What an instance keeps from call to call.
struct Kept {
    /// Asked once.
    settings: OnceCell<Result<Settings, Failed>>,
    layouts: Layouts,
}

// SAFETY: an instance of a component has one thread.
unsafe impl Sync for Kept {}

static KEPT: Kept = Kept { settings: OnceCell::new(), layouts: Layouts::new() };

fn context(operation: &str) -> Context<'_> {
    let settings = KEPT.settings.get_or_init(|| Settings::read(&crate::given::settings::all()));
    Context::new(&Imports, &WasiHttp, operation, settings, &KEPT.layouts)
}

/// Runs and logs a call.
fn call<T: log::Report>(
    operation: &str,
    target: &str,
    run: impl FnOnce(Context) -> Result<T, Failed>,
) -> Result<T, Failure> {
    log::call(context(operation), target, run).map_err(|failed| *failed)
}

impl entities::Guest for Connector {
    fn list(query: Query, options: CallOptions) -> Result<Page, Failure> {
        let target = query.entity.clone();
        call("list", &target, |context| list::list(context, query, &options))
    }

    fn explain(query: Query, options: CallOptions) -> Result<Plan, Failure> {
        rows::explain(context("explain"), query, &options).map_err(|failed| *failed)
    }

    fn get(
        entity: String,
        id: Option<String>,
        columns: Option<Vec<String>>,
        raw: bool,
        options: CallOptions,
    ) -> Result<Row, Failure> {
        call("get", &entity, |context| {
            objects::get(context, &entity, id.as_deref(), columns.as_deref(), raw, &options)
        })
    }

    fn create(entity: String, fields: String, options: CallOptions) -> Result<Change, Failure> {
        call("create", &entity, |context| objects::create(context, &entity, &fields, &options))
    }

    fn update(
        entity: String,
        id: Option<String>,
        fields: String,
        options: CallOptions,
    ) -> Result<Change, Failure> {
        call("update", &entity, |context| objects::update(context, &entity, id.as_deref(), &fields, &options))
    }

    fn delete(entity: String, id: Option<String>, options: CallOptions) -> Result<Change, Failure> {
        call("delete", &entity, |context| objects::delete(context, &entity, id.as_deref(), &options))
    }

    fn update_where(
        selection: Selection,
        fields: String,
        options: CallOptions,
    ) -> Result<BulkResult, Failure> {
        call("update-where", &selection.entity, |context| {
            bulk::update_where(context, &selection, &fields, &options)
        })
    }

    fn delete_where(selection: Selection, options: CallOptions) -> Result<BulkResult, Failure> {
        call("delete-where", &selection.entity, |context| bulk::delete_where(context, &selection, &options))
    }
}

/// Runs a documented action with the inputs of its typed function.
fn typed(
    name: &str,
    given: Vec<(&str, Option<Json>)>,
    more: Option<String>,
    options: &CallOptions,
) -> Result<Outcome, Failure> {
    call("run", name, |context| run::typed(context, name, given, more.as_deref(), options))
}

fn text(value: impl Into<Option<String>>) -> Option<Json> {
    value.into().map(Json::from)
}

impl actions::Guest for Connector {
    fn confirm_payment_intent(
        input: ConfirmPaymentIntentInput,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        let given = vec![
            ("PaymentIntentId", text(input.payment_intent_id)),
            ("ReturnUrl", text(input.return_url)),
            ("PaymentMethod", text(input.payment_method)),
            ("ReceiptEmail", text(input.receipt_email)),
            ("SetupFutureUsage", text(input.setup_future_usage)),
            ("OffSession", input.off_session.map(Json::from)),
            ("CaptureMethod", text(input.capture_method)),
            ("ErrorOnRequiresAction", input.error_on_requires_action.map(Json::from)),
            ("Mandate", text(input.mandate)),
        ];
        typed("ConfirmPaymentIntent", given, input.more, &options)
    }

    fn capture_payment_intent(
        input: CapturePaymentIntentInput,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        let metadata = input.metadata.map(run::metadata).transpose().map_err(|failed| *failed)?;
        let given = vec![
            ("PaymentIntentId", text(input.payment_intent_id)),
            ("AmountToCapture", input.amount_to_capture.map(Json::from)),
            ("ApplicationFeeAmount", input.application_fee_amount.map(Json::from)),
            ("FinalCapture", input.final_capture.map(Json::from)),
            ("Metadata", metadata),
            ("StatementDescriptor", text(input.statement_descriptor)),
        ];
        typed("CapturePaymentIntent", given, input.more, &options)
    }

    fn cancel_payment_intent(
        payment_intent_id: String,
        cancellation_reason: Option<String>,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        let given = vec![
            ("PaymentIntentId", text(payment_intent_id)),
            ("CancellationReason", text(cancellation_reason)),
        ];
        typed("CancelPaymentIntent", given, more, &options)
    }

    fn attach_payment_method_to_customer(
        payment_method_id: String,
        customer_id: String,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        let given = vec![("PaymentMethodId", text(payment_method_id)), ("CustomerId", text(customer_id))];
        typed("AttachPaymentMethodToCustomer", given, more, &options)
    }

    fn detach_payment_method_from_customer(
        payment_method_id: String,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        typed(
            "DetachPaymentMethodFromCustomer",
            vec![("PaymentMethodId", text(payment_method_id))],
            more,
            &options,
        )
    }

    fn finalize_invoice(
        invoice_id: String,
        auto_advance: Option<bool>,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        let given = vec![("InvoiceId", text(invoice_id)), ("AutoAdvance", auto_advance.map(Json::from))];
        typed("FinalizeInvoice", given, more, &options)
    }

    fn finalize_quote(
        quote_id: String,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        typed("FinalizeQuote", vec![("QuoteId", text(quote_id))], more, &options)
    }

    fn accept_quote(
        quote_id: String,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<AcceptedQuote, Failure> {
        typed("AcceptQuote", vec![("QuoteId", text(quote_id))], more, &options).map(run::accepted)
    }

    fn cancel_quote(
        quote_id: String,
        more: Option<String>,
        options: CallOptions,
    ) -> Result<Outcome, Failure> {
        typed("CancelQuote", vec![("QuoteId", text(quote_id))], more, &options)
    }

    fn execute(name: String, parameters: String, options: CallOptions) -> Result<Outcome, Failure> {
        call("run", &name, |context| run::execute(context, &name, &parameters, &options))
    }
}

impl catalog::Guest for Connector {
    fn list_entity_types() -> Vec<EntitySummary> {
        crate::catalog::describe::entities()
    }

    fn get_entity_type(name: String) -> Result<Description, Failure> {
        crate::catalog::describe::entity(&name).map_err(|failed| *failed)
    }

    fn list_actions() -> Vec<ActionSummary> {
        crate::catalog::describe::actions()
    }

    fn get_action(name: String) -> Result<Description, Failure> {
        crate::catalog::describe::action(&name).map_err(|failed| *failed)
    }
}

impl connection::Guest for Connector {
    fn check_readiness() -> Status {
        check::check_readiness(context("check-readiness"))
    }

    fn check_status() -> Status {
        check::check_status(context("check-status"))
    }
}
