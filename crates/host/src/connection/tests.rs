use super::*;

fn read(file: &str, environment: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(Some(file), environment.iter().map(|(name, value)| (name.into(), value.into())))
}

fn said(config: &Config) -> Vec<(&str, &str)> {
    config.said().collect()
}

/// Each mistake as it is told, without the line above them.
fn mistakes(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let told = read(file, environment).expect_err(file).to_string();
    told.lines().skip(1).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn values_may_be_text_numbers_and_truths() {
    let config = read(
        "verbosity = \"3\"\nproxy_enabled = \"FALSE\"\naccount_id = \"acct_1\"\nconnector_version = 1\nmax_scan = 0x10\n\
         [log_config]\nenabled = true\nlevel = \"info\"\n[labels]\nteam = \"payments\"\nstage = 2\n",
        &[],
    )
    .unwrap();
    let expected = [
        ("labels.stage", "2"),
        ("labels.team", "payments"),
        ("connector_version", "1"),
        ("log_config.enabled", "true"),
        ("log_config.level", "INFO"),
        ("verbosity", "3"),
        ("account_id", "acct_1"),
        ("proxy_enabled", "false"),
        ("max_scan", "16"),
    ];
    assert_eq!(said(&config), expected);
    assert!(config.is_on("log_config.enabled") && !config.is_on("proxy_enabled"));
    assert_eq!((config.number("max_scan"), config.number("max_retries")), (Some(16), Some(2)));
    let component: Vec<_> = config.for_component().into_iter().map(|(name, _)| name).collect();
    assert_eq!(component, ["verbosity", "account_id", "max_scan"]);
}

#[test]
fn all_mistakes_come_at_once_with_their_places() {
    let file = "name = \"Stripe_1\"\nverbosity = 9\nmax_scna = 1\n\nlog_level = \"INFO\"\nsearch = \"maybe\"\n\
                node_config.min_node_count = 60\nlabels = 5\nlog_config = \"INFO\"\naccount_id = [1]\nwhatever = 1\n\
                description = 2026-01-01\n";
    let expected = [
        "line:1:8: `name` must be lower-case letters, digits and hyphens, at most 49, with a letter first and a letter \
         or digit last",
        "line:2:13: `verbosity` must be a whole number from 1 to 5",
        "line:3:1: `max_scna` is no setting, `max_scan` is",
        "line:5:1: `log_level` is no setting, `log_config.level` is",
        "line:6:10: `search` must be `off` or `on`",
        "line:7:30: `node_config.min_node_count` is 60, and must be at most `node_config.max_node_count`, which is 50",
        "line:8:10: `labels` must be NAME = VALUE pairs in a table",
        "line:9:14: `log_config` must be a table: `log_config.enabled`, `log_config.level`",
        "line:10:14: `account_id` must be one text, number or truth, and is an array",
        "line:11:1: `whatever` is no setting",
        "line:12:15: `description` must be one text, number or truth, and is a date or a time",
    ];
    assert_eq!(mistakes(file, &[]), expected);
}

#[test]
fn what_is_no_toml_is_said_beside_the_rest() {
    let told = mistakes("verbosity = \nsearch = \"maybe\"\naccount_id = \"acct_1\nsearch = \"on\"\n", &[]);
    assert!(told[0].starts_with("line:1:"), "{told:?}");
    assert!(told.iter().any(|told| told == "line:2:10: `search` must be `off` or `on`"), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("line:3:")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("line:4:") && told.contains("duplicate")), "{told:?}");
}

#[test]
fn secrets_are_not_repeated() {
    for file in [
        "api_key_secret = \"sk_live_canary\"",
        "api_key_secret = sk_live_canary",
        "api_key = \"rk_test_canary\"",
        "description = \"it is sk_live_canary\"",
        "sk_live_canary = 1",
        "[labels]\nsk_live_canary = 1",
        "[labels]\nteam = \"whsec_canary\"",
        "api_base = \"https://user:canary@example.com\"",
        "secrets = \"dir:/run/sk_live_canary\"",
        "account_id = { sk_live_canary = 1 }",
    ] {
        let wrong = read(file, &[]).expect_err(file);
        assert!(!format!("{wrong} {wrong:?}").contains("canary"), "{file}: {wrong}");
    }
    let wrong = read("", &[("STRIPE_CONNECTOR_API_KEY_SECRET", "sk_live_canary")]).unwrap_err();
    assert!(!format!("{wrong} {wrong:?}").contains("canary"), "{wrong}");
}

