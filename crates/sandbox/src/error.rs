//! Stripe's error body. One type, so that every refusal carries what a client classifies by.

use serde_json::{Map, Value, json};

/// A refusal: the status and what stands under `error` in the body.
#[derive(Debug)]
pub struct ApiError {
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    error: Map<String, Value>,
    took_effect: bool,
}

pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    fn new(status: u16, kind: &str, message: impl Into<String>) -> ApiError {
        let mut error = Map::new();
        error.insert("message".into(), json!(message.into()));
        error.insert("type".into(), json!(kind));
        ApiError { status, headers: Vec::new(), error, took_effect: false }
    }

    /// 400 for a request that Stripe would not carry out.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "invalid_request_error", message)
    }

    pub fn unauthorized(message: impl Into<String>) -> ApiError {
        ApiError::new(401, "invalid_request_error", message)
    }

    /// 402 for a card that was refused.
    pub fn card(message: impl Into<String>, code: &str) -> ApiError {
        ApiError::new(402, "card_error", message).code(code)
    }

    /// An idempotency key that stands for something else, or that is in use.
    pub fn idempotency(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "idempotency_error", message)
    }

    /// 429, with the limit that was reached.
    pub fn rate_limited(reason: &str) -> ApiError {
        ApiError::new(
            429,
            "invalid_request_error",
            "Too many requests at once: send fewer, and wait longer between them.",
        )
        .code("rate_limit")
        .header("stripe-rate-limited-reason", reason)
    }

    /// A parameter names an object that is not there. In a path this is [`ApiError::not_found`].
    pub fn missing(kind: &str, id: &str, param: &str) -> ApiError {
        let label = match kind {
            "payment_method" => "PaymentMethod",
            "test_helpers.test_clock" => "test clock",
            other => other,
        };
        ApiError::invalid(format!("No such {label}: '{id}'")).code("resource_missing").param(param)
    }

    pub fn not_found(kind: &str, id: &str, param: &str) -> ApiError {
        ApiError::missing(kind, id, param).status(404)
    }

    pub fn required(param: &str) -> ApiError {
        ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
    }

    /// Two parameters that cannot be sent together.
    pub fn exclusive(one: &str, other: &str) -> ApiError {
        ApiError::invalid(format!("{one} and {other} exclude each other: send one of them."))
            .code("parameters_exclusive")
            .param(other)
    }

    /// A parameter that Stripe has and with which nothing that the sandbox did would be true.
    pub fn unsupported(param: &str) -> ApiError {
        ApiError::invalid(format!("The sandbox does not support the parameter {param}, which Stripe has."))
            .param(param)
    }

    pub fn status(mut self, status: u16) -> ApiError {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> ApiError {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Marks a refusal after which what was changed stays changed, such as a decline.
    pub fn effective(mut self) -> ApiError {
        self.took_effect = true;
        self
    }

    /// The same refusal, but nothing of what was changed stays.
    pub fn without_effect(mut self) -> ApiError {
        self.took_effect = false;
        self
    }

    pub fn took_effect(&self) -> bool {
        self.took_effect
    }

    /// Whether the request itself was wrong, so that it was not carried out.
    pub fn is_validation(&self) -> bool {
        let code = self.error.get("code").and_then(Value::as_str);
        self.status == 400 && code.is_some_and(|code| code.starts_with("parameter"))
    }

    pub fn code(mut self, code: &str) -> ApiError {
        let page = code.replace('_', "-");
        self.error.insert("code".into(), json!(code));
        self.error.insert("doc_url".into(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        self
    }

    pub fn param(self, param: &str) -> ApiError {
        self.with("param", json!(param))
    }

    /// The same refusal of a parameter that stands inside of another one.
    pub fn within(self, at: &str) -> ApiError {
        let Some(param) = self.error.get("param").and_then(Value::as_str) else {
            return self;
        };
        let param = match param.split_once('[') {
            Some((name, rest)) => format!("{at}[{name}][{rest}"),
            None => format!("{at}[{param}]"),
        };
        self.param(&param)
    }

    /// The same refusal as the endpoints of v2 word it: with a code always, and with the name of a
    /// parameter in the message alone.
    pub fn v2(mut self) -> ApiError {
        let text = |error: &Map<String, Value>, name: &str| {
            error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (message, param) = (text(&self.error, "message"), text(&self.error, "param"));
        self.error.shift_remove("param");
        if !message.contains(&param) {
            self = self.with("message", json!(format!("{message} (parameter {param})")));
        }
        if self.error.contains_key("code") {
            return self;
        }
        let code = match (self.status, text(&self.error, "type").as_str()) {
            (_, "idempotency_error") => "idempotency_error",
            (401, _) => "unauthorized",
            (403, _) => "forbidden",
            (404, _) => "not_found",
            _ => "invalid_request",
        };
        self.with("code", json!(code))
    }

    pub fn with(mut self, name: &str, value: Value) -> ApiError {
        self.error.insert(name.into(), value);
        self
    }

    /// What stands under `error`, as `last_payment_error` repeats it.
    pub fn details(&self) -> Value {
        Value::Object(self.error.clone())
    }

    pub fn body(self) -> Value {
        json!({ "error": self.error })
    }
}
