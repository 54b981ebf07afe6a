//! What `/openapi.json` describes is what is served: schemathesis makes requests of it, good and bad, and judges the
//! status, type and body of every answer.

use host_tests::command::{File, Home};
use host_tests::serving::Serving;
use host_tests::stage::Stage;
use host_tests::tools;

const TOKEN: &str = "token-filler-of-host-tests";
const CONFIG: &str = include_str!("../../tools/schemathesis/schemathesis.toml");

/// A place in the rate limit is not what is judged here.
const UNTHROTTLED: &str = "[node_config]\nmin_node_count = 1000\nmax_node_count = 1000\n";

/// Names of what there is, among 200 customers.
const KNOWN: &str = "\n[parameters]
\"path.entityTypesId\" = \"Customer\"
\"path.entitiesId\" = \"cus_123\"
\"path.actionsId\" = \"ConfirmPaymentIntent\"
\"path.toolsId\" = \"list_Customer\"
\"query.conditions\" = \"Email = '3@example.com'\"\n";

/// How many calls went well of those that it made.
async fn judged(name: &str, parameters: &str) -> u32 {
    let stage = Stage::new().await;
    stage.put_customers(200);
    let connection = File::new(&format!("{name}-connection.toml"), UNTHROTTLED);
    let serving =
        Serving::start(&stage.sandbox.url(), &["--connection", connection.path()], Some(TOKEN)).await;
    let home = Home::new(name);
    home.write("schemathesis.toml", format!("{CONFIG}{parameters}"));
    let mut command = tools::schemathesis();
    command.args(["--config-file", "schemathesis.toml", "run"]).arg(format!("{}/openapi.json", serving.url));
    command.env("SERVICE_TOKEN", TOKEN).current_dir(home.path());
    let ran = tokio::task::spawn_blocking(move || command.output().expect("schemathesis was run")).await;
    let ran = ran.expect("it came to its end");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("  Selected: 27/27\n  Tested: 27\n"), "it knows all operations: {stdout}");
    let cases = stdout.split_once("Test cases:\n  ").and_then(|(_, told)| told.split_once(" generated"));
    let (cases, _) = cases.unwrap_or_else(|| panic!("{stdout}"));
    assert!(cases.parse::<u32>().is_ok_and(|cases| cases > 1000), "{cases} cases");
    serving.served().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_with_any_names() {
    assert!(judged("any", "").await > 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_with_names_of_what_there_is() {
    assert!(judged("known", KNOWN).await > 100);
}