#[test]
fn the_environment_wins() {
    let environment = [
        ("STRIPE_CONNECTOR_ACCOUNT_ID", "acct_2"),
        ("STRIPE_CONNECTOR_LOG_CONFIG_LEVEL", "DEBUG"),
        ("STRIPE_CONNECTOR_LABELS", "team=a, stage = b"),
        ("STRIPE_CONNECTOR_VERBOSITY", ""),
        ("STRIPE_CONNECTOR_SERVICE_HOST", "10.0.0.1"),
        ("STRIPE_CONNECTOR_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("ACCOUNT_ID", "acct_3"),
    ];
    let config = read("account_id = \"acct_1\"\nverbosity = 2\nlabels.old = \"x\"\n", &environment).unwrap();
    let expected = [
        ("labels.team", "a"),
        ("labels.stage", "b"),
        ("log_config.level", "DEBUG"),
        ("verbosity", "2"),
        ("account_id", "acct_2"),
    ];
    assert_eq!(said(&config), expected);

    let told = mistakes("", &[("STRIPE_CONNECTOR_VERBOSITY", "9"), ("STRIPE_CONNECTOR_ACOUNT_ID", "acct_1")]);
    let expected = [
        "environment variable STRIPE_CONNECTOR_VERBOSITY: `verbosity` must be a whole number from 1 to 5",
        "environment variable STRIPE_CONNECTOR_ACOUNT_ID: it is no setting's, STRIPE_CONNECTOR_ACCOUNT_ID is",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_says_nothing_is_not_said() {
    let config = read("account_id = \"\"\nproxy_enabled = \"\"\nverbosity = \"\"\n", &[]).unwrap();
    assert_eq!(said(&config), []);
    assert_eq!(config.get("verbosity"), Some("1"));
    assert_eq!(config.get("account_id"), None);
}

#[test]
fn a_proxy_needs_what_it_needs() {
    let told =
        mistakes("proxy_enabled = true\nproxy_auth_scheme = \"DIGEST\"\nproxy_ssltype = \"NEVER\"\n", &[]);
    let expected = [
        "line:1:17: `proxy_enabled` needs `proxy_host`, which is not given",
        "line:1:17: `proxy_enabled` needs `proxy_port`, which is not given",
        "line:2:21: `proxy_auth_scheme` needs `proxy_user`, which is not given",
        "line:2:21: `proxy_auth_scheme` needs `proxy_password`, which is not given",
        "line:3:17: `proxy_ssltype` must be `AUTO`, `ALWAYS` or `TUNNEL` where the API's URL is https: with `NEVER` the \
         proxy would read the key",
    ];
    assert_eq!(told, expected);
    let whole = "proxy_enabled = true\nproxy_host = \"proxy\"\nproxy_port = 3128\nproxy_ssltype = \"NEVER\"\n\
                 api_base = \"http://127.0.0.1:12111\"\n";
    assert!(read(whole, &[]).is_ok());
}

#[test]
fn a_proxy_s_user_is_known_by_a_scheme() {
    const PROXY: &str = "proxy_enabled = true\nproxy_host = \"p\"\nproxy_port = 3128\n";
    assert!(read(PROXY, &[]).unwrap().proxy().unwrap().is_some());
    assert!(read(&PROXY.replace("true", "false"), &[]).unwrap().proxy().unwrap().is_none());
    let told = mistakes(&format!("{PROXY}proxy_user = \"u\"\n"), &[]);
    let expected =
        ["line:4:14: `proxy_user` needs `proxy_auth_scheme`, which is not given: `BASIC` or `DIGEST`"];
    assert_eq!(told, expected);
    assert!(read(&format!("{PROXY}proxy_user = \"u\"\nproxy_auth_scheme = \"NONE\"\n"), &[]).is_ok());
    let login = format!("{PROXY}proxy_user = \"a:b\"\nproxy_password = \"s\"\nproxy_auth_scheme");
    assert!(read(&format!("{login} = \"DIGEST\"\n"), &[]).is_ok());
    let told = mistakes(&format!("{login} = \"BASIC\"\n"), &[]);
    assert_eq!(told, ["line:4:14: `proxy_user` must hold no control characters, and no colon with `BASIC`"]);
}

#[test]
fn never_is_refused_where_any_base_is_https() {
    let never = "proxy_enabled = true\nproxy_host = \"p\"\nproxy_port = 1\nproxy_ssltype = \"NEVER\"\n\
                 api_base = \"http://127.0.0.1:1\"\n";
    let mut config = read(never, &[]).unwrap();
    let mixed = format!("{never}files_base = \"https://files.stripe.com\"\n");
    assert!(mistakes(&mixed, &[])[0].starts_with("line:4:17: `proxy_ssltype` must"));
    // An option may say afterwards where the API is.
    config.set("api_base", "https://api.stripe.com");
    assert!(config.proxy().is_err());
}

#[test]
fn the_limit_is_this_process_s_own_or_shared_by_name() {
    let limit = |file: &str| read(file, &[]).map(|config| config.throttle().map(|_| ()));
    assert_eq!(limit("throttle_waiting = 0\n"), Ok(Ok(())));
    let told = mistakes("throttle_redis_gone = \"local\"\nthrottle_redis_password_secret = \"s\"\n", &[]);
    let expected = [
        "line:1:23: `throttle_redis_gone` needs `throttle_redis_url`, which is not given",
        "line:2:34: `throttle_redis_password_secret` needs `throttle_redis_url`, which is not given",
    ];
    assert_eq!(told, expected);
}

#[cfg(feature = "redis")]
#[test]
fn a_shared_limit_has_a_name_and_a_url() {
    let config = read(
        "name = \"payments\"\nthrottle_redis_url = \"rediss://connector@cache.example/1\"\n\
         throttle_redis_password_secret = \"cache\"\nthrottle_redis_gone = \"local\"\n\
         node_config.max_node_count = 4\nthrottle_ahead_ms = 1500\n",
        &[],
    )
    .unwrap();
    let told = format!("{:?}", config.shared().unwrap().unwrap());
    for word in ["cache.example:6379", "Local", "nodes_min: 2", "nodes_max: 4", "ahead: 1.5s"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let told = mistakes("throttle_redis_url = \"redis://cache.example\"\n", &[]);
    assert_eq!(
        told,
        [
            "line:1:22: `throttle_redis_url` needs `name`, which is not given: connections of one name share a limit"
        ]
    );
    let told = mistakes("name = \"a\"\nthrottle_redis_url = \"redis://:hunter2@cache.example\"\n", &[]);
    assert!(told.len() == 1 && told[0].contains("must hold no password"), "{told:?}");
    assert!(!told[0].contains("hunter2"));
}

#[cfg(not(feature = "redis"))]
#[test]
fn a_host_without_redis_says_so() {
    let told = mistakes("name = \"a\"\nthrottle_redis_url = \"redis://cache.example\"\n", &[]);
    assert!(told[0].contains("built without its feature `redis`"), "{told:?}");
}

#[test]
fn extra_roots_are_a_file_of_certificates() {
    let directory = crate::testing::Directory::new();
    let file = directory.path().join("roots.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let named = |file: &Path| format!("extra_roots = '{}'\n", file.display());
    for (file, why) in [
        (file.as_path(), "hold no certificate"),
        (Path::new("/no/such/file"), "No such file"),
        (directory.path(), "directory"),
    ] {
        let told = mistakes(&format!("verbosity = 9\n{}", named(file)), &[]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[1].starts_with("line:2:15: `extra_roots` must name a file of certificates as PEM; `"),
            "{told:?}"
        );
        assert!(told[1].contains(why) && told[1].contains(&*file.to_string_lossy()), "{told:?}");
    }
}

#[test]
fn the_host_s_settings_are_none_of_the_component() {
    let names = ["account_id", "name", "proxy_enabled", "own"];
    let settings = names.map(|name| (name.to_owned(), String::new()));
    let told = misplaced(&settings);
    assert!(told.len() == 1 && told[0].starts_with("`proxy_enabled`"), "{told:?}");
}

#[test]
fn a_set_value_overrides() {
    let mut config = read("account_id = \"acct_1\"\nverbosity = 2\n", &[]).unwrap();
    config.set("account_id", "acct_2");
    config.set("name", "payments");
    assert_eq!(said(&config), [("name", "payments"), ("verbosity", "2"), ("account_id", "acct_2")]);
    assert!(config.throttle().is_ok());
    config.set("throttle_waiting", "many");
    let told = config.throttle().err().unwrap().to_string();
    assert!(told.contains("`throttle_waiting` must be a whole number from 0 to 100000"), "{told}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let told = Config::load(Some(Path::new("/no/such/file"))).unwrap_err().to_string();
    assert!(told.contains("/no/such/file: No such file"), "{told}");
}

#[test]
fn every_setting_has_a_variable_of_its_own() {
    let mut variables: Vec<_> = SETTINGS.iter().map(|setting| variable(setting.name)).collect();
    variables.sort_unstable();
    variables.dedup();
    assert_eq!(variables.len(), SETTINGS.len());
    let schema = schema();
    for setting in SETTINGS {
        let path = format!("/properties/{}", setting.name.replace('.', "/properties/"));
        assert_eq!(
            schema.pointer(&path).map(|own| &own["description"]),
            Some(&setting.about.into()),
            "{path}"
        );
    }
}
