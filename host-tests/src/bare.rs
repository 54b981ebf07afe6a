//! The component in a host that has every answer in memory and gives it at once: what is measured is the component alone,
//! and wasmtime's count of its instructions (fuel) is the same each time. What it depends on is the component, which hangs
//! on the compiler, and how wasmtime counts, which hangs on its version: not on the machine, nor on how the host is built.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use stripe_connector_host::COMPONENT;
use stripe_connector_host::contract::{Change, Failure, Page, Query, Row};
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Linker, Lower, ResourceTable, Val,
};
use wasmtime::{Config, Engine, PoolingAllocationConfig, Result, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::canned::{Canned, FILTER, HEADERS};
use crate::stage::{KEY, none};

/// Instances that may be there at once.
pub const INSTANCES: u32 = 1_000;

/// Core instances and tables of each, as the reference host has them.
const PARTS: u32 = 4;

/// Of which one is read: there are more.
const PAGES: usize = 2;

/// The component, compiled and linked.
pub struct Bare {
    pre: InstancePre<State>,
    hooks: Box<dyn Fn() -> Box<dyn WasiHttpHooks> + Send + Sync>,
    fuel: bool,
    exports: Exports,
}

#[derive(Clone, Copy)]
struct Exports {
    get: ComponentExportIndex,
    create: ComponentExportIndex,
    list: ComponentExportIndex,
}

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Retrieve,
    Create,
    /// The first hundred customers, which takes one request.
    Page,
    /// Two hundred customers, of which two are found.
    Filter,
}

impl Call {
    pub const ALL: [Self; 4] = [Self::Retrieve, Self::Create, Self::Page, Self::Filter];

    pub fn title(self) -> &'static str {
        match self {
            Self::Retrieve => "retrieve",
            Self::Create => "create",
            Self::Page => "list a page of 100",
            Self::Filter => "filter 200",
        }
    }
}

/// An instance of it.
pub struct Live {
    exports: Exports,
    store: Store<State>,
    instance: wasmtime::component::Instance,
}

struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Box<dyn WasiHttpHooks>,
}

struct Answers(Arc<Canned>);

impl Bare {
    /// With instances that count fuel, or as fast as they are.
    pub fn new(fuel: bool) -> Result<Self> {
        let canned = Arc::new(Canned::new(PAGES));
        let answers = move || Box::new(Answers(Arc::clone(&canned))) as Box<dyn WasiHttpHooks>;
        Self::with(fuel, "http://127.0.0.1:1", Box::new(answers))
    }

    /// In front of a server, which each instance reaches by hooks of its own.
    pub fn reaching<H: WasiHttpHooks + 'static>(
        url: &str,
        hooks: impl Fn() -> H + Send + Sync + 'static,
    ) -> Result<Self> {
        Self::with(false, url, Box::new(move || Box::new(hooks())))
    }

    fn with(
        fuel: bool,
        url: &str,
        hooks: Box<dyn Fn() -> Box<dyn WasiHttpHooks> + Send + Sync>,
    ) -> Result<Self> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(INSTANCES)
            .total_memories(INSTANCES)
            .total_stacks(INSTANCES)
            .total_core_instances(PARTS * INSTANCES)
            .total_tables(PARTS * INSTANCES);
        let mut config = Config::new();
        config.allocation_strategy(pool).consume_fuel(fuel);
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, COMPONENT)?;
        let entities = component.get_export_index(None, "connectors:stripe/entities@0.1.0");
        let function =
            |name| component.get_export_index(entities.as_ref(), name).expect("the contract has it");
        let exports = Exports { get: function("get"), create: function("create"), list: function("list") };
        let pre = linker(&engine, url)?.instantiate_pre(&component)?;
        Ok(Self { pre, hooks, fuel, exports })
    }

    /// What the component asks of its host, by name.
    pub fn imports(&self) -> Vec<String> {
        let component = self.pre.component();
        component.component_type().imports(self.pre.engine()).map(|(name, _)| name.to_owned()).collect()
    }

    /// A new instance.
    pub async fn instance(&self) -> Result<Live> {
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            hooks: (self.hooks)(),
        };
        let mut store = Store::new(self.pre.engine(), state);
        if self.fuel {
            store.set_fuel(u64::MAX)?;
        }
        let instance = self.pre.instantiate_async(&mut store).await?;
        Ok(Live { exports: self.exports, store, instance })
    }

    /// Instructions of the first call in an instance, and of one after it.
    pub async fn fuel(&self, call: Call) -> Result<[u64; 2]> {
        let mut instance = self.instance().await?;
        let mut used = [0; 2];
        for used in &mut used {
            let before = instance.store.get_fuel()?;
            instance.call(call).await?;
            *used = before - instance.store.get_fuel()?;
        }
        Ok(used)
    }
}

