//! What is asked of several at the same time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use cycle::fake::{Trend, World, at};
use cycle::port::{PriceSource, ReadError, Reply};
use cycle::{Runner, TryLimits};
use market::Symbol;
use trading::observation::{PricePoint, SourceName};
use trading::outcome::Outcome;
use trading::record::Record;

use crate::support::outcome;

const SLOT: &str = "2025-05-12T10:00";
/// Looks at a work under way before it counts as stuck.
const LOOKS_MAX: u32 = 1000;
/// Looks after which a source gives up the other.
const PATIENCE: u32 = 10;

/// A source that answers only once both are asked.
struct Sociable {
    name: &'static str,
    asked: Arc<AtomicU32>,
}

#[async_trait]
impl PriceSource for Sociable {
    fn name(&self) -> SourceName {
        SourceName(self.name.to_owned())
    }

    async fn price(&self, symbol: &Symbol) -> Result<Reply<Option<PricePoint>>, ReadError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut looks = 0;
        poll_fn(|_| {
            looks += 1;
            let both = self.asked.load(Ordering::Relaxed) >= 2;
            match looks {
                _ if both => Poll::Ready(Ok(())),
                PATIENCE.. => Poll::Ready(Err(ReadError::Transient("asked alone".to_owned()))),
                _ => Poll::Pending,
            }
        })
        .await?;
        let point = PricePoint {
            symbol: symbol.clone(),
            price: "100".parse().expect("a price"),
            at: at(SLOT),
            source: PriceSource::name(self),
        };
        Ok(Reply {
            value: Some(point),
            bodies: Vec::new(),
        })
    }
}

/// The value of `work`, looked at again and again.
fn carry_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    for _ in 0..LOOKS_MAX {
        if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("stuck")
}

#[test]
fn sources_of_prices_are_asked_at_the_same_time() {
    let world = World::new(Trend::Rising);
    let asked = Arc::new(AtomicU32::new(0));
    let source = |name| -> Arc<dyn PriceSource> {
        let asked = asked.clone();
        Arc::new(Sociable { name, asked })
    };
    let mut ports = world.ports();
    ports.price_sources = vec![source("first"), source("second")];
    world.clock.advance_to(at(SLOT));
    let opened = carry_on(Runner::open(ports, world.settings.clone(), "a story"));
    let mut runner = opened.unwrap();
    let ended = carry_on(runner.run_slot(at(SLOT), TryLimits::default())).unwrap();
    assert_eq!(outcome(&ended), Outcome::Traded);
    let seen: Vec<_> = world
        .entries()
        .into_iter()
        .filter_map(|entry| match entry.record {
            Record::Observed(seen) => Some((seen.price?.source.0, seen.second_price?.source.0)),
            _ => None,
        })
        .collect();
    assert_eq!(seen, [("first".to_owned(), "second".to_owned())]);
}
