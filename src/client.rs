//! Sends a call's requests: asks the throttle, fetches the secret, sets the headers, and tells failures apart.

use crate::api::types::{CallOptions, FailureKind};
use crate::attempts::Attempts;
use crate::call::{Base, Body, Call};
use crate::catalog::Object;
use crate::failure::{self, Failed};
use crate::given::log::Level;
use crate::given::secrets::SecretError;
use crate::given::throttle::{Admission, Lane};
use crate::host::Context;
use crate::idempotency::IdempotencyKey;
use crate::json::{self, Members};
use crate::log;
use crate::redact::{ANYBODYS, Redaction};
use crate::rows::{self, Row};
use crate::secret::ApiKey;
use crate::settings::{Origin, Settings};
use crate::transport::{Broken, Cause, Request, Response};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

const USER_AGENT: &str = concat!("stripe-connector/", env!("CARGO_PKG_VERSION"));

/// A 2xx of Stripe. Not `Debug`: what it holds is not for logs.
pub struct Answer {
    /// JSON, though not yet looked at.
    pub body: String,
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
    status: u16,
    /// What was asked, without its body.
    call: Call,
}

impl Answer {
    /// The object that it is, with these fields. Something that says yes to everything, such as a portal, is not
    /// Stripe, and what it answers is no word for a change: what always has an id has one here.
    pub fn object(&self, fields: Object) -> Result<Members<'_>, Failed> {
        let object = Members::parse(&self.body).map_err(|error| self.unreadable(error))?;
        if object.text("id").is_none() && fields.field("id").is_some_and(|id| !id.nullable) {
            return Err(self.unreadable("it has no `id`"));
        }
        Ok(object)
    }

    /// Its row.
    pub fn row<'o>(&self, context: Context, fields: Object, object: &Members<'o>) -> Result<Row<'o>, Failed> {
        Row::of(context.layouts, fields, object).map_err(|error| self.unreadable(error))
    }

    /// Its whole row as JSON.
    pub fn whole_row(&self, context: Context, fields: Object, object: &Members) -> Result<String, Failed> {
        let mut row = String::with_capacity(self.body.len());
        rows::write(context.layouts, fields, object, &mut row).map_err(|error| self.unreadable(error))?;
        Ok(row)
    }

    /// The failure of an answer whose JSON is not what Stripe sends here.
    pub fn unreadable(&self, why: impl Why) -> Failed {
        let broken = Broken {
            cause: Cause::Unreadable,
            sent: true,
            message: format!("the answer cannot be read: {}", why.told()),
            status: Some(self.status),
            request_id: self.request_id.clone(),
        };
        let told = self.call.told(ANYBODYS);
        failure::of_broken(self.call.attempt(&told, 1, false, ANYBODYS), &broken)
    }
}

/// Why an answer cannot be read.
pub trait Why {
    fn told(self) -> String;
}

impl Why for &str {
    fn told(self) -> String {
        self.to_owned()
    }
}

/// Of JSON that is another than expected the words can repeat what is in it, which may be a secret.
impl Why for json::Error {
    fn told(self) -> String {
        match self {
            json::Error::Syntax(error) => error.to_string(),
            json::Error::Form(_) => "it has another form".to_owned(),
        }
    }
}

/// The bytes of a 2xx.
pub struct File {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    /// Without a body.
    pub answer: Answer,
}

impl File {
    fn into_text(self) -> Result<Answer, Failed> {
        match String::from_utf8(self.bytes) {
            Ok(body) => Ok(Answer { body, ..self.answer }),
            Err(_) => Err(self.answer.unreadable("it is not UTF-8")),
        }
    }
}

/// Options that say nothing.
pub fn no_options() -> CallOptions {
    CallOptions {
        account: None,
        idempotency_key: None,
        deadline_ms: None,
        expand: None,
        parents: None,
        parameters: None,
    }
}

/// Sends the requests of one call of the contract.
pub struct Client<'a> {
    context: Context<'a>,
    settings: &'a Settings,
    /// Entity or action, for the throttle.
    target: &'a str,
    account: Option<String>,
    /// The caller's own.
    idempotency_key: Option<IdempotencyKey>,
    /// Absent when the host adds it.
    key: Option<ApiKey>,
    deadline: u64,
}

