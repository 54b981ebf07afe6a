//! What Redis has of a connection, seen from outside.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use redis::{Commands, Connection, RedisResult};

/// Looks at the places twenty times a second: they stay there for a second.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

#[derive(Default)]
struct Seen {
    places: HashMap<String, u64>,
    most_nodes: u32,
}

impl Watch {
    pub fn start(url: String, name: &str) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (name, stopped) = (name.to_owned(), stop.clone());
        let thread = std::thread::spawn(move || {
            let client = redis::Client::open(url).expect("a URL of a Redis");
            let (mut seen, mut open) = (Seen::default(), None);
            while !stopped.load(Ordering::Relaxed) {
                // A test may have ended the server, and starts it again.
                let looked = match open.take() {
                    Some(connection) => Ok(connection),
                    None => client.get_connection(),
                };
                open = looked.and_then(|connection| look(connection, &name, &mut seen)).ok();
                std::thread::sleep(Duration::from_millis(50));
            }
            seen
        });
        Self { stop, thread }
    }

    /// All places, in microseconds of Redis's clock, and the most nodes that there were.
    pub fn end(self) -> (Vec<u64>, u32) {
        self.stop.store(true, Ordering::Relaxed);
        let Seen { places, most_nodes } = self.thread.join().expect("the watch");
        (places.into_values().collect(), most_nodes)
    }
}

fn look(mut connection: Connection, name: &str, seen: &mut Seen) -> RedisResult<Connection> {
    let key = |what: &str| format!("stripe-connector:{{{name}}}:{what}");
    let places: Vec<(String, u64)> = connection.zrange_withscores(key("places"), 0, -1)?;
    seen.places.extend(places);
    let nodes: Option<u32> = connection.hget(key("state"), "nodes")?;
    seen.most_nodes = seen.most_nodes.max(nodes.unwrap_or(0));
    Ok(connection)
}
