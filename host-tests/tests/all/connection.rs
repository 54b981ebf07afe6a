//! Connection files: the example, the schema, what wins over what, and that host and component mean the same.

use host_tests::authority::Authority;
use host_tests::command::{Call, File, Home};
use host_tests::server::{Answer, Server};
use host_tests::stage::{KEY, Stage, builder, header};
use serde_json::{Value, json};
use stripe_connector_host::connection::{Config, Kind, Reader, SETTINGS, schema};
use stripe_connector_host::contract::State;

const EXAMPLE: &str = include_str!("../../../examples/connection.toml");
const README: &str = include_str!("../../../README.md");

fn example() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/connection.toml")
}

#[tokio::test]
async fn the_example_is_accepted_and_shown() {
    let told = Call::new(["check", "--connection", example(), "--json"]).run().await.done();
    let settings = json!({
        "name": "stripe-connection", "description": "Payments of the web shop", "labels.team": "payments",
        "location": "us-central1", "connector": "Stripe", "connector_version": "1",
        "service_account": "SERVICE_ACCOUNT_NAME@PROJECT_ID.iam.gserviceaccount.com",
        "log_config.enabled": "false", "log_config.level": "ERROR", "verbosity": "5",
        "account_id": "acct_1032D82eZvKYlo2C", "node_config.min_node_count": "2",
        "node_config.max_node_count": "50", "api_key_secret": "stripe-api-key", "api_key_secret_version": "1",
        "proxy_enabled": "false",
    });
    let mut shown = told["settings"].clone();
    shown.as_object_mut().expect("settings").remove("api_base");
    assert_eq!(shown, settings);
    assert_eq!(
        (&told["state"], &told["readiness"], &told["status"]),
        (&json!("active"), &json!("active"), &json!("active"))
    );
    assert_eq!(told["whatToDo"], "nothing, the connection works");
    assert!(told["key"].as_str().is_some_and(|key| key.contains("STRIPE_API_KEY")), "{told}");

    let shown = Call::new(["check", "--connection", example()]).run().await.stdout;
    for (name, value) in settings.as_object().expect("settings") {
        let value = value.as_str().expect("text");
        let is_shown =
            |line: &str| line.split_once(' ').is_some_and(|(own, rest)| own == name && rest.trim() == value);
        assert!(shown.lines().any(is_shown), "{name}: {shown}");
    }
    for line in ["readiness", "status", "what to do", "key"] {
        assert!(shown.lines().any(|shown| shown.starts_with(line)), "{line}: {shown}");
    }
}

#[test]
fn example_and_readme_have_every_setting() {
    // The one file that has to be there.
    let roots = File::new("roots.pem", Authority::new().pem());
    let mut all = String::new();
    for line in EXAMPLE.lines() {
        let bare = line.strip_prefix("# ").filter(|bare| {
            bare.split_once(" = ")
                .is_some_and(|(name, _)| SETTINGS.iter().any(|setting| setting.name == name))
        });
        // Three stores are shown, of which one is right at a time.
        let bare = bare.filter(|bare| !bare.starts_with("secrets = ") || bare.contains("dir:"));
        all.push_str(bare.unwrap_or(line));
        all.push('\n');
    }
    let all = all.replace("company-roots.pem", roots.path());
    let config = Config::read(Some(&all), []).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for setting in SETTINGS {
        let name = setting.name;
        let is_own =
            |said: &str| said == name || said.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        assert!(config.said().any(|(said, _)| is_own(said)), "the example has no {name}");
        assert!(README.contains(&format!("`{name}`")), "the README has no {name}");
        let Some(default) = setting.default else { continue };
        let said = config.get(name).expect("it is said");
        let differs = ["secrets", "verbosity", "api_key_secret_version"].contains(&name);
        assert!(
            said == default || differs,
            "{name}: the example's comment has {said}, the default is {default}"
        );
    }
}

