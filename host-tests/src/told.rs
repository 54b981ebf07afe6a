//! A request as a test writes it down, and all that comes back.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};

/// Sends the text to that server and answers with what it says until it closes: a request of HTTP/1.1 has to ask for that.
pub async fn told(address: impl ToSocketAddrs, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}
