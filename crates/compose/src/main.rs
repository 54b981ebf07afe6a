//! `stripe-connector-compose OUTPUT SOCKET PLUG...`

use std::path::Path;
use std::process::ExitCode;

use stripe_connector_compose::compose;

const USAGE: &str = "usage: stripe-connector-compose OUTPUT SOCKET PLUG...
writes OUTPUT: the component SOCKET whose imports are satisfied by the exports of each component PLUG";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [output, socket, plugs @ ..] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if plugs.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match compose(Path::new(output), socket, plugs) {
        Ok(size) => {
            println!("{output}: {size} bytes");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