#[tokio::test]
async fn the_schema_takes_what_is_right() {
    let printed = Call::new(["check", "--schema"]).run().await;
    assert_eq!(printed.stderr, "");
    assert_eq!(printed.done(), schema());
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let valid = |text: &str| {
        let value: Value = toml::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        validator.is_valid(&value)
    };
    assert!(valid(EXAMPLE));
    for text in [
        "verbosity = 3",
        "verbosity = '3'",
        "log_config.enabled = 'true'",
        "[log_config]\nlevel = 'DEBUG'",
        "labels = { a = 'b', c = 1 }",
        "api_base = 'http://127.0.0.1:1'",
        "secrets = 'dir:/run/secrets'",
        "name = 'a'",
        "name = 'a'\nthrottle_redis_url = 'rediss://user@cache.example:6380/1'",
    ] {
        assert!(valid(text) && Config::read(Some(text), []).is_ok(), "{text}");
    }
    for text in [
        "verbosity = 9",
        "verbosity = 'many'",
        "max_scna = 1",
        "proxy_enabled = 'maybe'",
        "name = 'a-'",
        "name = 'A'",
        "log_config.lvel = 'INFO'",
        "log_config = 'INFO'",
        "labels = 'a'",
        "account_id = 'a b'",
        "api_base = 'https://u:p@a.b'",
        "secrets = 'vault'",
        "search = true",
        "connector = 'Square'",
        "name = 'a'\nthrottle_redis_url = 'http://cache.example'",
    ] {
        assert!(!valid(text) && Config::read(Some(text), []).is_err(), "{text}");
    }
    let long = format!("name = '{}'", "a".repeat(50));
    assert!(!valid(&long) && Config::read(Some(&long), []).is_err());
}

