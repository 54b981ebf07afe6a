//! What the tests of the built component share: a connector in front of a sandbox ([`stage`]), a server that
//! misbehaves ([`server`]), down to each connection ([`wire`]), and one that judges what it is asked ([`judge`]), the
//! command as a process ([`command`]), the programs of others ([`tools`]), of which two are Stripes ([`stripes`]), a
//! certificate authority ([`authority`]), what is logged ([`captured`]), how many requests a second has ([`tally`]), and what a
//! server says to a request as it is written ([`told`]); and for measuring a Stripe's answers put together beforehand
//! ([`canned`]), and a host that has them in memory ([`bare`]).

pub mod authority;
pub mod bare;
pub mod canned;
pub mod captured;
pub mod command;
pub mod judge;
pub mod program;
pub mod server;
pub mod serving;
pub mod stage;
pub mod stripes;
pub mod tally;
pub mod told;
pub mod tools;
pub mod wire;
