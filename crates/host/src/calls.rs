//! The component's exports as methods of [`Connector`].

use tracing::Instrument;

use crate::call::Call;
use crate::connector::Connector;
use crate::contract::{
    AcceptedQuote, ActionSummary, BulkResult, CallOptions, CapturePaymentIntentInput, Change,
    ConfirmPaymentIntentInput, Description, EntitySummary, Json, Outcome, Page, Plan, Query, Row, Selection,
    Status,
};
use crate::error::CallError;
use crate::instances::Instance;

/// One call in one instance, counted and timed: `target` is what it is for, an entity or an action; `interface` the
/// exported interface, `call` its function.
macro_rules! call {
    ($connector:expr, $target:expr, $interface:ident, $call:ident($($argument:expr),*)) => {{
        let instances = &$connector.instances;
        let call = Call::begin(instances, stringify!($call), $target);
        let calling = async {
            let mut lease = instances.lease().await?;
            let Instance { store, exports, .. } = &mut lease.instance;
            let requests = store.data().requests.clone();
            let answer = match exports.$interface(&instances.runtime.prepared, store) {
                Ok(interface) => requests.drive(interface.$call(store $(, $argument)*)).await,
                Err(other) => Err(other),
            };
            instances.finish(lease, answer)
        };
        let answer = calling.instrument(call.span()).await;
        call.end(answer)
    }};
}

/// Entities: Stripe's objects as rows. Fields and rows are JSON text.
///
/// # Errors
/// Every method answers [`CallError::Failure`] with what the connector says, or [`CallError::Host`] when the component
/// could not be started or broke off.
impl Connector {
    /// One page of rows.
    pub async fn list(&self, query: &Query, options: &CallOptions) -> Result<Page, CallError> {
        Ok(call!(self, &query.entity, entities, call_list(query, options))??)
    }

    /// How a query would be answered. Nothing is sent.
    pub async fn explain(&self, query: &Query, options: &CallOptions) -> Result<Plan, CallError> {
        Ok(call!(self, &query.entity, entities, call_explain(query, options))??)
    }

    /// One row: of `columns` or all, or Stripe's object untouched when `raw`. Entities with one object have no id.
    pub async fn get(
        &self,
        entity: &str,
        id: Option<&str>,
        columns: Option<&[String]>,
        raw: bool,
        options: &CallOptions,
    ) -> Result<Row, CallError> {
        Ok(call!(self, entity, entities, call_get(entity, id, columns, raw, options))??)
    }

    /// Creates an object of `fields`, a JSON object.
    pub async fn create(
        &self,
        entity: &str,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, CallError> {
        Ok(call!(self, entity, entities, call_create(entity, &Json::from(fields), options))??)
    }

    /// Changes the `fields` that are given, null unsets.
    pub async fn update(
        &self,
        entity: &str,
        id: Option<&str>,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, CallError> {
        Ok(call!(self, entity, entities, call_update(entity, id, &Json::from(fields), options))??)
    }

    /// Deletes one object.
    pub async fn delete(
        &self,
        entity: &str,
        id: Option<&str>,
        options: &CallOptions,
    ) -> Result<Change, CallError> {
        Ok(call!(self, entity, entities, call_delete(entity, id, options))??)
    }

    /// Changes every object that a filter selects. Objects that could not be changed are in the result.
    pub async fn update_where(
        &self,
        selection: &Selection,
        fields: &str,
        options: &CallOptions,
    ) -> Result<BulkResult, CallError> {
        Ok(call!(
            self,
            &selection.entity,
            entities,
            call_update_where(selection, &Json::from(fields), options)
        )??)
    }

    /// Deletes every object that a filter selects. Objects that could not be deleted are in the result.
    pub async fn delete_where(
        &self,
        selection: &Selection,
        options: &CallOptions,
    ) -> Result<BulkResult, CallError> {
        Ok(call!(self, &selection.entity, entities, call_delete_where(selection, options))??)
    }
}

/// Actions: what Stripe does that is no create, read, update or delete. `more` is a JSON object with further parameters.
///
/// # Errors
/// As for entities.
impl Connector {
    /// Confirms a payment intent.
    pub async fn confirm_payment_intent(
        &self,
        input: &ConfirmPaymentIntentInput,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(self, "ConfirmPaymentIntent", actions, call_confirm_payment_intent(input, options))??)
    }

    /// Captures a payment that was only authorized. Amounts are in the currency's minor unit.
    pub async fn capture_payment_intent(
        &self,
        input: &CapturePaymentIntentInput,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(self, "CapturePaymentIntent", actions, call_capture_payment_intent(input, options))??)
    }

