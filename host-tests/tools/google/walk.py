"""Google's own client, unmodified, walks through a service that speaks the connectors v2 runtime API.

    walk.py URL

Every answer is judged by the schemas of Google's discovery document, which the client carries. With SERVICE_TOKEN the
client shows that token. What is behind the service must be a test account or a sandbox.
"""

import json
import os
import sys
import uuid

import httplib2
from google.auth.credentials import AnonymousCredentials
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

# An isolated Python does not look beside its script.
sys.path.append(os.path.dirname(__file__))
from judge import Judge

CONNECTION = "projects/p/locations/l/connections/stripe"


class Walk:
    def __init__(self, url):
        token = os.environ.get("SERVICE_TOKEN")
        credentials = Credentials(token=token) if token else AnonymousCredentials()
        options = {"api_endpoint": url}
        self.api = build("connectors", "v2", static_discovery=True, credentials=credentials, client_options=options)
        self.judge = Judge()
        self.called = set()
        self.connections = self.api.projects().locations().connections()
        self.types = self.connections.entityTypes()
        self.entities = self.types.entities()
        self.actions = self.connections.actions()
        self.tools = self.connections.tools()

    def __call__(self, request):
        """The answer, judged."""
        self.called.add(request.methodId)
        return self.judge(request.methodId, request.execute())

    def post(self, method, path, body):
        """The same without the client."""
        headers = {"content-type": "application/json"}
        if token := os.environ.get("SERVICE_TOKEN"):
            headers["authorization"] = f"Bearer {token}"
        url = f"{sys.argv[1]}/v2/{CONNECTION}{path}"
        answer, content = httplib2.Http().request(url, "POST", body=json.dumps(body), headers=headers)
        assert answer.status == 200, content
        self.called.add(method)
        return self.judge(method, json.loads(content))

    def fails(self, request, status, word):
        """Fails with this status, and says so in Google's form."""
        try:
            request.execute()
        except HttpError as error:
            self.called.add(request.methodId)
            told = json.loads(error.content)["error"]
            assert set(told) == {"code", "message", "status", "details"}, told
            assert (error.resp.status, told["code"], told["status"]) == (status, status, word), told
            assert error.reason == told["message"] and isinstance(told["details"], list), told
            return told
        raise AssertionError(f"{request.uri} does not fail")

    def create(self, entity, fields, **more):
        parent = f"{CONNECTION}/entityTypes/{entity}"
        answer = self(self.entities.create(parent=parent, body={"fields": fields}, **more))
        assert answer["name"] == f"{parent}/entities/{answer['fields']['Id']}", answer
        return answer["fields"]["Id"]

    def get(self, entity, id):
        return self(self.entities.get(name=f"{CONNECTION}/entityTypes/{entity}/entities/{id}"))["fields"]

    def run(self, action, **parameters):
        request = self.actions.execute(name=f"{CONNECTION}/actions/{action}", body={"parameters": parameters})
        results = self(request)["results"]
        assert len(results) == 1 and all(value is None or isinstance(value, str) for value in results[0].values())
        assert results[0]["Success"] == "true", results
        return results[0]

    def all(self, resource, request):
        """Every page, to the end."""
        while request is not None:
            answer = self(request)
            yield answer
            request = resource.list_next(request, answer)


def status(walk):
    assert walk(walk.connections.checkStatus(name=CONNECTION))["state"] == "ACTIVE"
    assert walk(walk.connections.checkReadiness(name=CONNECTION))["status"] == "READY"


def catalog(walk):
    pages = list(walk.all(walk.types, walk.types.list(parent=CONNECTION, view="ENTITY_TYPE_VIEW_BASIC", pageSize=50)))
    names = [entity["name"] for page in pages for entity in page["types"]]
    assert len(pages) == 4 and len(names) == len(set(names)) > 150 and "PaymentIntent" in names, names
    for page in walk.all(walk.types, walk.types.list(parent=CONNECTION, view="ENTITY_TYPE_VIEW_FULL", pageSize=200)):
        for entity in page["types"]:
            assert entity["operations"] and entity["jsonSchema"]["type"] == ["object"], entity["name"]
    customer = walk(
        walk.types.get(name=f"{CONNECTION}/entityTypes/Customer", view="ENTITY_TYPE_SCHEMA_VIEW_ENRICHED")
    )
    fields = {field["name"]: field for field in customer["fields"]}
    assert fields["Id"]["key"] and fields["Created"]["dataType"].startswith("TIMESTAMP"), fields["Created"]
    assert set(customer["operations"]) == {"LIST", "GET", "CREATE", "UPDATE", "DELETE"}, customer["operations"]
    pages = walk.all(walk.actions, walk.actions.list(parent=CONNECTION, view="ACTION_VIEW_FULL"))
    names = [action["name"] for page in pages for action in page["actions"]]
    assert len(names) > 100 and "ConfirmPaymentIntent" in names, names
    confirm = walk(
        walk.actions.get(name=f"{CONNECTION}/actions/ConfirmPaymentIntent", view="ACTION_SCHEMA_VIEW_ENRICHED")
    )
    assert "PaymentIntentId" in confirm["inputJsonSchema"]["properties"], confirm


