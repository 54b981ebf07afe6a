//! Calls of the component in a host that has every answer in memory: in an instance that had calls before, and in one of
//! its own, which is made in that time too.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use host_tests::bare::{Bare, Call};

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(5)).sample_size(30);
    targets = calls
}
criterion_main!(benches);

fn calls(criterion: &mut Criterion) {
    let alone = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bare = Bare::new(false).expect("the component is usable");
    let instance = || alone.block_on(bare.instance()).expect("an instance");
    for call in [Call::Retrieve, Call::Create, Call::Page] {
        let mut group = criterion.benchmark_group(call.title());
        let mut reused = instance();
        group.bench_function("an instance that is reused", |bencher| {
            bencher.iter(|| alone.block_on(reused.call(call)).expect("an answer"));
        });
        group.bench_function("an instance per call", |bencher| {
            bencher.iter(|| alone.block_on(instance().call(call)).expect("an answer"));
        });
        group.finish();
    }
}
