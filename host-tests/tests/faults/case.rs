//! One row of the matrix: how the server misbehaves, the call, and what must come of it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use host_tests::wire::Step;
use stripe_connector_host::contract::Failure;

use crate::run::Outcome;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Get,
    /// A product list that takes two of Stripe's pages.
    List,
    Create,
    /// A payment that is confirmed at once.
    Pay,
    /// A file, in a body of several parts.
    Upload,
    /// One that no buffer between here and the server holds.
    UploadLarge,
    Delete,
}

impl Call {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Create => "create",
            Self::Pay => "pay",
            Self::Upload => "upload",
            Self::UploadLarge => "upload 8 MiB",
            Self::Delete => "delete",
        }
    }

    pub fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::List)
    }

    /// Whether its requests carry an idempotency key.
    pub fn posts(self) -> bool {
        self.writes() && self != Self::Delete
    }
}

/// A read and a change.
pub const BOTH: [Call; 2] = [Call::Get, Call::Create];

/// Those and a change that has no key.
pub const ALL: [Call; 3] = [Call::Get, Call::Create, Call::Delete];

/// Who is called.
#[derive(Clone)]
pub enum World {
    /// Nothing listens.
    Nobody,
    /// Connecting comes to no end.
    Deaf,
    /// The steps for each connection, which are counted from 1.
    Wire(Arc<dyn Fn(usize) -> Vec<Step> + Send + Sync>),
    /// The sandbox with these faults.
    Sandbox(&'static str),
}

impl World {
    pub fn wire(script: impl Fn(usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::Wire(Arc::new(script))
    }

    /// The same for every connection.
    pub fn always(steps: Vec<Step>) -> Self {
        Self::wire(move |_| steps.clone())
    }
}

/// What more must be true of an outcome; the text says what is not.
pub type Also = fn(&Outcome) -> Result<(), String>;

#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub call: Call,
    pub world: World,
    pub settings: Vec<(&'static str, &'static str)>,
    pub deadline_ms: Option<u32>,
    /// The throttle has no place for this attempt.
    pub refused_attempt: Option<u32>,
    /// Kind and effect; none for a call that succeeds.
    pub failure: Option<(&'static str, &'static str)>,
    /// The effect may be none too: what ends that early may have come before the connection was known to be there.
    pub or_none: bool,
    pub attempts: usize,
    /// Fewer, where not all of them find the server.
    pub reaching: Option<usize>,
    pub status: Option<u16>,
    pub request_id: Option<&'static str>,
    pub takes: Option<Range<Duration>>,
    pub also: Vec<Also>,
}

impl Case {
    /// The same for several calls. It succeeds at the first attempt until it is told otherwise.
    pub fn of(calls: &[Call], name: impl Into<String>, world: World) -> Cases {
        let name = name.into();
        let case = |call: &Call| Case {
            name: name.clone(),
            call: *call,
            world: world.clone(),
            settings: Vec::new(),
            deadline_ms: None,
            refused_attempt: None,
            failure: None,
            or_none: false,
            attempts: 1,
            reaching: None,
            status: None,
            request_id: None,
            takes: None,
            also: Vec::new(),
        };
        Cases(calls.iter().map(case).collect())
    }

    /// From the soonest that the waits between the attempts allow to the latest, with time for a busy machine.
    pub fn bounds(&self) -> Range<Duration> {
        let own = || {
            let retries = u32::try_from(self.attempts.saturating_sub(1)).unwrap_or(0);
            // Of a list, the first page is no retry.
            let retries = if self.call == Call::List { retries.saturating_sub(1) } else { retries };
            let soonest = Duration::from_millis(500) * retries;
            let longest =
                (0..retries).map(|n| Duration::from_millis(500) * 2_u32.pow(n.min(3))).sum::<Duration>();
            soonest..longest + Duration::from_millis(2500)
        };
        self.takes.clone().unwrap_or_else(own)
    }
}

/// Rows that are told the same.
pub struct Cases(pub Vec<Case>);

impl Cases {
    fn each(mut self, tell: impl Fn(&mut Case)) -> Self {
        self.0.iter_mut().for_each(tell);
        self
    }

    /// A read that fails has no effect, whatever effect a change leaves open.
    pub fn fails(self, kind: &'static str, effect: &'static str) -> Self {
        self.each(|case| {
            let effect = if case.call.writes() { effect } else { "none" };
            case.failure = Some((kind, effect));
        })
    }

    pub fn or_none(self) -> Self {
        self.each(|case| case.or_none = true)
    }

    pub fn attempts(self, attempts: usize) -> Self {
        self.each(|case| case.attempts = attempts)
    }

    pub fn reaching(self, attempts: usize) -> Self {
        self.each(|case| case.reaching = Some(attempts))
    }

    pub fn status(self, status: u16) -> Self {
        self.each(|case| case.status = Some(status))
    }

    pub fn request_id(self, id: &'static str) -> Self {
        self.each(|case| case.request_id = Some(id))
    }

    pub fn set(self, settings: &[(&'static str, &'static str)]) -> Self {
        self.each(|case| case.settings.extend(settings))
    }

    pub fn deadline(self, ms: u32) -> Self {
        self.each(|case| case.deadline_ms = Some(ms))
    }

    pub fn throttle_refuses(self, attempt: u32) -> Self {
        self.each(|case| case.refused_attempt = Some(attempt))
    }

    /// Milliseconds, in place of those that follow from the attempts.
    pub fn takes(self, ms: Range<u64>) -> Self {
        let range = Duration::from_millis(ms.start)..Duration::from_millis(ms.end);
        self.each(|case| case.takes = Some(range.clone()))
    }

    pub fn also(self, also: Also) -> Self {
        self.each(|case| case.also.push(also))
    }
}

/// The failure of an outcome that has one.
pub fn failure(outcome: &Outcome) -> Result<&Failure, String> {
    outcome.result.as_ref().err().ok_or_else(|| "it succeeded".to_owned())
}

pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
