"""What the checks share: a client, objects that several need, and how they judge."""

import os
import uuid

import stripe
from stripe import StripeClient

# The version whose shapes the sandbox has; the SDK's own is newer.
API_VERSION = "2026-05-27.dahlia"
FILLER_KEY = "sk_test_filler_of_the_walk"

API_BASE = os.environ.get("STRIPE_API_BASE", "http://127.0.0.1:12111")
API_KEY = os.environ.get("STRIPE_API_KEY", FILLER_KEY)

CHECKS = {}


def check(function=None, *, needs=None):
    """Adds a check, which may need an environment variable."""
    if function is None:
        return lambda function: check(function, needs=needs)
    CHECKS[function.__name__] = (function, needs)
    return function


def client(key=API_KEY, base=API_BASE, retries=0):
    bases = {"api": base, "files": base, "connect": base, "meter_events": base}
    return StripeClient(key, base_addresses=bases, max_network_retries=retries, stripe_version=API_VERSION)


api = client().v1


def email():
    """An address that no other customer has."""
    return f"{uuid.uuid4().hex}@example.com"


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def refused(error, call, **expected):
    """The error of a call that has to fail with exactly this class and these fields."""
    try:
        answer = call()
    except stripe.StripeError as caught:
        assert type(caught) is error, f"{type(caught).__name__} is not {error.__name__}: {caught}"
        for name, value in expected.items():
            equal((name, getattr(caught, name)), (name, value))
        return caught
    raise AssertionError(f"no {error.__name__} but {answer}")


def ids(objects):
    return [found.id for found in objects]


def customer(**params):
    return api.customers.create(params={"email": email(), **params})


def paying_customer():
    made = customer(payment_method="pm_card_visa")
    method = api.payment_methods.list(params={"customer": made.id}).data[0]
    settings = {"default_payment_method": method.id}
    return api.customers.update(made.id, params={"invoice_settings": settings})


def price(**params):
    product = api.products.create(params={"name": "Gold"})
    return api.prices.create(params={"product": product.id, "currency": "usd", "unit_amount": 2000, **params})


def monthly_price():
    return price(recurring={"interval": "month"})


def payment(**params):
    params = {"amount": 1500, "currency": "usd", "payment_method_types": ["card"], **params}
    return api.payment_intents.create(params=params)


def draft_invoice(owner, **params):
    invoice = api.invoices.create(params={"customer": owner.id, "auto_advance": False, **params})
    item = {"customer": owner.id, "invoice": invoice.id, "amount": 700, "currency": "usd"}
    api.invoice_items.create(params=item)
    return api.invoices.retrieve(invoice.id)
