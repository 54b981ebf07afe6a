//! The limit of one process, by a clock that stands still until it is moved.

use super::super::TRANSACTIONS_PER_NODE;
use super::*;

#[derive(Clone)]
struct Hand(Arc<Mutex<Instant>>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    fn window(&self, nodes: u32) -> SlidingWindow {
        self.limited(Limits::fixed(nodes))
    }

    fn limited(&self, limits: Limits) -> SlidingWindow {
        let hand = self.clone();
        SlidingWindow::with_limits_and_clock(limits, move || hand.now())
    }
}

const NOW: Admission = Admission::After(Duration::ZERO);
const WINDOW: Duration = Duration::from_secs(1);
const FOREVER: Duration = Duration::from_secs(3600);

fn after(millis: u64) -> Admission {
    Admission::After(Duration::from_millis(millis))
}

fn refused(millis: u64) -> Admission {
    Admission::Refused(Duration::from_millis(millis))
}

fn fill(window: &SlidingWindow, count: usize) {
    for _ in 0..count {
        window.reserve(FOREVER);
    }
}

#[test]
fn a_burst_up_to_the_limit_goes_at_once() {
    let window = Hand::new().window(2);
    for _ in 0..12 {
        assert_eq!(window.reserve(FOREVER), NOW);
    }
    assert_eq!(window.reserve(FOREVER), Admission::After(WINDOW));
}

#[test]
fn beyond_patience_nothing_is_reserved() {
    let window = Hand::new().window(1);
    fill(&window, 6);
    assert_eq!(window.reserve(Duration::from_millis(999)), Admission::Refused(WINDOW));
    assert_eq!(window.reserve(FOREVER), Admission::After(WINDOW));
}

#[test]
fn a_place_is_free_again_after_a_second() {
    let hand = Hand::new();
    let window = hand.window(1);
    fill(&window, 6);
    hand.forward(Duration::from_micros(400_500));
    assert_eq!(window.reserve(FOREVER), after(600));
    hand.forward(WINDOW);
    assert_eq!(window.reserve(FOREVER), NOW);
}

#[test]
fn so_many_wait_and_further_ones_are_told_when_there_may_be_a_place() {
    let hand = Hand::new();
    let window = hand.limited(Limits { waiting: 8, ..Limits::fixed(1) });
    fill(&window, 6);
    let places: Vec<_> = (0..8).map(|_| window.reserve(FOREVER)).collect();
    assert_eq!(places, [[after(1000); 6].as_slice(), &[after(2000); 2]].concat());
    assert_eq!(window.waiting(), 8);
    assert_eq!(window.reserve(FOREVER), refused(2000));
    assert_eq!(window.waiting(), 8);
    hand.forward(WINDOW);
    assert_eq!(window.waiting(), 2);
    assert_eq!(window.reserve(FOREVER), after(1000));
}

#[test]
fn places_are_reserved_so_far_ahead() {
    let hand = Hand::new();
    let window = hand.limited(Limits { ahead: Duration::from_millis(1500), ..Limits::fixed(1) });
    fill(&window, 12);
    assert_eq!(window.reserve(FOREVER), refused(2000));
    hand.forward(Duration::from_millis(500));
    assert_eq!(window.reserve(FOREVER), after(1500));
}

#[test]
fn limits_that_make_no_sense_are_bounded() {
    let limits = Limits { nodes_min: 0, nodes_max: 0, waiting: 0, ahead: Duration::MAX };
    let window = Hand::new().limited(limits);
    fill(&window, 6);
    assert_eq!(window.nodes(), 1);
    assert_eq!(window.reserve(Duration::MAX), Admission::Refused(WINDOW));
}

#[test]
fn a_node_comes_when_a_call_has_waited_long() {
    let hand = Hand::new();
    let window = hand.limited(Limits::default());
    fill(&window, 13);
    let nodes_after = |millis: u64| {
        hand.forward(Duration::from_millis(millis));
        window.nodes()
    };
    assert_eq!([nodes_after(199), nodes_after(1)], [2, 3]);
    // The six further places are there at once, before the one that waits.
    for _ in 0..6 {
        assert_eq!(window.reserve(FOREVER), NOW);
    }
    assert_eq!(window.reserve(FOREVER), after(800));
    assert_eq!([nodes_after(999), nodes_after(1)], [3, 4]);
    // Nobody has asked within the last second.
    assert_eq!(nodes_after(10_000), 4);
}

