// Google's own client for Node, unmodified, walks through a service that speaks the connectors v2 runtime API.
//
//     walk.mjs URL ANSWERS
//
// It leaves its answers in that file, for ../google/judge.py. With SERVICE_TOKEN the client shows that token. What is
// behind the service must be a test account or a sandbox.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

// An import would not look where NODE_PATH says.
const { connectors_v2, google } = createRequire(import.meta.url)("googleapis");

const [rootUrl, answers] = process.argv.slice(2);
const connection = "projects/p/locations/l/connections/stripe";
const customerType = `${connection}/entityTypes/Customer`;
const called = new Set();
let recorded = 0;

function client(token) {
  if (!token) return new connectors_v2.Connectors({ rootUrl });
  const auth = new google.auth.OAuth2();
  auth.setCredentials({ access_token: token });
  return new connectors_v2.Connectors({ rootUrl, auth });
}

const api = client(process.env.SERVICE_TOKEN);
const { connections } = api.projects.locations;
const { actions, entityTypes, resources, tools } = connections;
const { entities } = entityTypes;

/** The methods below a resource of the client, by the names that the API's description gives them. */
function* methods(resource, path) {
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(resource))) {
    if (name !== "constructor") yield [`${path}.${name}`, resource.constructor, name];
  }
  for (const [name, inner] of Object.entries(resource)) {
    if (inner?.constructor.name.startsWith("Resource$")) yield* methods(inner, `${path}.${name}`);
  }
}

const all = [...methods(api, "connectors")];

function idOf(resource, name) {
  const [id] = all.find(([, owner, own]) => owner === resource.constructor && own === name);
  called.add(id);
  return id;
}

/** The answer, recorded. */
async function call(resource, name, parameters) {
  const method = idOf(resource, name);
  const { data } = await resource[name](parameters);
  appendFileSync(answers, JSON.stringify({ method, answer: data }) + "\n");
  recorded += 1;
  return data;
}

/** Fails with this status, and says so in Google's form. */
async function fails(resource, name, parameters, status, word) {
  idOf(resource, name);
  // Left to itself the client asks some seconds long whether a 501 has gone.
  const error = await resource[name](parameters, { retry: false }).then(() => assert.fail(`${name} does not fail`), (error) => error);
  const told = error.response?.data?.error ?? assert.fail(error);
  assert.deepEqual(Object.keys(told).sort(), ["code", "details", "message", "status"]);
  assert.deepEqual([error.status, told.code, told.status], [status, status, word]);
  assert.ok(error.message === told.message && Array.isArray(told.details), error.message);
  return told;
}

/** Every page, to the end. */
async function pages(resource, parameters) {
  const found = [];
  let pageToken;
  do {
    const page = await call(resource, "list", { ...parameters, pageToken });
    found.push(page);
    pageToken = page.nextPageToken;
  } while (pageToken);
  return found;
}

async function create(type, fields, more) {
  const parent = `${connection}/entityTypes/${type}`;
  const { name, fields: made } = await call(entities, "create", { parent, requestBody: { fields }, ...more });
  assert.equal(name, `${parent}/entities/${made.Id}`);
  return made.Id;
}

async function get(type, id) {
  return (await call(entities, "get", { name: `${connection}/entityTypes/${type}/entities/${id}` })).fields;
}

async function run(action, parameters) {
  const name = `${connection}/actions/${action}`;
  const { results } = await call(actions, "execute", { name, requestBody: { parameters } });
  assert.equal(results.length, 1);
  assert.ok(Object.values(results[0]).every((value) => value === null || typeof value === "string"));
  assert.equal(results[0].Success, "true");
  return results[0];
}

async function status() {
  assert.equal((await call(connections, "checkStatus", { name: connection })).state, "ACTIVE");
  assert.equal((await call(connections, "checkReadiness", { name: connection })).status, "READY");
}