def rows(walk):
    mark = uuid.uuid4().hex
    customers = [
        walk.create("Customer", {"Name": f"Row {n:02}", "Email": f"{n}@{mark}.example"}) for n in range(30)
    ]
    parent = f"{CONNECTION}/entityTypes/Customer"
    mine = f"Email LIKE '%@{mark}.example'"
    pages = list(walk.all(walk.entities, walk.entities.list(parent=parent, conditions=mine, pageSize=8)))
    found = [row["fields"]["Id"] for page in pages for row in page["entities"]]
    assert sorted(found) == sorted(customers) and len(pages) >= 4, (len(pages), len(found))
    # Some 2 kB and more are sent as a POST that stands for a GET.
    names = ", ".join(f"'Row {n:02} {'x' * 90}'" for n in range(40))
    long = f"({mine}) AND Name NOT IN ({names})"
    answer = walk(walk.entities.list(parent=parent, conditions=long, pageSize=200))
    assert len(long) > 3000 and len(answer["entities"]) == 30
    ordered = walk(
        walk.entities.list(parent=parent, conditions=mine, sortBy=["Name"], sortOrder=["DESC"], pageSize=3)
    )
    assert [row["fields"]["Name"] for row in ordered["entities"]] == ["Row 29", "Row 28", "Row 27"], ordered
    assert walk.get("Customer", customers[3])["Name"] == "Row 03"
    name = f"{parent}/entities/{customers[3]}"
    changed = walk(walk.entities.patch(name=name, body={"fields": {"Name": "Changed"}}))
    assert changed["fields"] == {"Id": customers[3]} and walk.get("Customer", customers[3])["Name"] == "Changed"
    walk(
        walk.entities.updateEntitiesWithConditions(
            entityType=parent, conditions=f"{mine} AND Name < 'Row 05'", body={"fields": {"Description": "low"}}
        )
    )
    low = walk(walk.entities.list(parent=parent, conditions=f"{mine} AND Description = 'low'"))
    assert len(low["entities"]) == 5, low
    walk(walk.entities.delete(name=name))
    assert walk.get("Customer", customers[3])["Deleted"] is True
    walk(walk.entities.deleteEntitiesWithConditions(entityType=parent, conditions=mine))
    assert walk(walk.entities.list(parent=parent, conditions=mine)).get("entities", []) == []
    headers = json.dumps({"Idempotency-Key": mark})
    once = {walk.create("Product", {"Name": "Once"}, executionConfig_headers=headers) for _ in range(3)}
    assert len(once) == 1, once


def actions(walk):
    customer = walk.create("Customer", {"Name": "Jenny"})
    intent = lambda **more: walk.create(
        "PaymentIntent", {"Amount": 1500.0, "Currency": "usd", "PaymentMethod": "pm_card_visa", **more}
    )
    first = intent()
    confirmed = walk.run("ConfirmPaymentIntent", PaymentIntentId=first, ReturnUrl="https://example.com/")
    assert (confirmed["status"], confirmed["amount"]) == ("succeeded", "1500"), confirmed
    held = intent(CaptureMethod="manual")
    walk.run("ConfirmPaymentIntent", PaymentIntentId=held, ReturnUrl="https://example.com/")
    assert walk.run("CapturePaymentIntent", PaymentIntentId=held)["status"] == "succeeded"
    assert walk.run("CancelPaymentIntent", PaymentIntentId=intent())["status"] == "canceled"
    method = walk.create("PaymentMethod", {"Type": "card", "Card": {"token": "tok_visa"}})
    walk.run("AttachPaymentMethodToCustomer", PaymentMethodId=method, CustomerId=customer)
    walk.run("DetachPaymentMethodFromCustomer", PaymentMethodId=method)
    walk.create("InvoiceItem", {"Customer": customer, "Amount": 700, "Currency": "usd"})
    invoice = walk.create("Invoice", {"Customer": customer, "PendingInvoiceItemsBehavior": "include"})
    assert walk.run("FinalizeInvoice", InvoiceId=invoice)["status"] == "open"
    product = walk.create("Product", {"Name": "Gold"})
    price = walk.create("Price", {"Product": product, "Currency": "usd", "UnitAmount": 2000})
    quote = lambda: walk.create("Quote", {"Customer": customer, "LineItems": [{"price": price, "quantity": 3}]})
    accepted, canceled = quote(), quote()
    walk.run("FinalizeQuote", QuoteId=accepted)
    assert walk.run("AcceptQuote", QuoteId=accepted)["InvoiceId"].startswith("in_")
    walk.run("CancelQuote", QuoteId=canceled)


