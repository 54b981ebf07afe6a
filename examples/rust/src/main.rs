//! A host of the connector that uses nothing of ours: wasmtime, the component and its contract.

use connectors::stripe::{log, secrets, settings, throttle};
use exports::connectors::stripe::entities::{CallOptions, Query};
use serde_json::{Value, json};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Engine, Error, Result, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks};

wasmtime::component::bindgen!({ path: "../../wit", world: "connector" });

#[derive(Default)]
struct Host(ResourceTable, WasiCtx, WasiHttpCtx);

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { table: &mut self.0, ctx: &mut self.1 }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { table: &mut self.0, ctx: &mut self.2, hooks: default_hooks() }
    }
}

impl settings::Host for Host {
    fn all(&mut self) -> Vec<(String, String)> {
        std::env::var("STRIPE_API_BASE").map(|url| ("api_base".to_owned(), url)).into_iter().collect()
    }
}

impl secrets::Host for Host {
    fn get(&mut self, _: secrets::Reference) -> Result<Vec<u8>, secrets::SecretError> {
        std::env::var("STRIPE_API_KEY").map(String::into_bytes).map_err(|_| secrets::SecretError::NotFound)
    }
}

// No limit of its own: where Stripe says 429, the connector waits and tries again.
impl throttle::Host for Host {
    fn admit(&mut self, _: throttle::Lane, _patience_ms: u32) -> throttle::Admission {
        throttle::Admission::After(0)
    }

    fn observe(&mut self, _: throttle::Lane, _status: Option<u16>, _retry_after_ms: Option<u32>) {}
}

impl log::Host for Host {
    fn enabled(&mut self, level: log::Level) -> bool {
        matches!(level, log::Level::Error | log::Level::Warning)
    }

    fn write(&mut self, level: log::Level, message: String, fields: Vec<(String, String)>) {
        eprintln!("{level:?} {message} {fields:?}");
    }
}

fn main() -> Result<()> {
    let file = std::env::args().nth(1).ok_or_else(|| Error::msg("which stripe_connector.wasm?"))?;
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi_http::p2::add_to_linker_sync(&mut linker)?;
    settings::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    secrets::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    throttle::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    log::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
    let mut store = Store::new(&engine, Host::default());
    let connector = Connector::instantiate(&mut store, &Component::from_file(&engine, file)?, &linker)?;
    let entities = connector.connectors_stripe_entities();

    let options = CallOptions {
        account: None,
        idempotency_key: None,
        deadline_ms: None,
        expand: None,
        parents: None,
        parameters: None,
    };
    let entity = "Customer".to_owned();
    let filter = Some("Email LIKE '%@example.com'".to_owned());
    let columns = Some(vec!["Id".to_owned(), "Email".to_owned()]);
    let mut query =
        Query { entity, filter, columns, order_by: None, page_size: None, page_token: None, raw: None };
    loop {
        let page = entities.call_list(&mut store, &query, &options)??;
        let rows: Vec<Value> = serde_json::from_str(&page.rows)?;
        rows.iter().for_each(|row| println!("{row}"));
        let Some(token) = page.next_page_token else { break };
        query.page_token = Some(token);
    }

    let fields = json!({"Amount": 1500, "Currency": "usd", "PaymentMethod": "pm_card_visa"});
    match entities.call_create(&mut store, "PaymentIntent", &fields.to_string(), &options)? {
        Ok(change) => println!("{} is made", change.id.as_deref().unwrap_or_default()),
        Err(failure) => println!("{}: {:?}, {:?}", failure.message, failure.effect, failure.idempotency_key),
    }
    Ok(())
}
