//! The service on the hosts that it is made for, ours and those of others, called by clients that others wrote; and the
//! examples.

mod browser;
mod clients;
mod deploy;
mod examples;
mod examples_compose;
mod examples_node;
mod examples_python;
mod examples_rust;
mod nats;
mod openapi;
mod page;
mod serve;
mod together;
mod wasmcloud;
mod wasmtime;
