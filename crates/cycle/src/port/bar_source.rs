//! Where bars come from.

use async_trait::async_trait;
use market::bar::{Interval, RawBar};
use market::{Instant, Symbol};
use trading::observation::SourceName;

use super::{ReadError, Reply};

/// Which bars are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarRequest {
    /// Of which symbol.
    pub symbol: Symbol,
    /// Always finer than an hour; live asks for 30 minutes.
    pub interval: Interval,
    /// Start of the oldest bar wanted.
    pub from: Instant,
    /// Now: the newest bar wanted is the one under way.
    pub until: Instant,
    /// Bars the calendar expects in between, the forming one included.
    pub expected: usize,
}

/// A vendor of bars: regular session, split-adjusted, unchecked, with moments made explicit.
#[async_trait]
pub trait BarSource: Send + Sync {
    /// Its name in configuration and records.
    fn name(&self) -> SourceName;

    /// Whether its bars may give the signal that is acted on. Bars of a single exchange may only
    /// confirm one, unless no other source is configured.
    fn may_lead(&self) -> bool;

    /// The bars as the vendor gave them, in any order. No rows is an empty list only when the
    /// vendor said so; everything else that yields no rows is an error.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    async fn bars(&self, request: &BarRequest) -> Result<Reply<Vec<RawBar>>, ReadError>;
}
