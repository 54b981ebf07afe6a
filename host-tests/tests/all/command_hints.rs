//! What goes wrong on a command line is told with what to do about it.

use host_tests::command::{Call, File, Home};
use host_tests::stage::{KEY, Stage};

#[tokio::test]
async fn every_failure_says_what_to_do() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let taken = base.trim_start_matches("http://");
    let wrong = File::new("hints-wrong.toml", "verbosity = 9\n");
    let proxy =
        File::new("hints-proxy.toml", "proxy_enabled = true\nproxy_host = \"127.0.0.1\"\nproxy_port = 1\n");
    let get = ["get", "Balance", "--api-base", base.as_str()];
    for (more, code, words) in [
        (["--connection", "/no/such/file"], 2, ["/no/such/file", "--connection name", "TOML"]),
        (["--connection", wrong.path()], 2, ["`verbosity` must be", "put right", "check --schema"]),
        (["--component", "/no/such/file"], 2, ["/no/such/file", "--component name", "leave it out"]),
        (["--component", wrong.path()], 2, ["no WebAssembly", "--component name", "leave it out"]),
        (["--secrets", "dir:/no/such/place"], 1, ["no directory /no/such/place", "--secrets", "check"]),
        (["--secrets", "vault"], 2, ["--secrets", "dir:PATH", "env"]),
        (["--unknwon", "x"], 2, ["--unknwon", "Usage", "--help"]),
    ] {
        told(Call::new([&get[..], &more].concat()).key(KEY), code, &words).await;
    }
    let at = |arguments: &[&'static str]| [arguments, &["--api-base", base.as_str()]].concat();
    for (arguments, words) in [
        (&["get", "Custmer", "cus_1"][..], &["`Customer`", "stripe-connector entities"][..]),
        (&["run", "AceptQuote", "{}"], &["`AcceptQuote`", "stripe-connector actions"]),
        (&["list", "Customer", "--columns", "Nmae"], &["`Name`", "entities NAME"]),
        (&["create", "Customer", r#"{"Nmae": "x"}"#], &["`Name`", "entities NAME"]),
        (&["create", "Customer", "{Name: x}"], &["as JSON", "single quotes", "@FILE"]),
        (&["create", "Customer", "Name=x"], &["JSON object", "single quotes", "@FILE"]),
        (&["get", "Customer", "cus_none"], &["cus_none", "check the id"]),
    ] {
        told(Call::new(at(arguments)).key(KEY), 1, words).await;
    }
    for (arguments, words) in [
        (&["create", "Customer", "@/no/such/file"][..], &["/no/such/file", "after @ a file"][..]),
        (&["create", "Customer", "@/"], &["directory", "after @ a file"]),
        (&["lsit", "Customer"], &["'list'", "--help"]),
        (&["sandbox", "--listen", "127.0.0.1:80000"], &["up to 65535", "127.0.0.1:12111"]),
        (&["sandbox", "--listen", "0.0.0.0:12111"], &["loopback", "--listen 127.0.0.1:0"]),
        (&["sandbox", "--faults", "@/no/such/file"], &["/no/such/file", "file with rules"]),
    ] {
        told(Call::new(at(arguments)).key(KEY), 2, words).await;
    }
    let again = Call::new(["sandbox", "--listen", taken]);
    told(again, 2, &["in use", &format!("--api-base {base}"), "--listen 127.0.0.1:0"]).await;

    // Keys, and APIs that are not there.
    let unreachable = ["nothing was changed", "--api-base", "proxy_host"];
    told(Call::new(["get", "Balance", "--api-base", "http://127.0.0.1:1"]).key(KEY), 1, &unreachable).await;
    let proxied = Call::new(["get", "Balance", "--connection", proxy.path()]).key(KEY);
    told(proxied, 1, &["the proxy http://127.0.0.1:1 cannot be reached", "proxy_host"]).await;
    told(
        Call::new(["get", "Balance", "--api-base", "http://example.com"]).key(KEY),
        1,
        &["https", "put right"],
    )
    .await;
    let keys = ["STRIPE_API_KEY", "sk_", "stripe-connector check"];
    told(Call::new(["get", "Balance", "--api-base", "https://example.com"]), 1, &keys).await;
    for wrong in ["pk_test_filler", "sk_live_filler"] {
        told(Call::new(get).key(wrong), 1, &keys).await;
    }
}

/// Runs a command that fails, and holds what it says against what must be in it.
async fn told(call: Call, code: i32, words: &[&str]) {
    let ran = call.run().await;
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert_eq!(ran.stdout, "", "{ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("filler_of_host"), "{}", ran.stderr);
}

#[tokio::test]
async fn nobody_need_listen() {
    for (arguments, code) in [
        (&["get", "Custmer", "cus_1"][..], 1),
        (&["get", "Balance", "--api-base", "http://127.0.0.1:1", "--deadline-ms", "1000"], 1),
        (&["get", "Balance", "--connection", "/no/such/file"], 2),
    ] {
        let mut child = Call::new(arguments).spawn();
        drop(child.stderr.take());
        let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("its end");
        assert_eq!(ended.expect("a status").code(), Some(code), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_cache_that_cannot_be_kept_costs_time_and_says_so() {
    let home = Home::new("cache");
    home.write("file", "");
    let cache = home.path().join("file");
    let entities = || Call::new(["entities"]).env("XDG_CACHE_HOME", cache.to_str().expect("UTF-8"));
    let ran = entities().run().await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let directory =
        format!("{}/stripe-connector is a directory that this user alone can write", cache.display());
    assert!(ran.stderr.contains("is not kept") && ran.stderr.contains(&directory), "{}", ran.stderr);
}

#[tokio::test]
async fn the_help_of_every_command_has_an_example() {
    for command in [
        "check", "entities", "actions", "list", "get", "create", "update", "delete", "run", "sandbox",
        "completions",
    ] {
        let help = Call::new([command, "--help"]).run().await;
        assert_eq!(help.code, Some(0), "{help:?}");
        let example = format!("  stripe-connector {command} ");
        let install = format!("  stripe-connector {command} bash >");
        assert!(help.stdout.contains(&example) || help.stdout.contains(&install), "{}", help.stdout);
    }
}
