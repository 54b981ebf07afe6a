//! `stripe-connector completions`: shells load what it prints, and complete with it.

use std::process::{Command, Stdio};

use host_tests::command::{Call, File};

async fn script(shell: &str) -> String {
    let ran = Call::new(["completions", shell]).run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{shell}");
    ran.stdout
}

/// What bash offers for the last of these words.
fn offered(script: &File, words: &[&str]) -> Vec<String> {
    // Bash calls the function that `complete` names, with the words in these variables.
    let program = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        function=$(complete -p stripe-connector | sed 's/.*-F \([^ ]*\).*/\1/')
        "$function" stripe-connector "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let bash = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", program, "bash", script.path(), "stripe-connector"])
        .args(words)
        .output()
        .expect("bash");
    assert_eq!(String::from_utf8_lossy(&bash.stderr), "", "{words:?}");
    String::from_utf8_lossy(&bash.stdout).lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn bash_completes() {
    let script = File::new("completions.bash", script("bash").await);
    assert_eq!(offered(&script, &["li"]), ["list"]);
    assert_eq!(offered(&script, &["list", "--exp"]), ["--explain", "--expand"]);
    let customers = offered(&script, &["list", "Cust"]);
    for name in ["Customer", "CustomerTaxId"] {
        assert!(customers.iter().any(|own| own == name), "{name}: {customers:?}");
    }
    assert!(customers.iter().all(|name| name.starts_with("Cust")), "{customers:?}");
    // An entity is offered for what can be done with it.
    assert_eq!(offered(&script, &["get", "Event"]), ["Event"]);
    assert_eq!(offered(&script, &["delete", "Event"]), [""; 0]);
    assert_eq!(offered(&script, &["run", "AcceptQ"]), ["AcceptQuote"]);
    assert_eq!(offered(&script, &["actions", "AcceptQ"]), ["AcceptQuote"]);
    assert_eq!(offered(&script, &["completions", "ba"]), ["bash"]);
}

/// Loads a script in a shell that checks it without running it; a shell that is not there checks nothing.
fn is_sound(shell: &str, arguments: &[&str], script: &File) {
    let run = Command::new(shell).args(arguments).arg(script.path()).stdin(Stdio::null()).output();
    match run {
        Ok(ran) => assert!(ran.status.success(), "{shell}: {}", String::from_utf8_lossy(&ran.stderr)),
        Err(error) => println!("{shell} is not here: {error}"),
    }
}

#[tokio::test]
async fn every_shell_has_a_script() {
    for (shell, check) in [
        ("zsh", &["-n"][..]),
        ("fish", &["--no-execute"]),
        ("elvish", &["-compileonly"]),
        ("powershell", &[]),
    ] {
        let text = script(shell).await;
        assert!(text.contains("stripe-connector") && text.contains("idempotency-key"), "{shell}");
        // The others complete subcommands and options.
        assert_eq!(text.contains("AcceptQuote"), matches!(shell, "zsh" | "fish"), "{shell}");
        if !check.is_empty() {
            is_sound(shell, check, &File::new(&format!("completions.{shell}"), text));
        }
    }
    let wrong = Call::new(["completions", "tcsh"]).run().await;
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("powershell"), "{}", wrong.stderr);
}
