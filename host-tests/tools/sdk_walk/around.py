"""What holds for all objects: expansion, accounts, events and their endpoints."""

import itertools

import stripe

from walk import api, check, customer, email, equal, paying_customer, payment, refused


@check
def expansions():
    owner = paying_customer()
    paid = payment(customer=owner.id, payment_method=owner.invoice_settings.default_payment_method, confirm=True)
    retrieve = lambda *paths: api.payment_intents.retrieve(paid.id, params={"expand": list(paths)})
    deep = retrieve("latest_charge.customer.invoice_settings.default_payment_method")
    equal(deep.latest_charge.customer.invoice_settings.default_payment_method.card.last4, "4242")
    listed = api.payment_intents.list(params={"customer": owner.id, "expand": ["data.customer"]})
    equal(listed.data[0].customer.email, owner.email)
    equal(retrieve().customer, owner.id)
    for wrong in ["colour", "amount", "latest_charge.customer.invoice_settings.default_payment_method.customer"]:
        refused(stripe.InvalidRequestError, lambda: retrieve(wrong), http_status=400)


@check
def accounts_are_apart():
    connected = {"stripe_account": "acct_1FillerOfTheWalk"}
    own, theirs = customer(), api.customers.create(params={"email": email()}, options=connected)
    equal(api.customers.retrieve(theirs.id, options=connected).email, theirs.email)
    refused(stripe.InvalidRequestError, lambda: api.customers.retrieve(theirs.id), code="resource_missing")
    elsewhere = lambda: api.customers.retrieve(own.id, options=connected)
    refused(stripe.InvalidRequestError, elsewhere, code="resource_missing")


@check
def events():
    made = customer()
    api.customers.update(made.id, params={"name": "John"})
    api.customers.delete(made.id)
    newest = itertools.islice(api.events.list(params={"limit": 20}).auto_paging_iter(), 200)
    own = [event for event in newest if getattr(event.data.object, "id", None) == made.id]
    types = [event.type for event in own]
    equal(types, ["customer.deleted", "customer.updated", "customer.created"])
    equal(own[1].data.previous_attributes.to_dict(), {"name": None})
    equal(api.events.retrieve(own[0].id).type, "customer.deleted")
    created = api.events.list(params={"type": "customer.created", "limit": 100})
    equal({event.type for event in created.data}, {"customer.created"})


@check
def webhook_endpoints():
    params = {"url": "https://example.com/hook", "enabled_events": ["customer.created"]}
    made = api.webhook_endpoints.create(params=params)
    assert made.secret.startswith("whsec_")
    # It is told once.
    equal(getattr(api.webhook_endpoints.retrieve(made.id), "secret", None), None)
    changed = api.webhook_endpoints.update(made.id, params={"disabled": True})
    equal(changed.status, "disabled")
    equal(api.webhook_endpoints.delete(made.id).deleted, True)