#[tokio::test]
async fn the_component_has_the_same_ranges_and_words() {
    let is_right = async |name: &str, value: &str| {
        let connector = builder(&[(name, value)]).build().expect("a connector");
        let status = connector.check_readiness().await.expect("a status");
        assert!(status.state == State::Active || status.description.contains(name), "{name}: {status:?}");
        status.state == State::Active
    };
    for setting in SETTINGS.iter().filter(|setting| setting.reader == Reader::Component) {
        let name = setting.name;
        match setting.kind {
            Kind::Number(least, most) => {
                for right in [least, most] {
                    assert!(is_right(name, &right.to_string()).await, "{name} = {right}");
                }
                for wrong in [i64::from(least) - 1, i64::from(most) + 1] {
                    assert!(!is_right(name, &wrong.to_string()).await, "{name} = {wrong}");
                }
            }
            Kind::Choice(words) => {
                for word in words {
                    assert!(is_right(name, word).await, "{name} = {word}");
                }
                assert!(!is_right(name, "neither").await, "{name}");
            }
            Kind::Url => {
                assert!(is_right(name, "https://example.com/prefix").await, "{name}");
                assert!(!is_right(name, "http://example.com").await, "{name}");
            }
            _ => {
                assert!(is_right(name, "x").await && !is_right(name, "x y").await, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn options_win_over_the_environment_and_that_over_the_file() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let text = format!("api_base = '{base}'\naccount_id = 'acct_file'\nname = 'of-the-file'\n");
    let file = File::new("wins.toml", &text);
    let account = async |environment: Option<&str>, option: Option<&str>| {
        let mut call = vec!["get", "Balance", "--json", "--connection", file.path()];
        call.extend(option.iter().flat_map(|account| ["--account", account]));
        let call = environment
            .iter()
            .fold(Call::new(call).key(KEY), |call, account| call.env("STRIPE_CONNECTOR_ACCOUNT_ID", account));
        call.run().await.done();
        header(&stage.sent()[0], "stripe-account").map(str::to_owned)
    };
    assert_eq!(account(None, None).await.as_deref(), Some("acct_file"));
    assert_eq!(account(Some(""), None).await.as_deref(), Some("acct_file"));
    assert_eq!(account(Some("acct_variable"), None).await.as_deref(), Some("acct_variable"));
    assert_eq!(account(Some("acct_variable"), Some("acct_option")).await.as_deref(), Some("acct_option"));

    // Without a file, and with all that is wrong.
    let wrong = Call::new(["check"]).env("STRIPE_CONNECTOR_VERBOSITY", "9");
    let wrong = wrong.env("STRIPE_CONNECTOR_NAME", "A").run().await;
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    for variable in ["STRIPE_CONNECTOR_VERBOSITY: `verbosity`", "STRIPE_CONNECTOR_NAME: `name`"] {
        assert!(wrong.stderr.contains(variable), "{variable}: {}", wrong.stderr);
    }
}

#[tokio::test]
async fn the_log_is_shown_as_the_file_says() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let logged = async |settings: &str| {
        let file = File::new("log.toml", format!("api_base = '{base}'\nverbosity = 2\n{settings}"));
        let ran = Call::new(["get", "Balance", "--json", "--connection", file.path()]).key(KEY).run().await;
        ran.done();
        ran.stderr
    };
    for quiet in ["", "log_config.level = 'DEBUG'", "log_config.enabled = true"] {
        assert_eq!(logged(quiet).await, "", "{quiet}");
    }
    let info = logged("log_config = { enabled = true, level = 'INFO' }").await;
    assert!(info.contains("INFO") && !info.contains("GET /v1/balance"), "{info}");
    assert!(logged("log_config = { enabled = true, level = 'DEBUG' }").await.contains("GET /v1/balance"));
}

#[tokio::test]
async fn keys_come_from_where_secrets_says() {
    let server = Server::answering(Answer::json(r#"{"object": "balance", "available": []}"#)).await;
    let home = Home::new("secrets");
    std::fs::create_dir(home.path().join("mount")).expect("a directory");
    std::fs::write(home.path().join("mount/stripe-api-key"), "sk_test_of_a_file\n").expect("a file");
    std::fs::write(home.path().join("mount/other.2"), "sk_test_of_another\n").expect("a file");
    home.write("dir.toml", "secrets = 'dir:mount'\napi_key_secret = 'other'\napi_key_secret_version = 2\n");
    let url = server.url();
    let check = async |options: &[&str], key: Option<&str>| {
        let all = [&["check", "--json", "--api-base", &url], options].concat();
        let path = std::env::var("PATH").unwrap_or_default();
        let call = Call::new(all).home(&home).env("PATH", &path);
        key.into_iter().fold(call, Call::key).run().await
    };
    for (options, key, place) in [
        (&["--secrets", "env"][..], "sk_test_of_the_environment", "the environment variable STRIPE_API_KEY"),
        (&["--secrets", "dir:mount"], "sk_test_of_a_file", "mount/stripe-api-key"),
        (&["--connection", "dir.toml"], "sk_test_of_another", "mount/other/2 or mount/other.2"),
        (
            &["--secrets", "command:sh -c 'echo sk_test_of_$0' {name}"],
            "sk_test_of_stripe-api-key",
            "the command `sh`",
        ),
    ] {
        let told = check(options, Some("sk_test_of_the_environment")).await.done();
        assert!(told["key"].as_str().is_some_and(|key| key.contains(place)), "{told}");
        assert!(!told.to_string().contains("echo"), "{told}");
        let bearer = format!("Bearer {key}");
        assert_eq!(
            server.received().last().and_then(|sent| sent.header("authorization")),
            Some(bearer.as_str())
        );
    }
    let asked = server.received().len();
    // A store that is named has to have the key: neither the environment's nor a filler stands in for it.
    let ran = check(&["--secrets", "dir:mount", "--connection", "dir.toml"], None).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    home.write("none.toml", "api_key_secret = 'none'\n");
    let ran = check(&["--secrets", "dir:mount", "--connection", "none.toml"], Some(KEY)).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let told = ran.json();
    assert_eq!((&told["readiness"], &told["status"]), (&json!("auth-error"), &Value::Null));
    let what = told["whatToDo"].as_str().expect("text");
    assert!(what.starts_with("let the file mount/none") && what.contains("sk_..."), "{what}");
    for wrong in ["vault", "dir:", "command:", "command:a 'b"] {
        let ran = check(&["--secrets", wrong], Some(KEY)).await;
        assert!(ran.code == Some(2) && ran.stderr.contains("--secrets"), "{wrong}: {ran:?}");
    }
    assert_eq!(server.received().len(), asked + 1);

    std::fs::write(home.path().join("mount/stripe-api-key"), "sk_live_canary").expect("a file");
    let demo = Call::new(["demo", "--api-base", &url, "--secrets", "dir:mount"]).home(&home).run().await;
    assert_eq!(demo.code, Some(2), "{demo:?}");
    for word in ["mount/stripe-api-key", "holds no test key"] {
        assert!(demo.stderr.contains(word), "{word}: {}", demo.stderr);
    }
    assert!(!demo.stderr.contains("canary"), "{}", demo.stderr);
}

#[tokio::test]
async fn without_the_proxy_that_the_file_names_nothing_is_sent() {
    let stage = Stage::new().await;
    let base = stage.sandbox.url();
    let file = File::new(
        "proxy.toml",
        "proxy_enabled = true\nproxy_host = '127.0.0.1'\nproxy_port = 1\nmax_retries = 0\n",
    );
    let ran =
        Call::new(["get", "Balance", "--connection", file.path(), "--api-base", &base]).key(KEY).run().await;
    assert!(ran.code == Some(1) && ran.stderr.contains("the proxy http://127.0.0.1:1 cannot"), "{ran:?}");
    assert_eq!(stage.lines(), [""; 0]);
}