impl<'a> Client<'a> {
    /// Checks the options and fetches the secret, which is asked for anew in every call so that a rotated key is used
    /// at once.
    pub fn open(context: Context<'a>, options: &CallOptions, target: &'a str) -> Result<Self, Failed> {
        let settings = context.settings()?;
        let account = options.account.as_ref().or(settings.account_id.as_ref()).cloned();
        if let Some(account) = &account
            && (account.is_empty() || account.len() > 255 || !account.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(failure::invalid("account", "an account is named by its id, such as acct_123"));
        }
        let idempotency_key = options.idempotency_key.as_deref().map(IdempotencyKey::parse).transpose()?;
        let limit = options.deadline_ms.unwrap_or(settings.deadline_ms).min(settings.deadline_ms);
        let key = if settings.injected { None } else { Some(fetch_key(context, settings)?) };
        let deadline = context.started + u64::from(limit);
        Ok(Client { context, settings, target, account, idempotency_key, key, deadline })
    }

    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// The caller's idempotency key, or a new one.
    pub fn idempotency_key(&self) -> IdempotencyKey {
        self.idempotency_key.clone().unwrap_or_else(|| IdempotencyKey::random(self.context.host.random()))
    }

    /// Whether the key is one for a mode, `live` or `test`. One that the host adds is not known here.
    pub fn is_in_mode(&self, mode: &str) -> bool {
        let key = self.secret();
        let rest = key.strip_prefix("sk_").or_else(|| key.strip_prefix("rk_"));
        rest.and_then(|rest| rest.strip_prefix(mode)).is_some_and(|rest| rest.starts_with('_'))
    }

