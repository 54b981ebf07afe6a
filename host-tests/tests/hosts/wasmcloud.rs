//! wasmCloud: `wash dev`, which runs one component, and hosts that take workloads over NATS.

use std::path::Path;
use std::time::Duration;

use host_tests::command::Home;
use host_tests::program::Program;
use host_tests::stage::{KEY, Stage, free_address};
use host_tests::tally::{Stripe, assert_kept, now};
use host_tests::told::told;
use host_tests::tools;
use serde_json::{Value, json};

use crate::clients;
use crate::nats::Nats;

const ARTIFACT: &str = "stripe_connector_wasmcloud.wasm";
const CUSTOMER: &str = "/v2/projects/p/locations/l/connections/c/entityTypes/Customer/entities/cus_1";

/// What the page on deploying has for `wash dev`.
const DOCUMENTED: &str = include_str!("../../../docs/deploy/wash.yaml");

/// The name by which a host knows whose a request is.
const NAME: &str = "stripe.test";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_clients_find_what_they_expect() {
    const TOKEN: &str = "token-filler-of-host-tests";
    let stage = Stage::new().await;
    let (home, address) = (Home::new("wash-dev"), free_address());
    let component = tools::artifact(ARTIFACT).display().to_string();
    let mut configuration = DOCUMENTED.to_owned();
    for (documented, here) in [
        (ARTIFACT, component.as_str()),
        ("127.0.0.1:8000", &address.to_string()),
        ("https://api.stripe.com", &stage.sandbox.url()),
        ("- api.stripe.com", "- 127.0.0.1"),
        ("sk_test_filler", KEY),
        ("token-filler", TOKEN),
        ("\"12\"", "\"500\""),
    ] {
        assert!(configuration.contains(documented), "{documented}");
        configuration = configuration.replace(documented, here);
    }
    std::fs::create_dir(home.path().join(".wash")).expect("a folder");
    home.write(".wash/config.yaml", configuration);
    let running = Program::listening(&mut wash(&["dev"], home.path()), address).await;
    // It listens before it has compiled the component.
    running.says("listening for HTTP requests").await;
    clients::python(format!("http://{address}"), Some(TOKEN)).await;
    clients::node(format!("http://{address}"), Some(TOKEN)).await;
    assert!(!running.printed().contains(KEY), "the key is in the host's log");
    assert!(running.printed().contains("wasi.logging.log"), "the connector's log is in the host's");
}

/// `throttle_per_second` holds for two hosts together, by counters in NATS. A workload is placed as an operator of a cluster
/// would do it, by the hosts' own interface on NATS and from a registry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hosts_keep_one_limit() {
    const LIMIT: usize = 12;
    const EACH: usize = 25;
    let (home, stripe) = (Home::new("wash-hosts"), Stripe::start().await);
    let nats = free_address();
    let mut server = tools::nats_server();
    server.args(["-a", "127.0.0.1", "-p", &nats.port().to_string(), "-js", "-sd"]).arg(home.path());
    let _server = Program::listening(&mut server, nats).await;
    let registry = registry(&home).await;
    let image = format!("{}/stripe-connector:1", registry.1);
    let mut push = wash(&["oci", "push", "--insecure", &image], home.path());
    let pushed = push.arg(tools::artifact(ARTIFACT)).output().expect("wash was run");
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));

    let url = format!("nats://{nats}");
    let mut operator = Nats::connect(nats).await;
    let mut hosts = Vec::new();
    for _ in 0..2 {
        let address = free_address();
        let options = ["host", "--scheduler-nats-url", &url, "--data-nats-url", &url, "--http-addr"];
        let mut host = wash(&options, home.path());
        // An instance of the composed component takes about twenty core instances.
        host.arg(address.to_string()).args(["--allow-insecure-registries", "--core-instances", "4000"]);
        let host = Program::start(&mut host);
        // Those that run already tell of themselves too.
        let id = loop {
            let alive = operator.next("runtime.operator.heartbeat.*").await;
            let id = alive["id"].as_str().unwrap_or_else(|| panic!("{alive}")).to_owned();
            if hosts.iter().all(|(_, _, known)| *known != id) {
                break id;
            }
        };
        let start = workload(&image, &stripe.url());
        let started = operator.ask(&format!("runtime.host.{id}.workload.start"), &start).await;
        assert_eq!(started["workloadStatus"]["workloadState"], "WORKLOAD_STATE_RUNNING", "{started}");
        hosts.push((host, address, id));
    }

    // The bucket is made by the first call, and by that of one host alone.
    assert!(get(hosts[0].1, CUSTOMER).await.starts_with("HTTP/1.1 200 "));
    for _ in 0..3 {
        // After a rest all that come at once have to agree on where to begin.
        tokio::time::sleep(Duration::from_millis(1_700)).await;
        let (begun, before) = (now(), stripe.arrivals().len());
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..EACH {
            for (_, address, _) in &hosts {
                let address = *address;
                calls.spawn(async move { get(address, CUSTOMER).await });
            }
        }
        for answer in calls.join_all().await {
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        let arrivals = &stripe.arrivals()[before..];
        assert_eq!(arrivals.len(), 2 * EACH, "every call became one request");
        assert_kept(LIMIT, begun, arrivals);
    }
}

/// `wash` with nothing of the user's own.
fn wash(arguments: &[&str], home: &Path) -> std::process::Command {
    let mut wash = tools::wash();
    wash.arg("--non-interactive").args(arguments).current_dir(home).env("HOME", home);
    wash
}

/// A registry of images, and where it is.
async fn registry(home: &Home) -> (Program, std::net::SocketAddr) {
    let address = free_address();
    let configuration = json!({
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": home.path().join("registry")}},
        "http": {"addr": address.to_string()},
    });
    home.write("registry.yml", configuration.to_string());
    let mut registry = std::process::Command::new("docker-registry");
    registry.arg("serve").arg(home.path().join("registry.yml"));
    (Program::listening(&mut registry, address).await, address)
}

/// What a host is asked to run.
fn workload(image: &str, api_base: &str) -> Value {
    let component = json!({
        "name": "stripe",
        "image": image,
        "localResources": {
            "environment": {"STRIPE_API_KEY": KEY},
            "config": {"api_base": api_base, "service_auth": "none", "throttle_per_second": "12"},
            "allowedHosts": ["127.0.0.1"],
        },
    });
    json!({"workloadId": "stripe", "workload": {"namespace": "default", "name": "stripe", "witWorld": {
        "components": [component],
        "hostInterfaces": [
            {"namespace": "wasi", "package": "http", "interfaces": ["incoming-handler"], "config": {"host": NAME}},
            {"namespace": "wasi", "package": "keyvalue", "version": "0.2.0-draft", "interfaces": ["store", "atomics"]},
            {"namespace": "wasi", "package": "config", "version": "0.2.0-rc.1", "interfaces": ["store"]},
            {"namespace": "wasi", "package": "logging", "version": "0.1.0-draft", "interfaces": ["logging"]},
        ],
    }}})
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    told(address, &format!("GET {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n")).await
}