async function catalog() {
  const basic = await pages(entityTypes, { parent: connection, view: "ENTITY_TYPE_VIEW_BASIC", pageSize: 50 });
  const names = basic.flatMap((page) => page.types.map((type) => type.name));
  assert.ok(basic.length === 4 && names.length > 150 && new Set(names).size === names.length, `${names}`);
  assert.ok(names.includes("PaymentIntent"));
  for (const { types } of await pages(entityTypes, { parent: connection, view: "ENTITY_TYPE_VIEW_FULL", pageSize: 200 })) {
    for (const type of types) {
      assert.ok(type.operations.length > 0, type.name);
      assert.deepEqual(type.jsonSchema.type, ["object"], type.name);
    }
  }
  const customer = await call(entityTypes, "get", { name: customerType, view: "ENTITY_TYPE_SCHEMA_VIEW_ENRICHED" });
  const fields = new Map(customer.fields.map((field) => [field.name, field]));
  assert.ok(fields.get("Id").key && fields.get("Created").dataType.startsWith("TIMESTAMP"));
  assert.deepEqual(customer.operations.sort(), ["CREATE", "DELETE", "GET", "LIST", "UPDATE"]);
  const listed = await pages(actions, { parent: connection, view: "ACTION_VIEW_FULL" });
  const known = listed.flatMap((page) => page.actions.map((action) => action.name));
  assert.ok(known.length > 100 && known.includes("ConfirmPaymentIntent"), `${known}`);
  const view = "ACTION_SCHEMA_VIEW_ENRICHED";
  const confirm = await call(actions, "get", { name: `${connection}/actions/ConfirmPaymentIntent`, view });
  assert.ok(confirm.inputJsonSchema.properties.PaymentIntentId);
}

async function rows() {
  const mark = randomUUID();
  const parent = customerType;
  const mine = `Email LIKE '%@${mark}.example'`;
  const numbers = Array.from({ length: 30 }, (_, number) => `${number}`.padStart(2, "0"));
  const customers = [];
  for (const number of numbers) {
    customers.push(await create("Customer", { Name: `Row ${number}`, Email: `${number}@${mark}.example` }));
  }
  const found = await pages(entities, { parent, conditions: mine, pageSize: 8 });
  const ids = found.flatMap((page) => (page.entities ?? []).map((row) => row.fields.Id));
  assert.deepEqual(ids.sort(), [...customers].sort());
  assert.ok(found.length >= 4);
  // This client puts all of it into the URL.
  const others = Array.from({ length: 40 }, (_, number) => `'Row ${number} ${"x".repeat(90)}'`);
  const long = `(${mine}) AND Name NOT IN (${others.join(", ")})`;
  assert.ok(long.length > 4000);
  assert.equal((await call(entities, "list", { parent, conditions: long, pageSize: 200 })).entities.length, 30);
  const order = { sortBy: ["Name"], sortOrder: ["DESC"], pageSize: 3 };
  const ordered = await call(entities, "list", { parent, conditions: mine, ...order });
  assert.deepEqual(ordered.entities.map((row) => row.fields.Name), ["Row 29", "Row 28", "Row 27"]);
  assert.equal((await get("Customer", customers[3])).Name, "Row 03");
  const name = `${parent}/entities/${customers[3]}`;
  const changed = await call(entities, "patch", { name, requestBody: { fields: { Name: "Changed" } } });
  assert.deepEqual(changed.fields, { Id: customers[3] });
  assert.equal((await get("Customer", customers[3])).Name, "Changed");
  const low = { entityType: parent, conditions: `${mine} AND Name < 'Row 05'` };
  await call(entities, "updateEntitiesWithConditions", { ...low, requestBody: { fields: { Description: "low" } } });
  const described = await call(entities, "list", { parent, conditions: `${mine} AND Description = 'low'` });
  assert.equal(described.entities.length, 5);
  await call(entities, "delete", { name });
  assert.equal((await get("Customer", customers[3])).Deleted, true);
  await call(entities, "deleteEntitiesWithConditions", { entityType: parent, conditions: mine });
  assert.deepEqual((await call(entities, "list", { parent, conditions: mine })).entities ?? [], []);
  const once = { "executionConfig.headers": JSON.stringify({ "Idempotency-Key": mark }) };
  const made = new Set();
  for (let time = 0; time < 3; time += 1) made.add(await create("Product", { Name: "Once" }, once));
  assert.equal(made.size, 1);
}

