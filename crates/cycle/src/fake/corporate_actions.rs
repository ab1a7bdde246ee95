//! A vendor of splits, with faults on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use market::{Date, Split, Symbol};

use super::{CrashPoints, lock};
use crate::port::{Body, CorporateActions, ReadError, Reply};

/// A vendor that knows the splits it was told.
pub struct FakeCorporateActions {
    crash: Arc<CrashPoints>,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    splits: Vec<(Symbol, Split)>,
    errors: VecDeque<ReadError>,
}

impl FakeCorporateActions {
    /// A vendor that knows of no split.
    #[must_use]
    pub fn new(crash: Arc<CrashPoints>) -> Self {
        Self {
            crash,
            script: Mutex::default(),
        }
    }

    /// From now on this split is known.
    pub fn announce(&self, symbol: &Symbol, split: Split) {
        lock(&self.script).splits.push((symbol.clone(), split));
    }

    /// The next `times` questions end in this error.
    pub fn fail(&self, times: usize, error: &ReadError) {
        let errors = std::iter::repeat_n(error.clone(), times);
        lock(&self.script).errors.extend(errors);
    }

    fn known(&self, symbol: &Symbol, from: Date, to: Date) -> Vec<Split> {
        let script = lock(&self.script);
        let of_symbol = script.splits.iter().filter(|(of, _)| of == symbol);
        let mut splits: Vec<Split> = of_symbol
            .map(|(_, split)| *split)
            .filter(|split| (from..=to).contains(&split.date))
            .collect();
        splits.sort();
        splits
    }
}

#[async_trait]
impl CorporateActions for FakeCorporateActions {
    async fn splits(
        &self,
        symbol: &Symbol,
        from: Date,
        to: Date,
    ) -> Result<Reply<Vec<Split>>, ReadError> {
        self.crash.moment().await;
        let error = lock(&self.script).errors.pop_front();
        let splits = self.known(symbol, from, to);
        self.crash.moment().await;
        match error {
            Some(error) => Err(error),
            None => Ok(Reply {
                bodies: vec![Body::new("fake/splits", format!("{splits:?}").into())],
                value: splits,
            }),
        }
    }
}
