//! The proxy squid of Debian, as a process with a configuration of its own.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host_tests::command::Home;

use host_tests::authority::Authority;
use host_tests::stage::free_address;

pub const USER: &str = "jenny";
pub const PASSWORD: &str = "a test pass-word";

/// [`PASSWORD`], as `openssl passwd -apr1` writes it.
const HASHED: &str = "$apr1$tunnel00$p1jg75uvP6RXAhkjIFWWM/";

/// A name that nobody but this proxy resolves: to the machine itself.
pub const HIDDEN: &str = "api.stripe.test";

const HELPERS: &str = "/usr/lib/squid";

/// How it wants to know who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    None,
    Basic,
    Digest,
}

/// It ends when dropped.
pub struct Squid {
    child: Child,
    home: Home,
    pub port: u16,
    /// Where it takes TLS.
    pub tls_port: u16,
}

impl Squid {
    /// With a certificate of that authority for 127.0.0.1.
    pub fn start(auth: Auth, authority: &Authority) -> Self {
        let home = Home::new(&format!("squid-{auth:?}"));
        let (port, tls_port) = (free_address().port(), free_address().port());
        let issued = authority.issue(&["127.0.0.1"]);
        home.write("cert.pem", &issued.pem);
        home.write("key.pem", &issued.key_pem);
        home.write("basic", format!("{USER}:{HASHED}\n"));
        home.write("digest", format!("{USER}:{PASSWORD}\n"));
        home.write("hosts", format!("127.0.0.1 {HIDDEN}\n"));
        let directory = home.path().display().to_string();
        home.write("squid.conf", configuration(auth, &directory, port, tls_port));
        // Started by root, it becomes another user, who reads and writes here too.
        let everybody = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(home.path(), everybody).expect("a directory of ours");
        let squid = program();
        let mut child = Command::new(&squid)
            .args(["-N", "-n", &name(port), "-f", &format!("{directory}/squid.conf")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", squid.display()));
        let started = Instant::now();
        while [port, tls_port].iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            let ended = child.try_wait().expect("a process");
            if ended.is_some() || started.elapsed() > Duration::from_secs(30) {
                let log = std::fs::read_to_string(home.path().join("cache.log")).unwrap_or_default();
                let _ = child.kill();
                panic!("squid does not listen ({ended:?}): {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, home, port, tls_port }
    }

    /// Its log of what it was asked, which has a tunnel once it is over.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("access.log")).unwrap_or_default()
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        // It may have ended by itself. Its helpers end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let own = format!("{}-", name(self.port));
        for file in std::fs::read_dir(SHARED).into_iter().flatten().flatten() {
            if file.file_name().to_string_lossy().starts_with(&own) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

/// Where Linux has memory that processes share by name.
const SHARED: &str = "/dev/shm";

/// By which its shared memory is called: of two squids with one name the second does not start.
fn name(port: u16) -> String {
    format!("squid{port}")
}

fn program() -> PathBuf {
    let found = ["/usr/sbin/squid", "/usr/local/sbin/squid"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.exists());
    found.expect(
        "these tests need the proxy squid with TLS: `./x test` installs Debian's `squid-openssl` as root",
    )
}

fn configuration(auth: Auth, directory: &str, port: u16, tls_port: u16) -> String {
    let known = match auth {
        Auth::None => "http_access allow all\n".to_owned(),
        Auth::Basic => format!(
            "auth_param basic program {HELPERS}/basic_ncsa_auth {directory}/basic\n\
             auth_param basic realm squid\n\
             acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n"
        ),
        Auth::Digest => format!(
            "auth_param digest program {HELPERS}/digest_file_auth {directory}/digest\n\
             auth_param digest realm squid\n\
             acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n"
        ),
    };
    format!(
        "http_port 127.0.0.1:{port}\n\
         https_port 127.0.0.1:{tls_port} tls-cert={directory}/cert.pem tls-key={directory}/key.pem\n\
         {known}\
         hosts_file {directory}/hosts\n\
         pid_filename {directory}/squid.pid\n\
         cache_log {directory}/cache.log\n\
         access_log stdio:{directory}/access.log\n\
         coredump_dir {directory}\n\
         cache deny all\n\
         pinger_enable off\n\
         netdb_filename none\n\
         shutdown_lifetime 0 seconds\n\
         visible_hostname squid.test\n"
    )
}
