"""Each class of error that the SDK has, and its retries."""

import os
import socket
import uuid

import stripe

from walk import api, check, client, customer, email, equal, ids, payment, refused


@check
def authentication_errors():
    wrong = client("sk_live_filler_of_the_walk").v1
    refused(stripe.AuthenticationError, lambda: wrong.balance.retrieve(), http_status=401)


@check(needs="STRIPE_READER_KEY")
def permission_errors():
    reader = client(os.environ["STRIPE_READER_KEY"]).v1
    made = customer()
    equal(reader.customers.retrieve(made.id).email, made.email)
    refused(stripe.PermissionError, lambda: reader.customers.create(params={}), http_status=403)
    refused(stripe.PermissionError, lambda: reader.balance.retrieve(), http_status=403)


@check
def invalid_request_errors():
    unknown = refused(stripe.InvalidRequestError, lambda: api.customers.retrieve("cus_unknown"), http_status=404)
    equal((unknown.code, unknown.param), ("resource_missing", "id"))
    assert unknown.request_id.startswith("req_")
    missing = lambda: api.payment_intents.create(params={"currency": "usd"})
    refused(stripe.InvalidRequestError, missing, code="parameter_missing", param="amount", http_status=400)
    mistyped = lambda: payment(amount="many")
    refused(stripe.InvalidRequestError, mistyped, code="parameter_invalid_integer", param="amount")
    strange = lambda: customer(colour="red")
    refused(stripe.InvalidRequestError, strange, code="parameter_unknown", param="colour")


@check
def card_errors():
    for card, code, decline_code in [
        ("visa_chargeDeclined", "card_declined", "generic_decline"),
        ("visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ]:
        pay = lambda: payment(payment_method=f"pm_card_{card}", confirm=True)
        error = refused(stripe.CardError, pay, http_status=402, code=code)
        equal(error.error.decline_code, decline_code)
        equal(error.error.payment_intent.status, "requires_payment_method")
        equal(error.error.payment_intent.last_payment_error.code, code)


@check
def idempotency():
    key, params = str(uuid.uuid4()), {"email": email()}
    create = lambda **more: api.customers.create(params={**params, **more}, options={"idempotency_key": key})
    first, again = create(), create()
    equal((again.id, again.last_response.headers.get("idempotent-replayed")), (first.id, "true"))
    equal(len(api.customers.list(params=params).data), 1)
    refused(stripe.IdempotencyError, lambda: create(name="other"), http_status=400)
    # A decline is an answer like any other.
    key, declined = str(uuid.uuid4()), {"payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    params = {"amount": 1500, "currency": "usd", "payment_method_types": ["card"], **declined}
    pay = lambda: api.payment_intents.create(params=params, options={"idempotency_key": key})
    errors = [refused(stripe.CardError, pay) for _ in range(2)]
    equal(errors[0].error.payment_intent.id, errors[1].error.payment_intent.id)
    # What was refused before anything happened is not kept.
    key = str(uuid.uuid4())
    options = {"idempotency_key": key}
    refused(stripe.InvalidRequestError, lambda: api.customers.create(params={"colour": "red"}, options=options))
    assert api.customers.create(params={"email": email()}, options=options).id


@check
def connection_errors():
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    nobody = client(base=f"http://127.0.0.1:{port}").v1
    refused(stripe.APIConnectionError, lambda: nobody.balance.retrieve())


@check(needs="SDK_WALK_FAULTS")
def rate_limit_errors():
    error = refused(stripe.RateLimitError, lambda: api.customers.retrieve("cus_rate_limited"), http_status=429)
    equal(error.headers["stripe-rate-limited-reason"], "global-rate")


@check(needs="SDK_WALK_FAULTS")
def api_errors():
    refused(stripe.APIError, lambda: api.customers.retrieve("cus_server_error"), http_status=500)
    refused(stripe.APIError, lambda: api.customers.retrieve("cus_web_page"), http_status=502)


@check(needs="SDK_WALK_FAULTS")
def broken_connections():
    refused(stripe.APIConnectionError, lambda: api.customers.retrieve("cus_reset"))
    refused(stripe.APIConnectionError, lambda: api.customers.retrieve("cus_cut"))


@check(needs="SDK_WALK_FAULTS")
def a_lost_answer_is_asked_for_again():
    """The first answer is lost after the customer was made; the SDK's retry must not make another."""
    params, key = {"email": email()}, f"lost-{uuid.uuid4()}"
    made = client(retries=2).v1.customers.create(params=params, options={"idempotency_key": key})
    equal(made.last_response.headers.get("idempotent-replayed"), "true")
    equal(ids(api.customers.list(params=params).data), [made.id])


@check(needs="SDK_WALK_FAULTS")
def a_short_outage_is_waited_for():
    params, key = {"email": email()}, f"outage-{uuid.uuid4()}"
    made = client(retries=2).v1.customers.create(params=params, options={"idempotency_key": key})
    equal(ids(api.customers.list(params=params).data), [made.id])
