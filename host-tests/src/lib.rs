//! What the tests of the built component share: a connector in front of a sandbox ([`stage`]), a server that
//! misbehaves ([`server`]) and the command as a process ([`command`]).

pub mod command;
pub mod server;
pub mod stage;
