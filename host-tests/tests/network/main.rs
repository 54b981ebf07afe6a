//! The reference host on the network: connections that are kept, TLS, HTTP/2, proxies, and whose key goes where.

mod api;
mod injected;
mod limits;
mod pool;
mod proxies;
mod squid;
mod stale;
mod tls;
mod told;
