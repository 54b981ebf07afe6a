"""Payment methods, intents, refunds and the balance."""

import stripe

from walk import api, check, customer, equal, ids, payment, refused


@check
def payment_methods():
    owner = customer()
    made = api.payment_methods.create(params={"type": "card", "card": {"token": "tok_visa"}})
    equal((made.card.last4, made.customer), ("4242", None))
    attached = api.payment_methods.attach(made.id, params={"customer": owner.id})
    equal(attached.customer, owner.id)
    equal(ids(api.payment_methods.list(params={"customer": owner.id, "type": "card"}).data), [made.id])
    equal(api.payment_methods.detach(made.id).customer, None)
    again = lambda: api.payment_methods.attach(made.id, params={"customer": owner.id})
    refused(stripe.InvalidRequestError, again, http_status=400)


@check
def payments_are_confirmed():
    made = payment(payment_method="pm_card_visa")
    equal(made.status, "requires_confirmation")
    paid = api.payment_intents.confirm(made.id)
    equal((paid.status, paid.amount_received), ("succeeded", 1500))
    charge = api.charges.retrieve(paid.latest_charge)
    equal((charge.payment_intent, charge.paid, charge.status), (made.id, True, "succeeded"))
    told = refused(stripe.InvalidRequestError, lambda: api.payment_intents.confirm(made.id), http_status=400)
    equal(told.code, "payment_intent_unexpected_state")
    equal(told.error.payment_intent.id, made.id)


@check
def payments_are_captured():
    made = payment(payment_method="pm_card_visa", capture_method="manual", confirm=True)
    equal((made.status, made.amount_capturable), ("requires_capture", 1500))
    taken = api.payment_intents.capture(made.id, params={"amount_to_capture": 1000})
    equal((taken.status, taken.amount_received, taken.amount_capturable), ("succeeded", 1000, 0))


@check
def payments_are_canceled():
    made = payment()
    equal(made.status, "requires_payment_method")
    gone = api.payment_intents.cancel(made.id, params={"cancellation_reason": "abandoned"})
    equal((gone.status, gone.cancellation_reason), ("canceled", "abandoned"))
    assert gone.canceled_at
    refused(stripe.InvalidRequestError, lambda: api.payment_intents.cancel(made.id), http_status=400)


@check
def payments_wait_for_authentication():
    params = {"payment_method": "pm_card_authenticationRequired", "confirm": True}
    made = payment(**params, return_url="https://example.com/")
    equal(made.status, "requires_action")
    assert made.next_action.type


@check
def refunds():
    paid = payment(payment_method="pm_card_visa", confirm=True)
    part = api.refunds.create(params={"payment_intent": paid.id, "amount": 500, "reason": "requested_by_customer"})
    equal((part.amount, part.status, part.charge), (500, "succeeded", paid.latest_charge))
    equal(api.charges.retrieve(paid.latest_charge).amount_refunded, 500)
    rest = api.refunds.create(params={"charge": paid.latest_charge})
    equal(rest.amount, 1000)
    equal(api.charges.retrieve(paid.latest_charge).refunded, True)
    equal(ids(api.refunds.list(params={"payment_intent": paid.id}).data), [rest.id, part.id])
    changed = api.refunds.update(part.id, params={"metadata": {"why": "worn"}})
    equal(changed.metadata.to_dict(), {"why": "worn"})
    again = lambda: api.refunds.create(params={"charge": paid.latest_charge})
    refused(stripe.InvalidRequestError, again, code="charge_already_refunded")


@check
def setup_intents():
    owner = customer()
    made = api.setup_intents.create(params={"customer": owner.id, "payment_method_types": ["card"]})
    equal((made.status, made.usage), ("requires_payment_method", "off_session"))
    done = api.setup_intents.confirm(made.id, params={"payment_method": "pm_card_visa"})
    equal(done.status, "succeeded")
    equal(ids(api.payment_methods.list(params={"customer": owner.id}).data), [done.payment_method])
    other = api.setup_intents.create(params={"payment_method_types": ["card"]})
    equal(api.setup_intents.cancel(other.id).status, "canceled")
    equal(ids(api.setup_intents.list(params={"customer": owner.id}).data), [made.id])


@check
def balance():
    paid = payment(payment_method="pm_card_bypassPending", confirm=True)
    charge = api.charges.retrieve(paid.latest_charge, params={"expand": ["balance_transaction"]})
    transaction = charge.balance_transaction
    equal((transaction.object, transaction.type), ("balance_transaction", "charge"))
    equal((transaction.amount, transaction.net), (1500, 1500 - transaction.fee))
    equal(api.balance_transactions.retrieve(transaction.id).source, charge.id)
    found = api.balance_transactions.list(params={"source": charge.id})
    equal(ids(found.data), [transaction.id])
    assert any(funds.currency == "usd" for funds in api.balance.retrieve().available)
