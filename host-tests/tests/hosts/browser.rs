//! Debian's Chromium without a window, driven by its chromedriver as WebDriver says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use host_tests::command::Home;
use host_tests::program::Program;
use host_tests::tools;
use serde_json::{Value, json};

/// How long something may take until it is seen.
const PATIENCE: Duration = Duration::from_secs(120);

/// The member that stands for an element, the same for all drivers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// It and its profile go when the test ends.
pub struct Browser {
    address: String,
    session: String,
    _driver: Program,
    _profile: Home,
}

impl Browser {
    pub fn start() -> Self {
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0");
        let driver = Program::start(&mut driver);
        let started = Instant::now();
        let port = loop {
            let printed = driver.printed();
            if let Some((_, port)) = printed.split_once("successfully on port ") {
                break port.trim_end().trim_end_matches('.').to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "chromedriver does not start: {printed}");
            std::thread::sleep(Duration::from_millis(20));
        };
        let profile = Home::new("chromium");
        let mut browser = Self {
            address: format!("127.0.0.1:{port}"),
            session: String::new(),
            _driver: driver,
            _profile: profile,
        };
        let flags = [
            "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-proxy-server",
        ];
        let profile = format!("--user-data-dir={}", browser._profile.path().display());
        let flags: Vec<_> = flags.into_iter().chain([profile.as_str()]).collect();
        let wanted = json!({"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}});
        let answer = browser.ask("POST", "/session", &json!({"capabilities": {"alwaysMatch": wanted}}));
        let answer = answer.unwrap_or_else(|why| panic!("no session: {why}"));
        browser.session = format!("/session/{}", answer["sessionId"].as_str().expect("an id"));
        browser
    }

    /// The value of an answer, or what the driver says instead.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        let sent =
            format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let body = self.exchange(&sent).map_err(|error| error.to_string())?;
        let body = String::from_utf8_lossy(&body);
        let answer: Value = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
        let value = &answer["value"];
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value.clone()),
        }
    }

    /// The body of an answer: the driver leaves it to its callers to close a connection.
    fn exchange(&self, sent: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = BufReader::new(TcpStream::connect(&self.address)?);
        stream.get_ref().set_read_timeout(Some(PATIENCE))?;
        stream.get_mut().write_all(sent.as_bytes())?;
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.ask("POST", &format!("{}{path}", self.session), &body);
        answer.unwrap_or_else(|why| panic!("{path} {body}: {why}"))
    }

    pub fn open(&self, url: &str) {
        self.post("/url", json!({"url": url}));
    }

    /// As wide and high as that, as a phone or not, in the dark or not.
    pub fn screen(&self, width: u32, height: u32, phone: bool, dark: bool) {
        let chrome = |command: &str, parameters: Value| {
            self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}));
        };
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone});
        chrome("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        chrome("Emulation.setEmulatedMedia", json!({"features": features}));
    }

    /// What a script returns.
    pub fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// Waits until this does what the driver refuses as long as something is not to be seen.
    fn patiently(&self, xpath: &str, act: impl Fn(&str) -> Result<Value, String>) -> Value {
        let started = Instant::now();
        loop {
            let query = json!({"using": "xpath", "value": xpath});
            let found = self.ask("POST", &format!("{}/element", self.session), &query);
            let done = found.and_then(|found| {
                act(&format!("{}/element/{}", self.session, found[ELEMENT].as_str().unwrap_or_default()))
            });
            match done {
                Ok(value) => return value,
                Err(why) if started.elapsed() > PATIENCE => {
                    panic!("{xpath}: {why}\n{}", self.script("return document.body.innerText"))
                }
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// The text of an element, as soon as it is seen.
    pub fn text(&self, xpath: &str) -> String {
        let text = self.patiently(xpath, |element| {
            let text = self.ask("GET", &format!("{element}/text"), &Value::Null)?;
            if text == "" { Err("it is not seen".to_owned()) } else { Ok(text) }
        });
        text.as_str().expect("a text").to_owned()
    }

    pub fn click(&self, xpath: &str) {
        self.patiently(xpath, |element| self.ask("POST", &format!("{element}/click"), &json!({})));
    }

    /// In place of what was there.
    pub fn write(&self, xpath: &str, text: &str) {
        self.patiently(xpath, |element| self.ask("POST", &format!("{element}/clear"), &json!({})));
        self.patiently(xpath, |element| {
            self.ask("POST", &format!("{element}/value"), &json!({"text": text}))
        });
    }

    /// What the console was told since the last look.
    pub fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({"type": "browser"}));
        let entries = entries.as_array().expect("entries").iter();
        entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Leaves a picture below the target directory.
    pub fn picture(&self, name: &str) {
        let picture = self.ask("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let picture = picture.unwrap_or_else(|why| panic!("{name}: {why}"));
        let bytes = BASE64_STANDARD.decode(picture.as_str().expect("a text")).expect("base64");
        let folder = tools::target_directory().expect("the target directory").join("screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("a file");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends what it started, unless it is killed before.
        if !self.session.is_empty() {
            let _ = self.ask("DELETE", &self.session, &Value::Null);
        }
    }
}
