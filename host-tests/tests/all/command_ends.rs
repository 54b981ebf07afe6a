//! How a command ends where its end is hard to tell.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host_tests::command::{Call, Ran, binary, signal};
use host_tests::server::{Answer, Server, message};
use host_tests::stage::{KEY, Stage};
use host_tests::wire::{Step, Wire};

/// The command by a shell, which does something first.
fn shell(first: &str, redirect: &str, arguments: &[&str]) -> Command {
    let script = format!("{first} exec \"$0\" \"$@\" {redirect}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(binary()).args(arguments).env_clear().env("STRIPE_API_KEY", KEY);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn run(mut command: Command) -> Ran {
    let child = command.spawn().expect("a shell");
    tokio::task::spawn_blocking(|| Ran::of(child)).await.expect("its end")
}

async fn until(so: impl Fn() -> bool) {
    let started = Instant::now();
    while !so() {
        assert!(started.elapsed() < Duration::from_secs(60), "it does not come to that");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Its exit code, if it ends in time.
async fn code(mut child: Child) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().expect("a status") {
            return status.code();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().expect("it is there");
    panic!("it goes on");
}

/// A server that answers nothing, and a change that waits for it.
async fn waiting(mut command: Command, server: &Server) -> Child {
    let child = command.spawn().expect("a shell");
    until(|| !server.received().is_empty()).await;
    child
}

async fn silent() -> (Server, String) {
    let server = Server::answering(Answer::Silence).await;
    let url = server.url();
    (server, url)
}

#[tokio::test]
async fn a_change_whose_answer_was_cut_is_open() {
    let cut = message("200 OK", &[], &[b'{'; 100])[..120].to_vec();
    let wire = Wire::start(move |connection| match connection {
        1 => vec![Step::Read, Step::Write(cut.clone())],
        _ => vec![Step::Read, Step::Silence],
    })
    .await;
    let update = ["update", "Customer", "cus_1", r#"{"Name": "Jenny"}"#, "--api-base"];
    let child = Call::new(update.into_iter().chain([wire.url().as_str()])).key(KEY).spawn();
    until(|| wire.connections().len() == 2).await;
    signal(&child, "INT");
    let ran = tokio::task::spawn_blocking(|| Ran::of(child)).await.expect("its end");
    assert!(ran.stderr.contains("ended by Ctrl-C; 1 change was left open"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_cannot_be_shown_can_be_repeated() {
    let stage = Stage::new().await;
    let url = stage.sandbox.url();
    for more in [&[][..], &["--json"], &["--row"]] {
        let create = [&["create", "Customer", "{}", "--api-base", &url], more].concat();
        let ran = run(shell("", "> /dev/full", &create)).await;
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let sent = stage.sent().remove(0);
        let key = host_tests::stage::header(&sent, "idempotency-key").expect("a key").to_owned();
        let repeat = format!("repeat the same command with --idempotency-key {key} within 24 hours");
        assert!(ran.stderr.contains("cannot be written") && ran.stderr.contains(&repeat), "{}", ran.stderr);
    }
    let ran = run(shell("", "> /dev/full", &["list", "Customer", "--api-base", &url])).await;
    assert!(ran.stderr.contains("cannot be written") && !ran.stderr.contains("repeat"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_message_that_nobody_reads_holds_nothing() {
    for json in [false, true] {
        let (server, url) = silent().await;
        let (reader, mut writer) = io::pipe().expect("a pipe");
        // As much as a pipe takes.
        writer.write_all(&[b'x'; 65536]).expect("room");
        let create = ["create", "Customer", "{}", "--api-base", &url, "--json"];
        let mut command = shell("", "", &create[..if json { 6 } else { 5 }]);
        if json {
            command.stdout(writer)
        } else {
            command.stderr(writer)
        };
        let child = waiting(command, &server).await;
        signal(&child, "INT");
        assert_eq!(code(child).await, Some(130));
        drop(reader);
    }
}

#[tokio::test]
async fn signals_are_heard_unless_they_are_to_be_ignored() {
    let (server, url) = silent().await;
    let create = ["create", "Customer", "{}", "--api-base", &url];
    let child = waiting(shell("", "", &create), &server).await;
    signal(&child, "HUP");
    let ran = tokio::task::spawn_blocking(|| Ran::of(child)).await.expect("its end");
    assert_eq!(ran.code, Some(129));
    assert!(ran.stderr.contains("ended by SIGHUP; 1 change was left open"), "{}", ran.stderr);

    let (server, url) = silent().await;
    let create = ["create", "Customer", "{}", "--api-base", &url];
    let mut child = waiting(shell("trap '' INT HUP;", "", &create), &server).await;
    signal(&child, "INT");
    signal(&child, "HUP");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(child.try_wait().expect("a status").is_none(), "it goes on");
    signal(&child, "TERM");
    assert_eq!(code(child).await, Some(143));
}