async function nineActions() {
  const customer = await create("Customer", { Name: "Jenny" });
  const intent = (more) =>
    create("PaymentIntent", { Amount: 1500, Currency: "usd", PaymentMethod: "pm_card_visa", ...more });
  const confirm = (id) =>
    run("ConfirmPaymentIntent", { PaymentIntentId: id, ReturnUrl: "https://example.com/" });
  const { status, amount } = await confirm(await intent());
  assert.deepEqual([status, amount], ["succeeded", "1500"]);
  const held = await intent({ CaptureMethod: "manual" });
  await confirm(held);
  assert.equal((await run("CapturePaymentIntent", { PaymentIntentId: held })).status, "succeeded");
  assert.equal((await run("CancelPaymentIntent", { PaymentIntentId: await intent() })).status, "canceled");
  const method = await create("PaymentMethod", { Type: "card", Card: { token: "tok_visa" } });
  await run("AttachPaymentMethodToCustomer", { PaymentMethodId: method, CustomerId: customer });
  await run("DetachPaymentMethodFromCustomer", { PaymentMethodId: method });
  await create("InvoiceItem", { Customer: customer, Amount: 700, Currency: "usd" });
  const invoice = await create("Invoice", { Customer: customer, PendingInvoiceItemsBehavior: "include" });
  assert.equal((await run("FinalizeInvoice", { InvoiceId: invoice })).status, "open");
  const product = await create("Product", { Name: "Gold" });
  const price = await create("Price", { Product: product, Currency: "usd", UnitAmount: 2000 });
  const quote = () => create("Quote", { Customer: customer, LineItems: [{ price, quantity: 3 }] });
  const [accepted, canceled] = [await quote(), await quote()];
  await run("FinalizeQuote", { QuoteId: accepted });
  assert.match((await run("AcceptQuote", { QuoteId: accepted })).InvoiceId, /^in_/);
  await run("CancelQuote", { QuoteId: canceled });
}

async function allTools() {
  const found = new Map();
  for (const page of await pages(tools, { parent: connection, pageSize: 100 })) {
    for (const tool of page.tools) found.set(tool.name, tool);
  }
  assert.ok(found.size > 400, `${found.size}`);
  assert.equal(found.get("list_Customer").annotations.readOnlyHint, true);
  assert.equal(found.get("delete_Customer").annotations.destructiveHint, true);
  const name = `${connection}/tools/create_Customer`;
  const made = await call(tools, "execute", { name, requestBody: { parameters: { fields: { Name: "By a tool" } } } });
  assert.match(JSON.stringify(made.result), /cus_/);
}

async function sql() {
  const mark = randomUUID();
  for (const name of ["Ann", "Bob", "Cid"]) await create("Customer", { Name: `${mark} ${name}` });
  const query = {
    query: "SELECT Name FROM Customer WHERE Name LIKE ? ORDER BY Name DESC LIMIT 2",
    queryParameters: [{ dataType: "VARCHAR", value: `${mark} %` }],
  };
  const answer = await call(connections, "executeSqlQuery", { connection, requestBody: { query } });
  assert.deepEqual(answer.results, [{ Name: `${mark} Cid` }, { Name: `${mark} Bob` }]);
  const wrong = { connection, requestBody: { query: { query: "DROP TABLE Customer" } } };
  await fails(connections, "executeSqlQuery", wrong, 400, "INVALID_ARGUMENT");
}

async function failures() {
  const parent = customerType;
  await fails(entities, "get", { name: `${parent}/entities/cus_none` }, 404, "NOT_FOUND");
  await fails(entities, "get", { name: `${connection}/entityTypes/Nothing/entities/x` }, 404, "NOT_FOUND");
  await fails(entities, "list", { parent, conditions: "Nmae = 'x'" }, 400, "INVALID_ARGUMENT");
  await fails(entities, "create", { parent, requestBody: { fields: { Nmae: "x" } } }, 400, "INVALID_ARGUMENT");
  const nothing = { fields: { Amount: 0, Currency: "usd" } };
  const intents = `${connection}/entityTypes/PaymentIntent`;
  const told = await fails(entities, "create", { parent: intents, requestBody: nothing }, 400, "INVALID_ARGUMENT");
  assert.match(told.details[0]["@type"], /google\.rpc\.ErrorInfo$/);
  assert.equal(told.details[0].metadata.effect, "none");
  if (process.env.SERVICE_TOKEN) {
    const stranger = client("another-token").projects.locations.connections;
    await fails(stranger, "checkStatus", { name: connection }, 401, "UNAUTHENTICATED");
  }
  const missing = [
    [connections, "exchangeAuthCode", { name: connection, requestBody: {} }],
    [connections, "refreshAccessToken", { name: connection, requestBody: {} }],
    [resources, "list", { parent: connection }],
    [resources, "get", { name: `${connection}/resources/r` }],
  ];
  for (const [resource, name, parameters] of missing) {
    await fails(resource, name, parameters, 501, "UNIMPLEMENTED");
  }
}

writeFileSync(answers, "");
for (const part of [status, catalog, rows, nineActions, allTools, sql, failures]) {
  await part();
  console.log(`${part.name}: ok`);
}
assert.deepEqual(all.map(([id]) => id).filter((id) => !called.has(id)), [], "never called");
console.log(`${called.size} methods, ${recorded} answers recorded`);
