//! A checkout at the edge: `POST /checkout` makes a payment intent of a cart.

mod answer;
mod cart;

/// Bindings of the world `checkout` in `wit/`.
#[allow(missing_docs, reason = "the WIT is the documentation")]
mod bindings {
    wit_bindgen::generate!({
        world: "example:checkout/checkout",
        path: ["../../wit", "wit"],
        generate_all,
    });
}

use answer::Answer;
use bindings::connectors::stripe as contract;
use cart::{COLUMNS, Cart, Price};
use contract::entities::{self, Query};
use contract::types::{CallOptions, Effect};
use serde_json::{Map, Value, json};
use waki::{ErrorCode, Method, Request, Response};

/// Many times what the longest cart has.
const MAX_BODY: usize = 16 << 10;

#[waki::handler]
fn handle(request: Request) -> Result<Response, ErrorCode> {
    let Answer { status, body, retry_after } = checkout(&request).unwrap_or_else(|refusal| refusal);
    let mut headers =
        vec![("content-type", "application/json".to_owned()), ("cache-control", "no-store".to_owned())];
    headers.extend(retry_after.map(|seconds| ("retry-after", seconds.to_string())));
    if status == 405 {
        headers.push(("allow", "POST".to_owned()));
    }
    Response::builder().status_code(status).headers(headers).body(body.to_string().into_bytes()).build()
}

fn checkout(request: &Request) -> Result<Answer, Answer> {
    if request.path() != "/checkout" {
        return Err(Answer::refused(404, "there is POST /checkout, and nothing else"));
    }
    if !matches!(request.method(), Method::Post) {
        return Err(Answer::refused(405, "a checkout is a POST"));
    }
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok());
    let key =
        key.filter(|key| (1..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    let key = key.ok_or_else(|| {
        Answer::refused(400, "a checkout needs the header Idempotency-Key: 1 to 200 visible ASCII characters")
    })?;
    let cart = Cart::read(&body(request)?).map_err(|why| Answer::refused(400, why))?;
    let total = cart.total(&prices(&cart)?).map_err(|why| Answer::refused(400, why))?;
    // What a stranger chooses is kept apart from the shop's own keys.
    pay(&cart, total, &format!("checkout-{key}"))
}

fn body(request: &Request) -> Result<Vec<u8>, Answer> {
    let mut body = Vec::new();
    loop {
        let chunk = request.chunk((MAX_BODY + 1) as u64);
        match chunk.map_err(|_| Answer::refused(400, "the body broke off"))? {
            Some(chunk) => body.extend(chunk),
            None => return Ok(body),
        }
        if body.len() > MAX_BODY {
            return Err(Answer::refused(413, format!("a cart has at most {MAX_BODY} bytes")));
        }
    }
}

/// Those that Stripe has of the cart's prices.
fn prices(cart: &Cart) -> Result<Vec<Price>, Answer> {
    let mut query = Query {
        entity: "Price".to_owned(),
        filter: Some(cart.filter()),
        order_by: None,
        columns: Some(COLUMNS.map(str::to_owned).to_vec()),
        page_size: None,
        page_token: None,
        raw: None,
    };
    let mut prices = Vec::new();
    loop {
        let page = entities::list(&query, &options(None)).map_err(|failure| Answer::failed(&failure))?;
        let rows: Vec<Price> = serde_json::from_str(&page.rows)
            .map_err(|error| Answer::refused(502, format!("a price is not as it should be: {error}")))?;
        prices.extend(rows);
        if page.next_page_token.is_none() {
            return Ok(prices);
        }
        query.page_token = page.next_page_token;
    }
}

/// Makes the payment intent, which the buyer confirms in the browser with its secret. The same key makes no second one.
fn pay(cart: &Cart, total: u64, key: &str) -> Result<Answer, Answer> {
    let bought: Map<String, Value> =
        cart.items.iter().map(|item| (item.price.clone(), json!(item.quantity.to_string()))).collect();
    let mut fields = json!({"Amount": total, "Currency": cart.currency, "Metadata": bought});
    if let Some(customer) = &cart.customer {
        fields["Customer"] = json!(customer);
    }
    let change = entities::create("PaymentIntent", &fields.to_string(), &options(Some(key)))
        .map_err(|failure| Answer::failed(&failure))?;
    let row: Value = serde_json::from_str(&change.fields)
        .map_err(|_| Answer::error(502, "the payment intent is made, and cannot be read", Effect::Unknown))?;
    let body = json!({
        "payment_intent": row["Id"],
        "client_secret": row["ClientSecret"],
        "amount": row["Amount"],
        "currency": row["Currency"],
    });
    Ok(Answer { status: 200, body, retry_after: None })
}

fn options(key: Option<&str>) -> CallOptions {
    CallOptions {
        account: None,
        idempotency_key: key.map(str::to_owned),
        deadline_ms: None,
        expand: None,
        parents: None,
        parameters: None,
    }
}
