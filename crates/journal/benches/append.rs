//! One append of an observation (about 15 KB) with a raw body of 60 KB: to canonical bytes, hash,
//! read back, and into memory or a file of each durability. The file lies in the temporary
//! directory, so the figures of `full` are those of that disk.
//!
//! `cargo bench -p journal --bench append`

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cycle::port::journal::{Draft, Journal};
use divan::{Bencher, black_box};
use journal::conformance::{Sample, StillClock};
use journal::sqlite::{Durability, Sqlite};
use journal::{Chain, Memory, Store};

const HOURS: usize = 230;
const BODY_BYTES: usize = 60_000;

fn main() {
    divan::main();
}

fn chain<S: Store>(store: S) -> Chain<S> {
    Chain::new(store, Arc::new(StillClock::default()))
}

/// Neither memory nor SQLite ever makes anybody wait.
fn now<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("these stores answer at once"),
    }
}

/// Each pass appends the next record to a chain that grows.
fn append<S: Store>(bencher: Bencher<'_, '_>, chain: &Chain<S>) {
    let mut sample = Sample::new(HOURS, BODY_BYTES);
    now(sample.write(chain, 1)).expect("written");
    let sample = std::cell::RefCell::new(sample);
    bencher
        .with_inputs(|| sample.borrow_mut().draft())
        .bench_local_refs(|draft: &mut Draft| {
            let entries = now(chain.append(draft)).expect("won");
            sample.borrow_mut().take(&entries)
        });
}

#[divan::bench]
fn memory(bencher: Bencher<'_, '_>) {
    append(bencher, &chain(Memory::new()));
}

#[divan::bench(args = [Durability::Relaxed, Durability::Full])]
fn sqlite(bencher: Bencher<'_, '_>, durability: Durability) {
    let directory = tempfile::TempDir::new().expect("a directory");
    let file = directory.path().join("bench.journal");
    append(
        bencher,
        &chain(Sqlite::create(&file, durability).expect("opens")),
    );
}

#[divan::bench]
fn compress_body(bencher: Bencher<'_, '_>) {
    let body = Sample::new(HOURS, BODY_BYTES).draft().bodies.remove(0);
    bencher.bench_local(|| journal::body::compress(black_box(&body.bytes)));
}

#[divan::bench(sample_count = 10)]
fn verify_1000_slots(bencher: Bencher<'_, '_>) {
    let memory = Memory::new();
    now(Sample::new(HOURS, BODY_BYTES).write(&chain(memory.clone()), 1000)).expect("written");
    bencher.bench_local(|| now(journal::verify(black_box(&memory), None, |_| {})));
}
