// Lists, creates, runs the nine documented actions, and shows a failure. The key is STRIPE_API_KEY, of a test account or
// the sandbox; STRIPE_CONNECTOR_API_BASE leads to a sandbox.

import { actions, entities } from "../component/connector.js";
import type { Outcome } from "../component/interfaces/connectors-stripe-actions.js";
import type { Page, Query } from "../component/interfaces/connectors-stripe-entities.js";
import type { Failure } from "../component/interfaces/connectors-stripe-types.js";

/** What a call failed with: the payload of the `ComponentError` that was thrown. */
function failureOf(error: unknown): Failure {
  if (error instanceof Error && "payload" in error) {
    return error.payload as Failure;
  }
  throw error;
}

/** Every page, to the end. */
function* pages(query: Query): Generator<Page> {
  let pageToken: string | undefined;
  do {
    const page = entities.list({ ...query, pageToken }, {});
    yield page;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}

/** The new object's id. What a failure leaves open is finished by the same call with the failure's key. */
function create(entity: string, fields: object): string {
  const json = JSON.stringify(fields);
  let change;
  try {
    change = entities.create(entity, json, {});
  } catch (error) {
    const { kind, effect, idempotencyKey } = failureOf(error);
    if (effect !== "unknown") {
      throw error;
    }
    console.log(`create ${entity}: ${kind}, effect unknown; again with its key`);
    change = entities.create(entity, json, { idempotencyKey });
  }
  if (change.id === undefined) {
    throw new Error(`${entity} has no id`);
  }
  return change.id;
}

const intent = (more: object = {}): string =>
  create("PaymentIntent", { Amount: 1500, Currency: "usd", PaymentMethod: "pm_card_visa", ...more });

const confirm = (paymentIntentId: string): Outcome =>
  actions.confirmPaymentIntent({ paymentIntentId, returnUrl: "https://example.com/" }, {});

function tell(action: string, { id, status }: Outcome): void {
  console.log(`${action}: ${id} ${status ?? "done"}`);
}

function rows(): void {
  const query = { entity: "Customer", filter: "Metadata.plan = 'gold'", columns: ["Id", "Email"], pageSize: 10 };
  const found = [...pages(query)].map((page): unknown[] => JSON.parse(page.rows));
  console.log(`${found.flat().length} customers of the plan gold, ${found.length} pages`);
  const customer = create("Customer", { Name: "Jenny Rosen", Metadata: { plan: "gold" } });
  entities.update("Customer", customer, JSON.stringify({ Email: "jenny@example.com" }), {});
  const row = JSON.parse(entities.get("Customer", customer, undefined, false, {}).fields);
  console.log(`created ${customer}: ${row.Name}, ${row.Email}`);
  console.log(`deleted ${customer}: ${JSON.parse(entities.delete("Customer", customer, {}).fields).Deleted}`);
}

function payments(): void {
  tell("ConfirmPaymentIntent", confirm(intent()));
  const held = intent({ CaptureMethod: "manual" });
  confirm(held);
  tell("CapturePaymentIntent", actions.capturePaymentIntent({ paymentIntentId: held, amountToCapture: 1200n }, {}));
  tell("CancelPaymentIntent", actions.cancelPaymentIntent(intent(), "abandoned", undefined, {}));
}

function billing(): void {
  const customer = create("Customer", { Name: "Jenny Rosen" });
  const method = create("PaymentMethod", { Type: "card", Card: { token: "tok_visa" } });
  tell("AttachPaymentMethodToCustomer", actions.attachPaymentMethodToCustomer(method, customer, undefined, {}));
  tell("DetachPaymentMethodFromCustomer", actions.detachPaymentMethodFromCustomer(method, undefined, {}));
  create("InvoiceItem", { Customer: customer, Amount: 700, Currency: "usd" });
  const invoice = create("Invoice", { Customer: customer, PendingInvoiceItemsBehavior: "include" });
  tell("FinalizeInvoice", actions.finalizeInvoice(invoice, false, undefined, {}));
  const product = create("Product", { Name: "Gold" });
  const price = create("Price", { Product: product, Currency: "usd", UnitAmount: 2000 });
  const quote = () => create("Quote", { Customer: customer, LineItems: [{ price, quantity: 3 }] });
  const accepted = quote();
  const canceled = quote();
  tell("FinalizeQuote", actions.finalizeQuote(accepted, undefined, {}));
  tell("AcceptQuote", actions.acceptQuote(accepted, undefined, {}).outcome);
  tell("CancelQuote", actions.cancelQuote(canceled, undefined, {}));
}

function declined(): void {
  const refused = intent({ PaymentMethod: "pm_card_chargeDeclined" });
  try {
    confirm(refused);
  } catch (error) {
    const { kind, effect, code, declineCode } = failureOf(error);
    console.log(`declined as it should: ${kind}, effect ${effect}, ${code}, ${declineCode}`);
  }
}

if (!/^[sr]k_test_/.test(process.env["STRIPE_API_KEY"] ?? "")) {
  console.error("STRIPE_API_KEY has to be a test key, such as the sandbox's sk_test_filler: payments are made with it");
  process.exit(1);
}
try {
  rows();
  payments();
  billing();
  declined();
} catch (error) {
  const { kind, effect, message } = failureOf(error);
  console.error(`${kind}, effect ${effect}: ${message}`);
  process.exitCode = 1;
}
