"""Lists, creates, runs the nine documented actions, and shows a failure: main.py COMPONENT

The key is STRIPE_API_KEY, of a test account or the sandbox; STRIPE_CONNECTOR_API_BASE leads to a sandbox.
"""

import logging
import os
import sys
from typing import Any

from host import Host
from stripe_connector import Connector, Failure, Options, Query

# Where a customer would come back to after authenticating.
BACK = {"ReturnUrl": "https://example.com/"}


class Walk:
    def __init__(self, connector: Connector) -> None:
        self.connector = connector

    def create(self, entity: str, **fields: Any) -> str:
        """The new object's id. What a failure leaves open is finished by the same call with the failure's key."""
        try:
            change = self.connector.create(entity, fields)
        except Failure as failure:
            if failure.effect != "unknown":
                raise
            print(f"create {entity}: {failure.kind}, effect unknown; again with its key")
            options = Options(idempotency_key=failure.idempotency_key)
            change = self.connector.create(entity, fields, options)
        assert change.id is not None
        return change.id

    def intent(self, **more: Any) -> str:
        fields = {"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa", **more}
        return self.create("PaymentIntent", **fields)

    def run(self, action: str, **parameters: Any) -> None:
        outcome = self.connector.run(action, parameters)
        print(f"{action}: {outcome.id} {outcome.status or 'done'}")

    def rows(self) -> None:
        query = Query("Customer", "Metadata.plan = 'gold'", columns=["Id", "Email"], page_size=10)
        pages = list(self.connector.pages(query))
        print(f"{sum(len(page.rows) for page in pages)} customers of the plan gold, {len(pages)} pages")
        customer = self.create("Customer", Name="Jenny Rosen", Metadata={"plan": "gold"})
        self.connector.update("Customer", customer, {"Email": "jenny@example.com"})
        row = self.connector.get("Customer", customer)
        print(f"created {customer}: {row.fields['Name']}, {row.fields['Email']}")
        print(f"deleted {customer}: {self.connector.delete('Customer', customer).fields['Deleted']}")

    def payments(self) -> None:
        self.run("ConfirmPaymentIntent", PaymentIntentId=self.intent(), **BACK)
        held = self.intent(CaptureMethod="manual")
        self.connector.run("ConfirmPaymentIntent", {"PaymentIntentId": held, **BACK})
        self.run("CapturePaymentIntent", PaymentIntentId=held)
        self.run("CancelPaymentIntent", PaymentIntentId=self.intent())

    def billing(self) -> None:
        customer = self.create("Customer", Name="Jenny Rosen")
        method = self.create("PaymentMethod", Type="card", Card={"token": "tok_visa"})
        self.run("AttachPaymentMethodToCustomer", PaymentMethodId=method, CustomerId=customer)
        self.run("DetachPaymentMethodFromCustomer", PaymentMethodId=method)
        self.create("InvoiceItem", Customer=customer, Amount=700, Currency="usd")
        invoice = self.create("Invoice", Customer=customer, PendingInvoiceItemsBehavior="include")
        self.run("FinalizeInvoice", InvoiceId=invoice)
        product = self.create("Product", Name="Gold")
        price = self.create("Price", Product=product, Currency="usd", UnitAmount=2000)
        items = [{"price": price, "quantity": 3}]
        accepted, canceled = [self.create("Quote", Customer=customer, LineItems=items) for _ in range(2)]
        self.run("FinalizeQuote", QuoteId=accepted)
        self.run("AcceptQuote", QuoteId=accepted)
        self.run("CancelQuote", QuoteId=canceled)

    def failure(self) -> None:
        declined = self.intent(PaymentMethod="pm_card_chargeDeclined")
        try:
            self.connector.run("ConfirmPaymentIntent", {"PaymentIntentId": declined, **BACK})
        except Failure as failure:
            what = (failure.kind, f"effect {failure.effect}", failure.code, failure.decline_code)
            print("declined as it should:", ", ".join(map(str, what)))


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not os.environ.get("STRIPE_API_KEY", "").startswith(("sk_test_", "rk_test_")):
        sys.exit("STRIPE_API_KEY has to be a test key, such as the sandbox's sk_test_filler: payments are made with it")
    logging.basicConfig(level=logging.WARNING)
    walk = Walk(Connector(sys.argv[1], Host()))
    try:
        walk.rows()
        walk.payments()
        walk.billing()
        walk.failure()
    except Failure as failure:
        sys.exit(str(failure))


main()