def tools(walk):
    pages = walk.all(walk.tools, walk.tools.list(parent=CONNECTION, pageSize=100))
    found = {tool["name"]: tool for page in pages for tool in page["tools"]}
    assert len(found) > 400, len(found)
    assert found["list_Customer"]["annotations"]["readOnlyHint"] is True
    assert found["delete_Customer"]["annotations"]["destructiveHint"] is True
    body = {"parameters": {"fields": {"Name": "By a tool"}}}
    made = walk(walk.tools.execute(name=f"{CONNECTION}/tools/create_Customer", body=body))
    assert "cus_" in json.dumps(made["result"]), made
    # A resource of the same name hides this method of the client's.
    some = walk.post("connectors.projects.locations.connections.tools", "/tools", {"toolNames": ["get_Customer"]})
    assert [tool["name"] for tool in some["tools"]] == ["get_Customer"], some


def sql(walk):
    mark = uuid.uuid4().hex
    for name in ("Ann", "Bob", "Cid"):
        walk.create("Customer", {"Name": f"{mark} {name}"})
    query = {"query": "SELECT Name FROM Customer WHERE Name LIKE ? ORDER BY Name DESC LIMIT 2"}
    query["queryParameters"] = [{"dataType": "VARCHAR", "value": f"{mark} %"}]
    answer = walk(walk.connections.executeSqlQuery(connection=CONNECTION, body={"query": query}))
    assert answer["results"] == [{"Name": f"{mark} Cid"}, {"Name": f"{mark} Bob"}], answer
    wrong = {"query": {"query": "DROP TABLE Customer"}}
    walk.fails(walk.connections.executeSqlQuery(connection=CONNECTION, body=wrong), 400, "INVALID_ARGUMENT")


def failures(walk):
    get = lambda entity, id: walk.entities.get(name=f"{CONNECTION}/entityTypes/{entity}/entities/{id}")
    walk.fails(get("Customer", "cus_none"), 404, "NOT_FOUND")
    walk.fails(get("Nothing", "x"), 404, "NOT_FOUND")
    parent = f"{CONNECTION}/entityTypes/Customer"
    walk.fails(walk.entities.list(parent=parent, conditions="Nmae = 'x'"), 400, "INVALID_ARGUMENT")
    walk.fails(walk.entities.create(parent=parent, body={"fields": {"Nmae": "x"}}), 400, "INVALID_ARGUMENT")
    told = walk.fails(
        walk.entities.create(
            parent=f"{CONNECTION}/entityTypes/PaymentIntent",
            body={"fields": {"Amount": 0, "Currency": "usd"}},
        ),
        400,
        "INVALID_ARGUMENT",
    )
    info = told["details"][0]
    assert info["@type"].endswith("google.rpc.ErrorInfo") and info["metadata"]["effect"] == "none", told
    missing = [
        walk.connections.exchangeAuthCode(name=CONNECTION, body={}),
        walk.connections.refreshAccessToken(name=CONNECTION, body={}),
        walk.connections.executeHttpRequest(name=CONNECTION, body={}),
        walk.connections.generateConnectionToolspecOverride(name=CONNECTION, body={}),
        walk.connections.listCustomToolNames(name=CONNECTION),
        walk.connections.resources().list(parent=CONNECTION),
        walk.connections.resources().get(name=f"{CONNECTION}/resources/r"),
        walk.connections.resources().getResourcePost(name=f"{CONNECTION}/resources/r", body={}),
    ]
    for request in missing:
        walk.fails(request, 501, "UNIMPLEMENTED")


def main():
    walk = Walk(sys.argv[1])
    parts = [status, catalog, rows, actions, tools, sql, failures]
    for part in parts:
        part(walk)
        print(f"{part.__name__}: ok")
    left = sorted(name for name in walk.judge.methods if name not in walk.called)
    assert left == [], f"never called: {left}"
    print(f"{len(walk.called)} methods, {walk.judge.judged} answers judged by Google's schemas")


main()
