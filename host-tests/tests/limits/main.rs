//! A limit that is shared through a real Redis: by two processes, with pauses, with outages. A binary of its own, since it
//! starts itself once more for each of the processes.

mod outages;
mod redis_server;
mod same;
mod shared;
mod tally;
mod tls;
mod watch;
mod worker;
