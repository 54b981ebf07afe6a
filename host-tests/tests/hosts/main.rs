//! The service on the hosts that it is made for, ours and those of others, called by clients that others wrote; and the
//! examples.

mod clients;
mod deploy;
mod examples;
mod examples_node;
mod examples_python;
mod nats;
mod serve;
mod together;
mod wasmcloud;
mod wasmtime;
