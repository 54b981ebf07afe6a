//! The command at a terminal: where it uses colours and where it does not, and what Ctrl-C leaves on the screen.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host_tests::command::{Call, Ran, binary};
use host_tests::server::{Answer, Received, Server};
use host_tests::stage::{KEY, Stage};
use serde_json::json;

/// Runs its arguments at a terminal of their own, which takes what comes on standard input for typed.
const TERMINAL: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

const RED_ERROR: &str = "\u{1b}[31m\u{1b}[1merror:\u{1b}[0m";

fn at_terminal(arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL]).arg(binary()).args(arguments).env_clear();
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("TERM", "xterm-256color").env("STRIPE_API_KEY", KEY).envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("Python 3")
}

/// What appears on the terminal: standard output and standard error.
async fn screen(child: Child) -> Ran {
    tokio::task::spawn_blocking(|| Ran::of(child)).await.expect("its end")
}

#[tokio::test]
async fn colours_are_for_terminals() {
    let stage = Stage::new().await;
    stage.put_customers(3);
    let base = stage.sandbox.url();
    let commands: [(&[&str], &str); 6] = [
        (&["--help"], "\u{1b}[1m\u{1b}[4mCommands:"),
        (&["lsit"], "\u{1b}[1m\u{1b}[31merror:"),
        (&["get", "Balance", "--connection", "/no/such/file"], RED_ERROR),
        (&["get", "Customer", "cus_none"], RED_ERROR),
        (&["get", "Customer", "cus_001", "-v"], "\u{1b}[32m INFO\u{1b}[0m"),
        (&["list", "Customer", "--columns", "Id,Name"], "\u{1b}[1mId"),
    ];
    for (arguments, expected) in commands {
        let arguments = [arguments, &["--api-base", &base]].concat();
        for (environment, colours) in [
            (&[][..], true),
            (&[("NO_COLOR", "")], true),
            (&[("NO_COLOR", "1")], false),
            (&[("TERM", "dumb")], false),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false),
        ] {
            let seen = screen(at_terminal(&arguments, environment)).await.stdout;
            assert_eq!(seen.contains(expected), colours, "{arguments:?} {environment:?}: {seen:?}");
            assert!(colours || !seen.contains('\u{1b}'), "{arguments:?} {environment:?}: {seen:?}");
        }
        // What goes elsewhere has colours by order only.
        for forced in [false, true] {
            let call = Call::new(&arguments).key(KEY);
            let call = if forced { call.env("CLICOLOR_FORCE", "1") } else { call };
            let ran = call.run().await;
            let printed = format!("{}{}", ran.stdout, ran.stderr);
            assert_eq!(printed.contains(expected), forced, "{arguments:?}: {printed:?}");
            assert!(forced || !printed.contains('\u{1b}'), "{arguments:?}: {printed:?}");
        }
    }
}

#[tokio::test]
async fn ctrl_c_clears_the_progress() {
    let server = Server::start(|request: Received| {
        let data: Vec<_> = (0..100).map(|n| json!({"id": format!("cus_{n}")})).collect();
        let page = json!({"object": "list", "has_more": true, "data": data}).to_string();
        let is_first = !request.line.contains("starting_after");
        std::future::ready(if is_first { Answer::json(&page) } else { Answer::Silence })
    })
    .await;
    let mut child = at_terminal(&["list", "Customer", "--all", "--api-base", &server.url()], &[]);
    let started = Instant::now();
    while server.received().len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "the second page is not asked for");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The progress shows after a second.
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    let mut typed = child.stdin.take().expect("standard input");
    typed.write_all(b"\x03").expect("Ctrl-C");
    let ran = screen(child).await;
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let (before, after) = ran.stdout.split_once(RED_ERROR).unwrap_or_else(|| panic!("{:?}", ran.stdout));
    assert!(before.contains("100 rows"), "the progress: {before:?}");
    assert!(before.ends_with("\r\u{1b}[2K"), "it is gone: {before:?}");
    assert!(after.starts_with(" interrupted: ended by Ctrl-C\r\n"), "{after:?}");
}
