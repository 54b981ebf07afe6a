//! A Redis of the test's own.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use host_tests::authority::Issued;
use host_tests::command::Home;
use host_tests::stage::free_address;
use redis::Connection;

const NEEDED: &str = "redis-server 5 or newer is needed (on Debian: apt-get install redis-server)";

/// A redis-server on a free port of this machine. It ends when dropped.
pub struct RedisServer {
    child: Child,
    port: u16,
    /// Where it takes TLS, if it does.
    tls_port: Option<u16>,
    home: Home,
    options: Vec<String>,
}

impl RedisServer {
    pub fn start(name: &str, options: &[&str]) -> Self {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Self::run(Home::new(&format!("redis-{name}")), options, None)
    }

    /// One that takes TLS too, with this certificate.
    pub fn with_tls(name: &str, issued: &Issued) -> Self {
        let home = Home::new(&format!("redis-{name}"));
        home.write("cert.pem", &issued.pem);
        home.write("key.pem", &issued.key_pem);
        let file = |name: &str| home.path().join(name).display().to_string();
        let tls_port = free_address().port();
        let options = [
            ("--tls-port", tls_port.to_string()),
            ("--tls-cert-file", file("cert.pem")),
            ("--tls-key-file", file("key.pem")),
            // It wants one, and asks clients for nothing that this one would vouch for.
            ("--tls-ca-cert-file", file("cert.pem")),
            ("--tls-auth-clients", "no".to_owned()),
        ];
        let options = options.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect();
        Self::run(home, options, Some(tls_port))
    }

    fn run(home: Home, options: Vec<String>, tls_port: Option<u16>) -> Self {
        let port = free_address().port();
        let child = spawn(port, &home, &options);
        let server = Self { child, port, tls_port, home, options };
        server.wait_until_it_answers();
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The same over TLS.
    pub fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.tls_port.expect("one with TLS"))
    }

    /// Ends it at once, with all that it holds.
    pub fn kill(&mut self) {
        self.child.kill().expect("redis-server was running");
        self.child.wait().expect("redis-server has ended");
    }

    /// Starts it again on the same port. It knows nothing of before.
    pub fn start_again(&mut self) {
        self.child = spawn(self.port, &self.home, &self.options);
        self.wait_until_it_answers();
    }

    /// A connection for the test itself.
    pub fn connect(&self) -> Connection {
        let client = redis::Client::open(self.url()).expect("a URL of a Redis");
        client.get_connection().expect("a connection to Redis")
    }

    fn wait_until_it_answers(&self) {
        let begun = Instant::now();
        let client = redis::Client::open(self.url()).expect("a URL of a Redis");
        loop {
            let asked = client.get_connection().and_then(|mut open| redis::cmd("PING").exec(&mut open));
            match asked {
                Ok(()) => return,
                // It wants a password, so it is there.
                Err(error) if error.to_string().contains("NOAUTH") => return,
                Err(error) => {
                    assert!(
                        begun.elapsed() < Duration::from_secs(20),
                        "redis-server does not answer: {error}"
                    );
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}

fn spawn(port: u16, home: &Home, options: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--daemonize", "no", "--dir"])
        .arg(home.path())
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("redis-server does not start: {error}. {NEEDED}"))
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // A test may have ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