impl Live {
    /// Makes a call of this kind.
    pub async fn call(&mut self, call: Call) -> Result<()> {
        let Exports { get, create, list } = self.exports;
        match call {
            Call::Retrieve => {
                let arguments = ("Customer", Some("cus_1"), None::<&[String]>, false, &none());
                self.ask(get, arguments).await.map(|_: Row| ())
            }
            Call::Create => {
                let fields =
                    r#"{"Name": "Jenny Rosen", "Email": "jenny@example.com", "Metadata": {"plan": "gold"}}"#;
                self.ask(create, ("Customer", fields, &none())).await.map(|_: Change| ())
            }
            Call::Page | Call::Filter => {
                let filter = (call == Call::Filter).then(|| FILTER.to_owned());
                let query = Query { page_size: Some(100), filter, ..Query::new("Customer") };
                self.ask(list, (&query, &none())).await.map(|_: Page| ())
            }
        }
    }

    async fn ask<A, T>(&mut self, function: ComponentExportIndex, arguments: A) -> Result<T>
    where
        A: ComponentNamedList + Lower + Send + Sync,
        T: Lift + Send + Sync + 'static,
        (std::result::Result<T, Failure>,): ComponentNamedList + Lift,
    {
        type Answer<T> = (std::result::Result<T, Failure>,);
        let function = self.instance.get_typed_func::<A, Answer<T>>(&mut self.store, function)?;
        let (answer,) = function.call_async(&mut self.store, arguments).await?;
        answer.map_err(|failure| wasmtime::Error::msg(failure.message))
    }
}

fn linker(engine: &Engine, url: &str) -> Result<Linker<State>> {
    let text = |text: &str| Val::String(text.to_owned());
    let api_base = Val::Tuple(vec![text("api_base"), text(url)]);
    let key = Val::List(KEY.bytes().map(Val::U8).collect());
    let at_once = Val::Variant("after".to_owned(), Some(Box::new(Val::U32(0))));
    let mut linker = Linker::new(engine);
    wasmtime_wasi_http::p2::add_to_linker_async(&mut linker)?;
    for (interface, function, answer) in [
        ("settings", "all", Some(Val::List(vec![api_base]))),
        ("secrets", "get", Some(Val::Result(Ok(Some(Box::new(key)))))),
        ("throttle", "admit", Some(at_once)),
        ("throttle", "observe", None),
        ("log", "enabled", Some(Val::Bool(false))),
        ("log", "write", None),
    ] {
        let mut interface = linker.instance(&format!("connectors:stripe/{interface}@0.1.0"))?;
        interface.func_new(function, move |_, _, _, results| {
            if let (Some(result), Some(answer)) = (results.first_mut(), &answer) {
                result.clone_from(answer);
            }
            Ok(())
        })?;
    }
    Ok(linker)
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut *self.hooks }
    }
}

type Done = Box<dyn Future<Output = std::result::Result<(), Error>> + Send>;
type Answered = std::result::Result<(http::Response<WasiBody>, Done), Error>;

impl WasiHttpHooks for Answers {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _done: Done,
    ) -> Box<dyn Future<Output = Answered> + Send> {
        let body = self.0.answer(request.uri().path(), request.uri().query().unwrap_or_default());
        Box::new(async move { Ok((response(body)?, Box::new(async { Ok(()) }) as Done)) })
    }
}

fn response(body: Option<Bytes>) -> std::result::Result<http::Response<WasiBody>, Error> {
    let body = body.ok_or(Error::HttpRequestUriInvalid)?;
    let mut response = http::Response::builder()
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("date", "Thu, 01 Jan 2026 00:00:00 GMT");
    for (name, value) in HEADERS {
        response = response.header(name, value);
    }
    let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
    response.body(body).map_err(|_| Error::InternalError(None))
}
