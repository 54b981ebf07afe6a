"""Customers, products and prices: rows, lists and search."""

import time
import uuid

import stripe

from walk import API_VERSION, api, check, customer, email, equal, ids, monthly_price, refused

# Search sees a change after a while, which Stripe puts at under a minute.
SEARCH_LAG_SECONDS = 65


@check
def customers():
    made = customer(name="Jenny", metadata={"plan": "gold"}, address={"city": "Oslo"})
    assert made.id.startswith("cus_") and made.livemode is False
    equal(made.last_response.headers["stripe-version"], API_VERSION)
    assert made.last_response.request_id.startswith("req_")
    found = api.customers.retrieve(made.id)
    equal((found.name, found.address.city, found.metadata["plan"]), ("Jenny", "Oslo", "gold"))
    changes = {"name": "John", "metadata": {"seat": "12"}, "description": "met in Rome"}
    changed = api.customers.update(made.id, params=changes)
    equal((changed.name, changed.description), ("John", "met in Rome"))
    equal(changed.metadata.to_dict(), {"plan": "gold", "seat": "12"})
    changed = api.customers.update(made.id, params={"metadata": {"plan": ""}, "description": ""})
    equal((changed.metadata.to_dict(), changed.description), ({"seat": "12"}, None))
    equal(ids(api.customers.list(params={"email": made.email}).data), [made.id])


@check
def deleted_customers():
    made = customer()
    answer = api.customers.delete(made.id)
    equal((answer.id, answer.deleted), (made.id, True))
    found = api.customers.retrieve(made.id)
    equal(found.to_dict(), {"id": made.id, "object": "customer", "deleted": True})
    equal(api.customers.list(params={"email": made.email}).data, [])
    refused(stripe.InvalidRequestError, lambda: api.customers.update(made.id, params={"name": "x"}), http_status=404)


@check
def pages_forwards():
    address = email()
    made = [customer(email=address).id for _ in range(23)]
    page = api.customers.list(params={"email": address, "limit": 5})
    equal((len(page.data), page.has_more), (5, True))
    equal(ids(page.auto_paging_iter()), list(reversed(made)))
    equal(len(api.customers.list(params={"email": address}).data), 10)


@check
def pages_backwards():
    address = email()
    made = [customer(email=address).id for _ in range(23)]
    page = api.customers.list(params={"email": address, "limit": 5, "ending_before": made[0]})
    # The five that are next to the end, newest first; the iterator goes from there to the newest.
    equal(ids(page.data), [made[n] for n in (5, 4, 3, 2, 1)])
    equal(ids(page.auto_paging_iter()), made[1:])


@check
def lists_are_filtered():
    before = int(time.time()) - 1
    made = customer()
    params = {"email": made.email, "created": {"gte": before, "lt": before + 60}}
    equal(ids(api.customers.list(params=params).data), [made.id])
    params["created"] = {"gt": before + 60}
    equal(api.customers.list(params=params).data, [])
    refused(stripe.InvalidRequestError, lambda: api.customers.list(params={"limit": 101}), http_status=400)
    refused(stripe.InvalidRequestError, lambda: api.customers.list(params={"colour": "red"}), http_status=400)


@check
def search():
    name = f"Jenny {uuid.uuid4().hex}"
    made = {customer(name=name, metadata={"plan": "gold"}).id for _ in range(3)}
    query = f'name:"{name}" AND metadata["plan"]:"gold"'
    end = time.monotonic() + SEARCH_LAG_SECONDS
    while True:
        found = ids(api.customers.search(params={"query": query, "limit": 2}).auto_paging_iter())
        if len(found) == 3 or time.monotonic() > end:
            break
        time.sleep(0.5)
    equal((len(found), set(found)), (3, made))
    page = api.customers.search(params={"query": query, "limit": 2})
    equal((page.object, len(page.data), page.has_more), ("search_result", 2, True))
    assert page.next_page
    equal(api.customers.search(params={"query": f'{query} AND email:"nobody@example.com"'}).data, [])
    refused(stripe.InvalidRequestError, lambda: api.customers.search(params={"query": "nonsense"}), http_status=400)


@check
def products_and_prices():
    made = monthly_price()
    equal((made.type, made.recurring.interval, made.unit_amount), ("recurring", "month", 2000))
    changed = api.prices.update(made.id, params={"nickname": "monthly", "active": False})
    equal((changed.nickname, changed.active), ("monthly", False))
    equal(ids(api.prices.list(params={"product": made.product, "active": False}).data), [made.id])
    refused(stripe.InvalidRequestError, lambda: api.products.delete(made.product), http_status=400)
    spare = api.products.create(params={"name": "Spare"})
    equal(api.products.delete(spare.id).deleted, True)