    pub fn context(&self) -> Context<'a> {
        self.context
    }

    /// Entity or action.
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// Tells the log what went otherwise than expected without failing the call.
    pub fn warn(&self, message: &str, why: &Failed) {
        log::event(self.context, Level::Warning, self.target, &mut |fields| {
            fields.push(("why", why.message.clone()));
            message.to_owned()
        });
    }

    /// Whether the call's time is over.
    pub fn is_late(&self) -> bool {
        self.now_ms() >= self.deadline
    }

    /// The same client with another secret in the key's place, such as the token of a session.
    pub fn with_key(self, key: ApiKey) -> Self {
        Client { key: Some(key), ..self }
    }

    pub fn send(&self, call: Call) -> Result<Answer, Failed> {
        self.send_for_file(call)?.into_text()
    }

    /// Sends a request whose answer is not JSON but a file.
    pub fn send_for_file(&self, call: Call) -> Result<File, Failed> {
        let lost = || Err(self.lost(&call));
        self.settle(core::slice::from_ref(&call)).pop().unwrap_or_else(lost)
    }

    /// Sends independent requests, `max_in_flight` at a time, and answers in their order.
    pub fn send_all(&self, calls: Vec<Call>) -> Vec<Result<Answer, Failed>> {
        self.settle(&calls).into_iter().map(|file| file?.into_text()).collect()
    }

    fn settle(&self, calls: &[Call]) -> Vec<Result<File, Failed>> {
        let mut attempts = Attempts::new(self, calls);
        let width = self.settings.max_in_flight as usize;
        self.context.transport.send_all(&mut attempts, width, self.deadline, self.settings.limits());
        attempts.results()
    }

    pub fn now_ms(&self) -> u64 {
        self.context.host.now_ms()
    }

    /// Until the deadline.
    pub fn left_ms(&self, now: u64) -> u32 {
        self.deadline.saturating_sub(now).min(u64::from(u32::MAX)) as u32
    }

    pub fn jitter(&self) -> u32 {
        let [a, b, c, d, ..] = self.context.host.random();
        u32::from_be_bytes([a, b, c, d])
    }

    fn lane(&self, call: &Call, attempt: u32) -> Lane {
        Lane { account: self.account.clone(), target: self.target.to_owned(), write: call.write(), attempt }
    }

    /// When the throttle lets the attempt go, which is asked now.
    pub fn admit(&self, call: &Call, attempt: u32, now: u64) -> Result<u64, Failed> {
        let patience = self.left_ms(now);
        if patience == 0 {
            let late = Broken::new(Cause::Timeout, false, "the deadline passed before it was sent");
            return Err(self.broken(call, &late));
        }
        match self.context.host.admit(&self.lane(call, attempt), patience) {
            Admission::After(0) => Ok(self.now_ms()),
            // The clock tells whole milliseconds, and one that has begun is not over: no place is taken too early.
            Admission::After(wait) if wait < patience => Ok(self.now_ms() + 1 + u64::from(wait)),
            Admission::After(wait) | Admission::Refused(wait) => {
                let told = call.told(self.redaction());
                let message = format!("{told}: the host's throttle has no place before the deadline");
                let mut refused = failure::new(FailureKind::Throttled, message);
                refused.retry_after_ms = Some(wait);
                refused.idempotency_key = call.idempotency_key.as_ref().map(|key| key.as_str().to_owned());
                Err(refused)
            }
        }
    }

    pub fn observe(&self, call: &Call, attempt: u32, status: Option<u16>, retry_after_ms: Option<u32>) {
        self.context.host.observe(&self.lane(call, attempt), status, retry_after_ms);
    }

    pub fn origin(&self, call: &Call) -> &'a Origin {
        match call.base {
            Base::Api => &self.settings.api_base,
            Base::Files => &self.settings.files_base,
            Base::MeterEvents => &self.settings.meter_events_base,
        }
    }

    /// All but the key's.
    pub fn headers(&self, call: &Call) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("accept", "application/json".to_owned()),
            ("user-agent", USER_AGENT.to_owned()),
            ("stripe-version", self.settings.api_version.clone()),
        ];
        headers.extend(self.account.clone().map(|account| ("stripe-account", account)));
        headers.extend(call.idempotency_key.as_ref().map(|key| ("idempotency-key", key.as_str().to_owned())));
        headers.extend(call.body.as_ref().map(|body| ("content-type", body.content_type().to_owned())));
        headers
    }

    pub fn request(&self, call: &Call, start_at: u64) -> Request<'_> {
        Request {
            method: call.method,
            origin: self.origin(call),
            target: call.target(),
            headers: self.headers(call),
            key: self.key.as_ref(),
            body: call.body.as_ref().map(Body::bytes),
            start_at,
        }
    }

    /// What is wrong with what came, if anything is.
    pub fn failure(
        &self,
        call: &Call,
        number: u32,
        open: bool,
        result: &Result<Response, Broken>,
    ) -> Option<Failed> {
        let told = match result {
            Ok(response) if response.is_success() && response.encoding().is_none() => return None,
            _ => call.told(self.redaction()),
        };
        let attempt = call.attempt(&told, number, open, self.redaction());
        Some(match result {
            Err(broken) => failure::of_broken(attempt, broken),
            Ok(response) => match response.encoding() {
                Some(encoding) if response.is_success() => {
                    let why = failure::encoded_as(&encoding);
                    failure::of_broken(attempt, &Broken::after(response, Cause::Unreadable, why))
                }
                _ => failure::of_refusal(attempt, response),
            },
        })
    }

    fn broken(&self, call: &Call, broken: &Broken) -> Failed {
        let told = call.told(self.redaction());
        failure::of_broken(call.attempt(&told, 1, false, self.redaction()), broken)
    }

    /// The failure of a request of which nobody knows any more.
    pub fn lost(&self, call: &Call) -> Failed {
        self.broken(call, &Broken::new(Cause::Internal, true, "the request was lost"))
    }

    pub fn redaction(&self) -> Redaction<'_> {
        Redaction::of(self.secret())
    }

    /// Empty when it is not known here.
    pub fn secret(&self) -> &str {
        self.key.as_ref().map(ApiKey::secret).unwrap_or_default()
    }

    /// What a 2xx answered.
    pub fn file(&self, call: &Call, response: Response) -> File {
        File {
            content_type: response.header("content-type"),
            answer: Answer {
                body: String::new(),
                request_id: response.header("request-id"),
                idempotency_key: call.idempotency_key.as_ref().map(|key| key.as_str().to_owned()),
                status: response.status,
                call: call.without_body(),
            },
            bytes: response.body,
        }
    }
}

fn fetch_key(context: Context, settings: &Settings) -> Result<ApiKey, Failed> {
    let (name, version) = (&settings.api_key_secret, &settings.api_key_secret_version);
    let refused = |why: &str| {
        failure::new(
            FailureKind::Unauthenticated,
            format!("no API key: the secret `{name}` (version `{version}`) {why}"),
        )
    };
    match context.host.secret(name, version) {
        Ok(bytes) => ApiKey::new(bytes, name),
        Err(SecretError::NotFound) => Err(refused("does not exist")),
        Err(SecretError::Denied) => Err(refused("may not be read by this connection")),
        Err(SecretError::Unavailable(why)) => {
            let mut unavailable = refused(&format!("could not be fetched: {why}"));
            unavailable.kind = FailureKind::Unavailable;
            Err(unavailable)
        }
    }
}

/// Checks the readiness of the secret without sending anything.
pub fn check_key(context: Context) -> Result<(), Failed> {
    let settings = context.settings()?;
    if !settings.injected {
        fetch_key(context, settings)?;
    }
    Ok(())
}
