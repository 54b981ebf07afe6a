use super::*;
use crate::secrets::{DEFAULT_SECRET, LATEST};
use crate::testing::Directory;

fn shell(script: &str) -> CommandSecrets {
    CommandSecrets::new("sh", ["-c", script, "sh", "{name}", "{version}"])
}

async fn get(secrets: &CommandSecrets) -> Result<SecretBytes, SecretError> {
    secrets.get(DEFAULT_SECRET, LATEST).await
}

#[tokio::test]
async fn the_command_knows_what_is_asked_for() {
    let echo = shell("echo \"$1/$2/$SECRET_NAME/$SECRET_VERSION\"");
    let told = echo.get("stripe-live", "7").await;
    assert_eq!(told, Ok(SecretBytes::new("stripe-live/7/stripe-live/7")));
    for (name, version) in
        [("--help", LATEST), ("a/b", LATEST), ("$(id)", LATEST), ("a", ""), ("a b", LATEST)]
    {
        assert_eq!(echo.get(name, version).await, Err(SecretError::NotFound), "{name} {version}");
    }
}

#[tokio::test]
async fn how_it_ends_says_what_that_means() {
    assert_eq!(get(&shell("echo")).await, Err(SecretError::NotFound));
    assert_eq!(get(&shell("exit 66")).await, Err(SecretError::NotFound));
    assert_eq!(get(&shell("echo sk_test_1; exit 77")).await, Err(SecretError::Denied));
    for (script, why) in [
        ("echo sk_test_canary >&2; echo sk_test_canary; exit 1", "exit status: 1"),
        ("kill -9 $$", "signal: 9"),
        ("head -c 70000 /dev/zero; sleep 60", "over 65536 bytes"),
    ] {
        let told = get(&shell(script)).await.unwrap_err().to_string();
        assert!(told.contains(why) && told.contains("`sh`") && !told.contains("canary"), "{told}");
    }
    let missing = CommandSecrets::new("/no/such/program", [""; 0]);
    let told = get(&missing).await.unwrap_err().to_string();
    assert!(told.contains("/no/such/program"), "{told}");
    assert!(!format!("{:?}", CommandSecrets::new("vault", ["--token=canary"])).contains("canary"));
}

#[tokio::test]
async fn its_time_is_limited() {
    let directory = Directory::new();
    let file = directory.path().join("late");
    let script = format!("sleep 1; touch {}", file.display());
    let slow = shell(&format!("{script}; echo sk_test_1")).timeout(Duration::from_millis(100));
    let told = get(&slow).await.unwrap_err().to_string();
    assert!(told.contains("over 100 ms"), "{told}");
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert!(!file.exists(), "it goes on after its time");
}

/// A command that counts its runs in a file and prints the number.
fn counting(directory: &Directory) -> CommandSecrets {
    let file = directory.path().join("runs");
    shell(&format!("echo >> {0}; sleep 0.1; wc -l < {0}", file.display()))
}

#[tokio::test]
async fn a_secret_is_kept_for_a_while() {
    let directory = Directory::new();
    let secrets = counting(&directory).keep(Duration::from_secs(2));
    let first = Ok(SecretBytes::new("1"));
    assert_eq!(get(&secrets).await, first);
    assert_eq!(get(&secrets.clone()).await, first);
    assert_eq!(secrets.get(DEFAULT_SECRET, "2").await, Ok(SecretBytes::new("2")));
    assert_eq!(secrets.kept.lock().await.len(), 2);
    let asked = Instant::now();
    while !secrets.kept.lock().await.is_empty() {
        assert!(asked.elapsed() < Duration::from_secs(20), "nothing is kept after its time");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(get(&secrets).await, Ok(SecretBytes::new("3")));

    let directory = Directory::new();
    let each = counting(&directory).keep(Duration::ZERO);
    assert_eq!(get(&each).await, first);
    assert_eq!(get(&each).await, Ok(SecretBytes::new("2")));
}

#[tokio::test]
async fn those_who_wait_share_an_answer() {
    let directory = Directory::new();
    let file = directory.path().join("runs");
    let failing = shell(&format!("echo >> {}; sleep 0.3; exit 1", file.display())).keep(Duration::ZERO);
    let waiting = (0..20).map(|_| {
        let failing = failing.clone();
        tokio::spawn(async move { get(&failing).await })
    });
    for waiting in waiting.collect::<Vec<_>>() {
        assert!(matches!(waiting.await.unwrap(), Err(SecretError::Unavailable(_))));
    }
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 1);
    // A failure is shared, not kept.
    get(&failing).await.unwrap_err();
}
