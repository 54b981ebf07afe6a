//! Clients of the connectors v2 API that others wrote, which call everything a service has.

use std::process::Command;

use host_tests::command::Home;
use host_tests::tools;

/// Google's client for Python, from beginning to end.
pub async fn python(url: String, token: Option<&'static str>) {
    let mut walk = tools::google();
    walk.arg(tools::script("google/walk.py")).arg(url);
    let printed = printed(walk, token).await;
    assert!(printed.contains("26 methods, 96 answers judged"), "the walk is as long as it was: {printed}");
}

/// Google's client for Node, which has fewer methods. What it was answered is judged in the same way.
pub async fn node(url: String, token: Option<&'static str>) {
    let home = Home::new("answers");
    let answers = home.path().join("answers.jsonl");
    let mut walk = tools::google_node();
    walk.arg(tools::script("google_node/walk.mjs")).arg(url).arg(&answers);
    let walked = printed(walk, token).await;
    assert!(walked.contains("21 methods, 95 answers recorded"), "the walk is as long as it was: {walked}");
    let mut judge = tools::google();
    judge.arg(tools::script("google/judge.py")).arg(&answers);
    let judged = printed(judge, None).await;
    assert!(judged.contains("95 answers judged"), "{judged}");
}

/// What a program prints that succeeds.
async fn printed(mut command: Command, token: Option<&str>) -> String {
    if let Some(token) = token {
        command.env("SERVICE_TOKEN", token);
    }
    let ran = tokio::task::spawn_blocking(move || command.output().expect("it was run")).await;
    let ran = ran.expect("it came to its end");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{stdout}{stderr}");
    stdout.into_owned()
}