#[test]
fn a_wait_of_200_ms_is_not_long() {
    let hand = Hand::new();
    let window = hand.limited(Limits::default());
    fill(&window, 12);
    hand.forward(Duration::from_millis(800));
    assert_eq!(window.reserve(FOREVER), after(200));
    hand.forward(WINDOW);
    assert_eq!(window.nodes(), 2);
}

#[test]
fn those_who_cannot_wait_bring_nodes_too() {
    let hand = Hand::new();
    let window = hand.limited(Limits::default());
    fill(&window, 12);
    assert_eq!(window.reserve(Duration::from_millis(100)), refused(1000));
    hand.forward(Duration::from_millis(200));
    assert_eq!(window.nodes(), 3);
}

#[test]
fn a_node_goes_after_a_minute_below_half_use() {
    let hand = Hand::new();
    let window = hand.limited(Limits { nodes_max: 3, ..Limits::default() });
    fill(&window, 13);
    hand.forward(Duration::from_millis(200));
    assert_eq!(window.nodes(), 3);
    // Nine of eighteen are half of them, eight are less.
    for (burst, nodes) in [(9, 3), (8, 2)] {
        hand.forward(Duration::from_secs(58));
        assert_eq!(window.nodes(), 3, "before {burst}");
        fill(&window, burst);
        hand.forward(WINDOW);
        assert_eq!(window.nodes(), nodes, "after {burst}");
    }
    hand.forward(FOREVER);
    assert_eq!(window.nodes(), 2);
}

#[test]
fn a_429_keeps_everyone_waiting_until_retry_after() {
    let hand = Hand::new();
    let window = hand.limited(Limits::default());
    assert_eq!(window.reserve(FOREVER), NOW);
    window.note(Some(429), Some(Duration::from_secs(3)));
    assert_eq!(window.reserve(WINDOW), refused(3000));
    for _ in 0..12 {
        assert_eq!(window.reserve(FOREVER), after(3000));
    }
    assert_eq!(window.reserve(FOREVER), after(4000));
    hand.forward(Duration::from_secs(3));
    assert_eq!(window.nodes(), 3, "for the one that waited for another second, not for those of the pause");
    // A shorter one does not end it sooner, and no answer is none that helps.
    window.note(Some(429), Some(Duration::from_secs(8)));
    window.note(Some(429), Some(Duration::from_secs(1)));
    window.note(Some(200), None);
    window.note(None, None);
    assert_eq!(window.reserve(FOREVER), after(8000));
    hand.forward(Duration::from_secs(9));
    assert_eq!(window.reserve(FOREVER), NOW);
}

#[test]
fn pauses_without_retry_after_grow_until_an_answer_is_better() {
    let hand = Hand::new();
    let window = hand.limited(Limits { ahead: FOREVER, ..Limits::fixed(50) });
    let pause = || {
        // All that were on their way come back with the same answer: it is one pause.
        for _ in 0..20 {
            window.note(Some(429), None);
        }
        let Admission::After(wait) = window.reserve(FOREVER) else { panic!("it waits") };
        hand.forward(wait);
        assert_eq!(window.reserve(FOREVER), NOW, "recovered");
        wait.as_millis()
    };
    let pauses: Vec<_> = (0..9).map(|_| pause()).collect();
    assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    window.note(Some(200), None);
    assert_eq!(pause(), 500);
}

#[test]
fn no_header_stops_a_connection_for_a_day() {
    let hand = Hand::new();
    let window = hand.window(50);
    window.note(Some(429), Some(Duration::from_secs(86_400)));
    assert_eq!(window.reserve(FOREVER), refused(60_000));
    hand.forward(Duration::from_secs(60));
    // A header that asks for nothing is none.
    window.note(Some(429), Some(Duration::ZERO));
    assert_eq!(window.reserve(FOREVER), after(1000));
}

/// Asserts that no second has more than what the nodes at its end allow.
pub(crate) fn assert_within(mut admitted: Vec<Instant>, nodes_at: impl Fn(Instant) -> u32) {
    admitted.sort();
    let mut oldest = 0;
    for (position, at) in admitted.iter().enumerate() {
        while admitted[oldest] + WINDOW <= *at {
            oldest += 1;
        }
        let (count, nodes) = (position + 1 - oldest, nodes_at(*at));
        assert!(count <= (nodes * TRANSACTIONS_PER_NODE) as usize, "{count} in a second with {nodes} nodes");
    }
}

#[test]
fn no_second_has_more_than_the_limit() {
    let hand = Hand::new();
    let window = hand.window(2);
    let mut admitted = Vec::new();
    // Steps of uneven length, so that bursts and pauses meet the window at every angle.
    for step in 0..2_000_u64 {
        hand.forward(Duration::from_nanos(step * 7_919_113 % 120_000_000));
        if let Admission::After(wait) = window.reserve(Duration::from_secs(2)) {
            admitted.push(hand.now() + wait);
        }
    }
    assert!(admitted.len() > 1_000);
    assert_within(admitted, |_| 2);
}

