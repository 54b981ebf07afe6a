"""Invoices, quotes, subscriptions, discounts and checkout."""

import uuid

import stripe

from walk import api, check, customer, draft_invoice, equal, ids, monthly_price, paying_customer, price, refused


@check
def invoices_are_paid():
    owner = paying_customer()
    invoice = draft_invoice(owner)
    equal((invoice.status, invoice.amount_due, len(invoice.lines.data)), ("draft", 700, 1))
    opened = api.invoices.finalize_invoice(invoice.id)
    equal(opened.status, "open")
    assert opened.number and opened.status_transitions.finalized_at
    paid = api.invoices.pay(invoice.id)
    equal((paid.status, paid.amount_paid, paid.amount_remaining), ("paid", 700, 0))
    refused(stripe.InvalidRequestError, lambda: api.invoices.pay(invoice.id), http_status=400)
    refused(stripe.InvalidRequestError, lambda: api.invoices.delete(invoice.id), http_status=400)
    equal(ids(api.invoices.list(params={"customer": owner.id, "status": "paid"}).data), [invoice.id])


@check
def invoices_are_given_up():
    owner = customer()
    finalized = lambda: api.invoices.finalize_invoice(draft_invoice(owner).id)
    equal(api.invoices.void_invoice(finalized().id).status, "void")
    lost = api.invoices.mark_uncollectible(finalized().id)
    equal(lost.status, "uncollectible")
    equal(api.invoices.void_invoice(lost.id).status, "void")
    draft = draft_invoice(owner, collection_method="send_invoice", days_until_due=30)
    equal(api.invoices.send_invoice(draft.id).status, "open")
    draft = draft_invoice(owner)
    refused(stripe.InvalidRequestError, lambda: api.invoices.void_invoice(draft.id), http_status=400)
    equal(api.invoices.delete(draft.id).deleted, True)


@check
def lines_have_pages():
    owner = customer()
    invoice = draft_invoice(owner)
    for amount in range(1, 13):
        item = {"customer": owner.id, "invoice": invoice.id, "amount": amount, "currency": "usd"}
        api.invoice_items.create(params=item)
    invoice = api.invoices.retrieve(invoice.id)
    equal((invoice.total, len(invoice.lines.data), invoice.lines.has_more), (700 + 78, 10, True))
    amounts = [line.amount for line in invoice.lines.auto_paging_iter()]
    equal(sorted(amounts), sorted([700, *range(1, 13)]))


@check
def quotes():
    owner = customer()
    lines = [{"price": price().id, "quantity": 3}]
    made = api.quotes.create(params={"customer": owner.id, "line_items": lines})
    equal((made.status, made.amount_total), ("draft", 6000))
    equal([line.quantity for line in api.quotes.line_items.list(made.id).data], [3])
    equal(api.quotes.finalize_quote(made.id).status, "open")
    accepted = api.quotes.accept(made.id)
    equal(accepted.status, "accepted")
    equal(api.invoices.retrieve(accepted.invoice).amount_due, 6000)
    refused(stripe.InvalidRequestError, lambda: api.quotes.cancel(made.id), http_status=400)
    other = api.quotes.create(params={"customer": owner.id, "line_items": lines})
    equal(api.quotes.cancel(other.id).status, "canceled")


@check
def quotes_become_subscriptions():
    owner = paying_customer()
    lines = [{"price": monthly_price().id, "quantity": 1}]
    made = api.quotes.create(params={"customer": owner.id, "line_items": lines})
    api.quotes.finalize_quote(made.id)
    accepted = api.quotes.accept(made.id)
    assert accepted.subscription, accepted
    equal(api.subscriptions.retrieve(accepted.subscription).customer, owner.id)


@check
def subscriptions():
    owner = paying_customer()
    items = [{"price": monthly_price().id, "quantity": 2}]
    made = api.subscriptions.create(params={"customer": owner.id, "items": items})
    equal(made.status, "active")
    invoice = api.invoices.retrieve(made.latest_invoice)
    equal((invoice.status, invoice.total, invoice.billing_reason), ("paid", 4000, "subscription_create"))
    item = made["items"].data[0]
    changes = {"items": [{"id": item.id, "quantity": 3}], "metadata": {"seat": "12"}}
    changed = api.subscriptions.update(made.id, params=changes)
    equal((changed["items"].data[0].quantity, changed.metadata.to_dict()), (3, {"seat": "12"}))
    equal(ids(api.subscription_items.list(params={"subscription": made.id}).data), [item.id])
    later = api.subscriptions.update(made.id, params={"cancel_at_period_end": True})
    equal((later.status, later.cancel_at_period_end), ("active", True))
    gone = api.subscriptions.cancel(made.id)
    equal(gone.status, "canceled")
    assert gone.canceled_at and gone.ended_at
    # A list leaves out what is canceled unless it is asked for.
    equal(api.subscriptions.list(params={"customer": owner.id}).data, [])
    equal(ids(api.subscriptions.list(params={"customer": owner.id, "status": "all"}).data), [made.id])
    equal(ids(api.subscriptions.list(params={"customer": owner.id, "status": "canceled"}).data), [made.id])


@check
def discounts_and_taxes():
    coupon = api.coupons.create(params={"percent_off": 25, "duration": "once", "name": "Quarter"})
    equal((coupon.percent_off, coupon.valid), (25, True))
    promotion = {"type": "coupon", "coupon": coupon.id}
    code = f"QUARTER{uuid.uuid4().hex[:8].upper()}"
    made = api.promotion_codes.create(params={"promotion": promotion, "code": code})
    equal(ids(api.promotion_codes.list(params={"code": code}).data), [made.id])
    equal(api.promotion_codes.update(made.id, params={"active": False}).active, False)
    equal(api.coupons.delete(coupon.id).deleted, True)
    rate = api.tax_rates.create(params={"display_name": "VAT", "percentage": 25, "inclusive": False})
    equal((rate.percentage, rate.active), (25, True))
    equal(api.tax_rates.update(rate.id, params={"active": False}).active, False)


@check
def checkout():
    lines = [{"price": price().id, "quantity": 1}]
    urls = {"success_url": "https://example.com/thanks"}
    made = api.checkout.sessions.create(params={"mode": "payment", "line_items": lines, **urls})
    equal((made.status, made.payment_status, made.amount_total), ("open", "unpaid", 2000))
    assert made.url
    equal(api.checkout.sessions.retrieve(made.id).id, made.id)
    equal(len(api.checkout.sessions.line_items.list(made.id).data), 1)
    equal(api.checkout.sessions.expire(made.id).status, "expired")
    refused(stripe.InvalidRequestError, lambda: api.checkout.sessions.expire(made.id), http_status=400)


@check
def nested_objects():
    owner = customer()
    tax_id = api.customers.tax_ids.create(owner.id, params={"type": "eu_vat", "value": "DE123456789"})
    equal(ids(api.customers.tax_ids.list(owner.id).data), [tax_id.id])
    equal(api.customers.tax_ids.delete(owner.id, tax_id.id).deleted, True)
    credit = {"amount": -500, "currency": "usd"}
    entry = api.customers.balance_transactions.create(owner.id, params=credit)
    equal((entry.amount, entry.ending_balance), (-500, -500))
    equal(ids(api.customers.balance_transactions.list(owner.id).data), [entry.id])
    equal(api.customers.retrieve(owner.id).balance, -500)
