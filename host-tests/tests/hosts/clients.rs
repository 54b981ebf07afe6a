//! Clients of the connectors v2 API that others wrote, which call everything a service has.

use host_tests::tools;

/// Google's client for Python, from beginning to end.
pub async fn python(url: String, token: Option<&'static str>) {
    let walk = move || {
        let mut python = tools::google();
        python.arg(tools::script("google/walk.py")).arg(url);
        if let Some(token) = token {
            python.env("SERVICE_TOKEN", token);
        }
        python.output().expect("Python was run")
    };
    let ran = tokio::task::spawn_blocking(walk).await.expect("the walk came to its end");
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("26 methods, 96 answers judged"), "the walk is as long as it was: {stdout}");
}