/// What a phase of the curve asks for.
struct Phase {
    seconds: u64,
    /// Calls in a second.
    demand: u64,
    /// Nodes that it ends with.
    nodes: std::ops::RangeInclusive<u32>,
}

#[test]
fn the_curve_of_the_nodes() {
    const STEP: Duration = Duration::from_millis(5);
    let phases = [
        Phase { seconds: 10, demand: 10, nodes: 2..=2 },
        Phase { seconds: 40, demand: 100, nodes: 17..=24 },
        Phase { seconds: 60, demand: 290, nodes: 49..=50 },
        Phase { seconds: 20, demand: 200, nodes: 49..=50 },
        Phase { seconds: 300, demand: 100, nodes: 44..=46 },
        Phase { seconds: 3000, demand: 5, nodes: 2..=2 },
    ];
    let hand = Hand::new();
    let window = hand.limited(Limits::default());
    let start = hand.now();
    let (mut admitted, mut history) = (Vec::new(), Vec::new());
    let mut second = 0;
    println!("{:>8} {:>8} {:>6} {:>9} {:>8}", "second", "demand", "nodes", "admitted", "refused");
    for phase in phases {
        for within in 0..phase.seconds {
            let (mut given, mut turned_away) = (0, 0);
            for step in 0..200 {
                history.push(window.nodes());
                for _ in phase.demand * step / 200..phase.demand * (step + 1) / 200 {
                    match window.reserve(WINDOW) {
                        Admission::After(wait) => {
                            admitted.push(hand.now() + wait);
                            given += 1;
                        }
                        Admission::Refused(_) => turned_away += 1,
                    }
                }
                hand.forward(STEP);
            }
            second += 1;
            let nodes = window.nodes();
            let often = (phase.seconds / 10).max(1);
            if within % often == often - 1 {
                println!("{second:>8} {:>8} {nodes:>6} {given:>9} {turned_away:>8}", phase.demand);
            }
            if within + 1 == phase.seconds {
                assert!(phase.nodes.contains(&nodes), "{nodes} nodes after {second} seconds");
                assert_eq!(turned_away, 0, "after {second} seconds");
            }
        }
    }
    history.push(window.nodes());
    assert_eq!(history[0], 2);
    let changes: Vec<_> = (1..history.len()).filter(|at| history[*at] != history[at - 1]).collect();
    for at in &changes {
        assert_eq!(history[*at].abs_diff(history[at - 1]), 1);
    }
    for pair in changes.windows(2) {
        let between = STEP * (pair[1] - pair[0]) as u32;
        let least = if history[pair[1]] > history[pair[1] - 1] { 1 } else { 60 };
        assert!(between + STEP >= Duration::from_secs(least), "{between:?} between two changes");
    }
    assert_within(admitted, |at| {
        let step = (at - start).as_nanos() / STEP.as_nanos();
        history[(step as usize).min(history.len() - 1)]
    });
}

/// Bursts, pauses, 429s and patience of every kind, while nodes come and go.
#[test]
fn no_second_has_more_than_its_nodes_allow_whatever_happens() {
    for seed in 1..=20_u64 {
        let mut state = seed;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let hand = Hand::new();
        let window = hand.limited(Limits { nodes_min: 1, nodes_max: 9, ..Limits::default() });
        // Nodes by the time from which there are so many.
        let (mut admitted, mut history) = (Vec::new(), vec![(hand.now(), window.nodes())]);
        for _ in 0..4_000 {
            let longest = if random(60) == 0 { 100_000_000 } else { 400_000 };
            hand.forward(Duration::from_micros(random(longest)));
            history.push((hand.now(), window.nodes()));
            match random(40) {
                0 => window.note(Some(429), None),
                1 => window.note(Some(429), Some(Duration::from_millis(random(5_000)))),
                _ => window.note(Some(200), None),
            }
            for _ in 0..random(8) {
                if let Admission::After(wait) = window.reserve(Duration::from_millis(random(20_000))) {
                    admitted.push(hand.now() + wait);
                }
            }
        }
        assert!(admitted.len() > 2_000, "{}", admitted.len());
        assert!(history.iter().any(|(_, nodes)| *nodes > 3));
        assert_within(admitted, |at| history[history.partition_point(|(since, _)| *since <= at) - 1].1);
    }
}
