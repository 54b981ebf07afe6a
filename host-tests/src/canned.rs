//! A Stripe's answers put together beforehand, for measuring: a list of customers, and one that is looked up or made.

use bytes::Bytes;
use serde_json::{Value, json};

/// Objects of one answer, which is the most that Stripe gives.
pub const PAGE: usize = 100;

/// What no list of Stripe's checks, and one customer of each page meets.
pub const FILTER: &str = "Metadata.plan = 'gold' AND Name LIKE 'Jenny%'";

/// What no list of Stripe's checks either, and so many of a hundred customers meet.
pub fn share(percent: usize) -> String {
    format!("Balance < {percent}")
}

/// What Stripe's answers carry beside `Date`, `Content-Type` and `Content-Length`.
pub const HEADERS: [(&str, &str); 14] = [
    ("server", "nginx"),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "GET, HEAD, PUT, PATCH, POST, DELETE"),
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, X-Stripe-External-Auth-Required",
    ),
    ("access-control-max-age", "300"),
    ("cache-control", "no-cache, no-store"),
    ("content-security-policy", "base-uri 'none'; default-src 'none'; form-action 'none'; img-src 'self'"),
    ("request-id", "req_0123456789abcd"),
    ("stripe-version", crate::stage::API_VERSION),
    ("strict-transport-security", "max-age=63072000; includeSubDomains; preload"),
    ("vary", "Origin"),
    ("x-stripe-priority-routing-enabled", "true"),
    ("x-wc", "ABGHIJ"),
];

/// What is answered.
pub struct Canned {
    customer: Bytes,
    /// From the newest to the oldest.
    pages: Vec<Bytes>,
    /// Where in its page each customer begins.
    starts: Vec<usize>,
    nothing: Bytes,
}

impl Canned {
    /// With so many full pages of customers.
    pub fn new(pages: usize) -> Self {
        let page = |page: usize| {
            let data: Vec<_> = (page * PAGE..(page + 1) * PAGE).map(customer).collect();
            list("/v1/customers", &data, page + 1 < pages)
        };
        let pages: Vec<_> = (0..pages).map(page).collect();
        Self {
            customer: text(&customer(0)),
            starts: pages.iter().enumerate().flat_map(|(number, page)| starts(number, page)).collect(),
            pages,
            nothing: list("/v1/test_helpers/test_clocks", &[], false),
        }
    }

    /// The body of the answer to a request for this path, with this query.
    pub fn answer(&self, path: &str, query: &str) -> Option<Bytes> {
        match path {
            "/v1/customers" if query.contains("limit=") => self.page(query),
            // It is made, or looked up.
            "/v1/customers" => Some(self.customer.clone()),
            // Test clocks have customers that the list leaves out.
            "/v1/test_helpers/test_clocks" => Some(self.nothing.clone()),
            _ => path.starts_with("/v1/customers/").then(|| self.customer.clone()),
        }
    }

    /// The page after the customer that the query names, or the first.
    fn page(&self, query: &str) -> Option<Bytes> {
        let after = query.split('&').find_map(|part| part.strip_prefix("starting_after="));
        let Some(after) = after else { return self.pages.first().cloned() };
        let next = after.strip_prefix("cus_")?.parse::<usize>().ok()? + 1;
        let (number, skipped) = (next / PAGE, next % PAGE);
        let page = self.pages.get(number)?;
        if skipped == 0 {
            return Some(page.clone());
        }
        // A list goes on anywhere: the rest of this page, and of the one after it what makes a hundred of them.
        let (first, from) = (self.starts[number * PAGE], self.starts[next]);
        let mut body = [&page[..first], &page[from..]].concat();
        if let Some(following) = self.pages.get(number + 1) {
            let end = body.len() - (page.len() - end(page));
            let (first, to) = (self.starts[(number + 1) * PAGE], self.starts[next + PAGE] - BETWEEN.len());
            let filling = [BETWEEN.as_bytes(), &following[first..to]].concat();
            body.splice(end..end, filling);
        }
        Some(body.into())
    }
}

/// What is between two customers of a page.
const BETWEEN: &str = ",\n    ";

/// Where each customer of a page begins.
fn starts(number: usize, page: &Bytes) -> Vec<usize> {
    let text = std::str::from_utf8(page).expect("JSON is text");
    let mut at = 0;
    let ids = (number * PAGE..(number + 1) * PAGE)
        .map(|customer| format!("{{\n      \"id\": \"cus_{customer:014}\""));
    let starts = ids.map(|id| {
        at += text[at..].find(&id).expect("the page has it");
        at
    });
    starts.collect()
}

/// Where the last customer of a page ends.
fn end(page: &Bytes) -> usize {
    let rest = "\n  ],\n  \"has_more\"";
    page.windows(rest.len()).rposition(|bytes| bytes == rest.as_bytes()).expect("the page is a list")
}

fn list(url: &str, data: &[Value], has_more: bool) -> Bytes {
    text(&json!({"object": "list", "data": data, "has_more": has_more, "url": url}))
}

/// As Stripe writes it, with line breaks.
fn text(value: &Value) -> Bytes {
    serde_json::to_vec_pretty(value).expect("a value has a text").into()
}

/// The customer of that number, the newest first.
pub fn customer(number: usize) -> Value {
    let plan = if number.is_multiple_of(PAGE) { "gold" } else { "tin" };
    json!({
        "id": format!("cus_{number:014}"),
        "object": "customer",
        "address": {
            "city": "Oslo",
            "country": "NO",
            "line1": "Karl Johans gate 22",
            "line2": null,
            "postal_code": "0026",
            "state": null,
        },
        "balance": number % PAGE,
        "created": 1_767_225_600 - number,
        "currency": "nok",
        "default_source": null,
        "delinquent": false,
        "description": "A customer with all that Stripe sends of one",
        "discount": null,
        "email": format!("jenny.{number}@example.com"),
        "invoice_prefix": format!("0759{number:04}"),
        "invoice_settings": {
            "custom_fields": [{"name": "Purchase order", "value": format!("PO-{number}")}],
            "default_payment_method": "pm_1SgBTTLkdIwHu7ixQvN0Xyzz",
            "footer": null,
            "rendering_options": null,
        },
        "livemode": false,
        "metadata": {"plan": plan, "order": number.to_string()},
        "name": format!("Jenny Rosen {number}"),
        "next_invoice_sequence": 1,
        "phone": "+4712345678",
        "preferred_locales": ["no", "en"],
        "shipping": {
            "address": {
                "city": "Bergen",
                "country": "NO",
                "line1": "Bryggen 5",
                "line2": "2. etasje",
                "postal_code": "5003",
                "state": null,
            },
            "name": format!("Jenny Rosen {number}"),
            "phone": "+4712345678",
        },
        "tax_exempt": "none",
        "test_clock": null,
    })
}