    /// Cancels a payment intent. `reason`: duplicate, fraudulent, requested_by_customer or abandoned.
    pub async fn cancel_payment_intent(
        &self,
        payment_intent_id: &str,
        reason: Option<&str>,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "CancelPaymentIntent",
            actions,
            call_cancel_payment_intent(payment_intent_id, reason, more.map(Json::from).as_ref(), options)
        )??)
    }

    /// Attaches a payment method to a customer.
    pub async fn attach_payment_method_to_customer(
        &self,
        payment_method_id: &str,
        customer_id: &str,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "AttachPaymentMethodToCustomer",
            actions,
            call_attach_payment_method_to_customer(
                payment_method_id,
                customer_id,
                more.map(Json::from).as_ref(),
                options
            )
        )??)
    }

    /// Detaches a payment method, which can never be used or attached again.
    pub async fn detach_payment_method_from_customer(
        &self,
        payment_method_id: &str,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "DetachPaymentMethodFromCustomer",
            actions,
            call_detach_payment_method_from_customer(
                payment_method_id,
                more.map(Json::from).as_ref(),
                options
            )
        )??)
    }

    /// Finalizes a draft invoice.
    pub async fn finalize_invoice(
        &self,
        invoice_id: &str,
        auto_advance: Option<bool>,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "FinalizeInvoice",
            actions,
            call_finalize_invoice(invoice_id, auto_advance, more.map(Json::from).as_ref(), options)
        )??)
    }

    /// Finalizes a draft quote.
    pub async fn finalize_quote(
        &self,
        quote_id: &str,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "FinalizeQuote",
            actions,
            call_finalize_quote(quote_id, more.map(Json::from).as_ref(), options)
        )??)
    }

    /// Accepts a quote, which creates an invoice or a subscription.
    pub async fn accept_quote(
        &self,
        quote_id: &str,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<AcceptedQuote, CallError> {
        Ok(call!(
            self,
            "AcceptQuote",
            actions,
            call_accept_quote(quote_id, more.map(Json::from).as_ref(), options)
        )??)
    }

    /// Cancels a quote.
    pub async fn cancel_quote(
        &self,
        quote_id: &str,
        more: Option<&str>,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(
            self,
            "CancelQuote",
            actions,
            call_cancel_quote(quote_id, more.map(Json::from).as_ref(), options)
        )??)
    }

    /// Runs any action of the catalog with `parameters`, a JSON object.
    pub async fn execute(
        &self,
        name: &str,
        parameters: &str,
        options: &CallOptions,
    ) -> Result<Outcome, CallError> {
        Ok(call!(self, name, actions, call_execute(name, &Json::from(parameters), options))??)
    }
}

/// The catalog: what there is. Nothing is sent.
///
/// # Errors
/// As for entities.
impl Connector {
    /// All entity types.
    pub async fn list_entity_types(&self) -> Result<Vec<EntitySummary>, CallError> {
        call!(self, "", catalog, call_list_entity_types())
    }

    /// One entity type in full.
    pub async fn get_entity_type(&self, name: &str) -> Result<Description, CallError> {
        Ok(call!(self, name, catalog, call_get_entity_type(name))??)
    }

    /// All actions.
    pub async fn list_actions(&self) -> Result<Vec<ActionSummary>, CallError> {
        call!(self, "", catalog, call_list_actions())
    }

    /// One action in full.
    pub async fn get_action(&self, name: &str) -> Result<Description, CallError> {
        Ok(call!(self, name, catalog, call_get_action(name))??)
    }
}

/// Whether the connection works. A broken one is an answer here, not an error.
///
/// # Errors
/// [`CallError::Host`] only.
impl Connector {
    /// Whether settings and secret are in order. Nothing is sent.
    pub async fn check_readiness(&self) -> Result<Status, CallError> {
        call!(self, "", connection, call_check_readiness())
    }

    /// Readiness, and one harmless read from Stripe.
    pub async fn check_status(&self) -> Result<Status, CallError> {
        call!(self, "", connection, call_check_status())
    }
}
