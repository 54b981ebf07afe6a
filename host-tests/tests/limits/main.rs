//! A limit that is shared through a real Redis: by two processes, with pauses, with outages. A binary of its own, since it
//! starts itself once more for each of the processes.

mod outages;
mod redis_server;
mod same;
mod shared;
mod tls;
mod watch;
mod worker;

use host_tests::tally::{SECOND, most_in_a_second};

#[test]
fn a_second_has_its_start_and_not_its_end() {
    assert_eq!(most_in_a_second(&[0, 1, SECOND - 1, SECOND, SECOND + 1]), 3);
    assert_eq!(most_in_a_second(&[]), 0);
}
