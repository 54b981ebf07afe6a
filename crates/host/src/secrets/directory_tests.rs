use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::secrets::DEFAULT_SECRET;
use crate::testing::Directory;

fn put(directory: &Directory, file: &str, secret: &str) {
    let path = directory.path().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, secret).unwrap();
}

async fn get(directory: &Directory, name: &str, version: &str) -> Result<String, SecretError> {
    let secret = DirSecrets::new(directory.path()).get(name, version).await?;
    Ok(String::from_utf8(secret.expose().to_vec()).unwrap())
}

#[tokio::test]
async fn a_file_by_name_and_version() {
    let mount = Directory::new();
    put(&mount, "flat", "sk_test_flat\n");
    put(&mount, "flat.2", "sk_test_flat_2");
    put(&mount, "deep/latest", "sk_test_deep");
    put(&mount, "deep/7", "sk_test_deep_7");
    put(&mount, "empty", "\n");
    for (name, version, secret) in [
        ("flat", LATEST, "sk_test_flat"),
        ("flat", "2", "sk_test_flat_2"),
        ("deep", LATEST, "sk_test_deep"),
        ("deep", "7", "sk_test_deep_7"),
    ] {
        assert_eq!(get(&mount, name, version).await.as_deref(), Ok(secret), "{name} {version}");
    }
    for (name, version) in [("flat", "1"), ("deep", "8"), ("empty", LATEST), ("other", LATEST)] {
        assert_eq!(get(&mount, name, version).await, Err(SecretError::NotFound), "{name} {version}");
    }
}

#[tokio::test]
async fn no_name_leads_out_of_the_directory() {
    let outside = Directory::new();
    put(&outside, "key", "sk_test_outside");
    put(&outside, "mount/inside", "sk_test_inside");
    let mount = DirSecrets::new(outside.path().join("mount"));
    let absolute = outside.path().join("key");
    let absolute = absolute.to_str().unwrap();
    for name in ["../key", "..", ".", "", absolute, "inside/../../key", "..\\key", "key\0", "x/../../key"] {
        for (name, version) in [(name, LATEST), ("inside", name)] {
            assert_eq!(mount.get(name, version).await, Err(SecretError::NotFound), "{name} {version}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_out_of_the_directory_is_denied() {
    use std::os::unix::fs::symlink;
    let outside = Directory::new();
    put(&outside, "key", "sk_test_outside");
    put(&outside, "mount/real", "sk_test_inside");
    let mount = outside.path().join("mount");
    symlink("../key", mount.join("relative")).unwrap();
    symlink(outside.path().join("key"), mount.join("absolute")).unwrap();
    symlink(outside.path(), mount.join("directory")).unwrap();
    symlink("real", mount.join("link")).unwrap();
    symlink("nowhere", mount.join("dangling")).unwrap();
    let secrets = DirSecrets::new(&mount);
    for (name, version) in [("relative", LATEST), ("absolute", LATEST), ("directory", "key")] {
        assert_eq!(secrets.get(name, version).await, Err(SecretError::Denied), "{name}");
    }
    assert_eq!(secrets.get("link", LATEST).await, Ok(SecretBytes::new("sk_test_inside")));
    assert_eq!(secrets.get("dangling", LATEST).await, Err(SecretError::NotFound));
    // The directory itself may be a link, as `/run` often is.
    symlink(&mount, outside.path().join("run")).unwrap();
    let linked = DirSecrets::new(outside.path().join("run"));
    assert_eq!(linked.get("real", LATEST).await, Ok(SecretBytes::new("sk_test_inside")));
}

/// A volume as the kubelet writes it: the files of one generation in a directory of their own, which `..data` links to.
#[cfg(unix)]
struct Volume(Directory);

#[cfg(unix)]
impl Volume {
    fn new(key: &str) -> Self {
        let volume = Self(Directory::new());
        volume.swap("1", key);
        std::os::unix::fs::symlink("..data/stripe-api-key", volume.0.path().join(DEFAULT_SECRET)).unwrap();
        volume
    }

    /// Puts the next generation in place of the present one, which goes.
    fn swap(&self, generation: &str, key: &str) {
        let root = self.0.path();
        let before = fs::read_link(root.join("..data")).ok();
        put(&self.0, &format!("..{generation}/stripe-api-key"), key);
        std::os::unix::fs::symlink(format!("..{generation}"), root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
        if let Some(before) = before {
            fs::remove_dir_all(root.join(before)).unwrap();
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_volume_of_kubernetes_is_swapped_under_readers() {
    let volume = Volume::new("sk_test_0");
    assert_eq!(get(&volume.0, DEFAULT_SECRET, LATEST).await.as_deref(), Ok("sk_test_0"));
    let secrets = DirSecrets::new(volume.0.path());
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let key = secrets.get(DEFAULT_SECRET, LATEST).await.expect("a key, whatever is swapped");
                let text = String::from_utf8(key.expose().to_vec()).unwrap();
                let number: u32 =
                    text.strip_prefix("sk_test_").and_then(|n| n.parse().ok()).expect("a whole key");
                assert!(number >= last, "{number} after {last}");
                last = number;
            }
        }
    });
    for number in 2..300 {
        volume.swap(&number.to_string(), &format!("sk_test_{number}"));
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    done.store(true, Ordering::Relaxed);
    reader.await.unwrap();
    assert_eq!(get(&volume.0, DEFAULT_SECRET, LATEST).await.as_deref(), Ok("sk_test_299"));
}

#[tokio::test]
async fn what_is_no_secret_is_said() {
    let mount = Directory::new();
    put(&mount, "huge", &"x".repeat(MAX_SECRET + 1));
    let told = get(&mount, "huge", LATEST).await.unwrap_err().to_string();
    assert!(told.contains("huge") && told.contains("65536 bytes"), "{told}");
    put(&mount, "full", &"x".repeat(MAX_SECRET));
    assert_eq!(get(&mount, "full", LATEST).await.map(|key| key.len()), Ok(MAX_SECRET));

    let gone = DirSecrets::new(mount.path().join("not-mounted"));
    let told = gone.get(DEFAULT_SECRET, LATEST).await.unwrap_err().to_string();
    assert!(told.contains("there is no directory") && told.contains("not-mounted"), "{told}");
    let place = DirSecrets::new("/run/secrets").place(DEFAULT_SECRET, "2");
    assert_eq!(place, "the file /run/secrets/stripe-api-key/2 or /run/secrets/stripe-api-key.2");
}
