//! Old bars, a window of sessions at a time: what `tqqq data fetch` asks of the vendors.
//!
//! Live trading asks for the newest bars and for few; here ranges of years are cut into windows
//! that fit one answer, and the key's credits are looked at before each call, some of them left
//! for whoever trades with the same key. Bars come split-adjusted, as each vendor names it.

pub mod download;
pub mod overlap;

use std::sync::Arc;

use cycle::port::{BarRequest, BarSource, Clock, ReadError};
use market::calendar::Session;
use market::time::{minutes, seconds};
use market::{Duration, Instant, Interval, RawBar, Symbol};
use trading::settings::AlpacaFeed;

use crate::alpaca::{self, bars::Bars};
use crate::budget::{Exhausted, Kept};
use crate::fmp::{self, Fmp};
use crate::http::CallCount;
use crate::twelve_data::api_usage::Usage;
use crate::twelve_data::{self, TwelveData};

pub use download::{Download, DownloadError, Wanted, Window};

/// Rows asked of Twelve Data at once; it gives 5,000 and does not say when it cut.
const TWELVE_DATA_ROWS: usize = 4_500;
/// Rows asked of FMP at once; answers of 2,140 rows were the longest seen.
const FMP_ROWS: usize = 2_000;
/// Session rows asked of Alpaca at once. With the extended hours that it includes they are 2.5
/// times as many: three pages of its 10,000.
const ALPACA_ROWS: usize = 12_000;
/// How long after its end a bar is taken for final: late trades revise the newest one for some
/// seconds.
const SETTLED_AFTER: Duration = seconds(60);
/// The consolidated tape of the last quarter of an hour costs extra; a minute for the clocks.
const TAPE_DELAY: Duration = minutes(16);
/// Regular length of a session, for the size of windows.
const SESSION_SECONDS: usize = 6 * 3600 + 1800;

/// Credits of Twelve Data's free plan that a slot and its retries may want meanwhile.
const TWELVE_DATA_KEPT: Kept = Kept {
    per_minute: 2,
    per_day: 60,
};
const FMP_KEPT: Kept = Kept {
    per_minute: 20,
    per_day: 30,
};
const ALPACA_KEPT: Kept = Kept {
    per_minute: 20,
    per_day: 0,
};

/// One vendor's old bars.
pub struct History {
    vendor: Vendor,
    clock: Arc<dyn Clock>,
    calls: CallCount,
}

pub(crate) enum Vendor {
    TwelveData(TwelveData),
    Fmp(Fmp),
    Alpaca(Bars),
}

/// Whole sessions of one symbol, as far as they are over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Of which symbol.
    pub symbol: Symbol,
    /// The bars' interval.
    pub interval: Interval,
    /// The first session, included.
    pub first: Session,
    /// The last session, included.
    pub last: Session,
    /// Bars that end later are not wanted.
    pub until: Instant,
}

impl History {
    pub(crate) fn new(vendor: Vendor, clock: Arc<dyn Clock>, calls: CallCount) -> Self {
        Self {
            vendor,
            clock,
            calls,
        }
    }

    /// The vendor's name in configuration and records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.vendor {
            Vendor::TwelveData(_) => twelve_data::NAME,
            Vendor::Fmp(_) => fmp::NAME,
            Vendor::Alpaca(_) => alpaca::NAME,
        }
    }

    /// HTTP requests made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.get()
    }

    /// Why the vendor has no such bars; `None` when it has.
    #[must_use]
    pub const fn lacks(&self, interval: Interval) -> Option<&'static str> {
        match (&self.vendor, interval) {
            (Vendor::Fmp(_), Interval::OneDay) => Some("FMP's charts within a day have no days"),
            (Vendor::Alpaca(_), Interval::OneHour) => {
                Some("Alpaca's hours begin at clock hours and mix the open with what came before")
            }
            _ => None,
        }
    }

    /// How many sessions fit one answer; at least one.
    #[must_use]
    pub fn sessions_a_window(&self, interval: Interval) -> usize {
        let rows = match &self.vendor {
            Vendor::TwelveData(_) => TWELVE_DATA_ROWS,
            Vendor::Fmp(_) => FMP_ROWS,
            Vendor::Alpaca(_) => ALPACA_ROWS,
        };
        let seconds = usize::try_from(interval.duration().as_secs()).unwrap_or(usize::MAX);
        (rows / SESSION_SECONDS.div_ceil(seconds)).max(1)
    }

    /// The newest moment whose bars are final and may be asked for.
    #[must_use]
    pub fn newest(&self) -> Instant {
        let delay = match &self.vendor {
            Vendor::Alpaca(bars) if bars.feed() == AlpacaFeed::Sip => TAPE_DELAY,
            _ => SETTLED_AFTER,
        };
        self.clock.now() - delay
    }

    /// When the next call may be made: now, or when the next minute grants credits.
    ///
    /// # Errors
    /// [`Exhausted`] when the day has none left but those kept for trading.
    pub fn ready(&self) -> Result<Instant, Exhausted> {
        match &self.vendor {
            Vendor::TwelveData(source) => source.ready(TWELVE_DATA_KEPT),
            Vendor::Fmp(source) => source.ready(FMP_KEPT),
            Vendor::Alpaca(bars) => bars.ready(ALPACA_KEPT),
        }
    }

    /// What the key has used so far by the vendor's own count, where the vendor tells it.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be asked.
    pub async fn usage(&self) -> Result<Option<Usage>, ReadError> {
        match &self.vendor {
            Vendor::TwelveData(source) => source.usage().await.map(Some),
            Vendor::Fmp(_) | Vendor::Alpaca(_) => Ok(None),
        }
    }

    /// The bars of a span as the vendor gives them, in any order, perhaps with rows beyond it.
    ///
    /// # Errors
    /// [`ReadError`], by whether asking again can help.
    pub async fn bars(&self, span: &Span) -> Result<Vec<RawBar>, ReadError> {
        let request = BarRequest {
            symbol: span.symbol.clone(),
            interval: span.interval,
            from: span.first.bar_starts(span.interval)[0],
            until: span.last.close.min(span.until),
            // Only a request for the newest bars is sized by it.
            expected: 0,
        };
        let reply = match &self.vendor {
            Vendor::TwelveData(source) => return source.window(span).await,
            Vendor::Fmp(source) => source.bars(&request).await?,
            Vendor::Alpaca(source) => source.bars(&request).await?,
        };
        Ok(reply.value)
    }
}

#[cfg(test)]
mod tests;
