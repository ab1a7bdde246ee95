//! Bid and ask before an entry, and the limit on what lies between them: EXECUTION §6.
//!
//! A quote that cannot be believed counts as too wide: one without a side, crossed, of another
//! moment or not to be had. Only entries are held up to it; an exit never waits for a quote.
//!
//! A quote of one exchange is never narrower than that of all together, whose bid is the highest
//! and whose ask is the lowest anywhere. So the limit kept on a single exchange's quotes lets
//! nothing through that the whole market's would stop; it may only stop an entry for nothing.

use std::fmt;

use market::{Bps, Decimal, Duration, Instant, Price, Symbol, time};
use serde::{Deserialize, Serialize};

use crate::observation::{BodyRef, SourceName};
use crate::outcome::{Reason, Refusal};
use crate::settings::LimitSettings;

/// A quote older than this says nothing about now.
pub const QUOTE_AGE_MAX: Duration = time::seconds(60);

/// The best prices on either side, as a vendor shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Of which symbol.
    pub symbol: Symbol,
    /// What a seller gets; `None` when nobody bids.
    pub bid: Option<Price>,
    /// What a buyer pays; `None` when nobody offers.
    pub ask: Option<Price>,
    /// When it was made.
    pub at: Instant,
    /// Who said so.
    pub source: SourceName,
}

impl Quote {
    /// The distance from bid to ask, as basis points of the middle; `None` where a side is missing
    /// or the bid lies above the ask.
    #[must_use]
    pub fn spread(&self) -> Option<Bps> {
        let (bid, ask) = (self.bid?.decimal(), self.ask?.decimal());
        let apart = (ask - bid) / (ask + bid) * Decimal::from(20_000);
        Bps::new(apart).ok().filter(|_| bid <= ask)
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |price: Option<Price>| price.map_or_else(|| "none".into(), |p| p.to_string());
        let at = time::new_york_text(self.at);
        let (bid, ask, source) = (side(self.bid), side(self.ask), &self.source);
        write!(f, "bid {bid}, ask {ask} at {at} from {source}")
    }
}

/// What came of asking for a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// This one.
    Quote(Quote),
    /// The vendor says there is none.
    NoQuote,
    /// Nothing could be read.
    Unread {
        /// Why, for people.
        why: String,
    },
}

/// The quote an entry was held up to, and what the limit said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// What was to be bought.
    pub symbol: Symbol,
    /// When the last look was judged.
    pub at: Instant,
    /// Looks made until then, at least one.
    pub looks: u32,
    /// The last of them.
    pub look: Look,
    /// Why the entry is stopped; `None` when it may go on.
    pub refused: Option<Refusal>,
    /// The bodies the last look was read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<BodyRef>,
}

/// Whether an entry in `symbol` at `now`, in the session that began at `open`, is stopped by what
/// was seen of its quote.
#[must_use]
pub fn too_wide(
    look: &Look,
    symbol: &Symbol,
    now: Instant,
    open: Instant,
    limits: &LimitSettings,
) -> Option<Refusal> {
    let seen = match look {
        Look::Unread { why } => format!("no quote could be read: {why}"),
        Look::NoQuote => "no quote".to_owned(),
        Look::Quote(quote) => match spread_now(quote, symbol, now, open) {
            Ok(spread) if spread <= Bps::whole(limits.spread_max_bps) => return None,
            Ok(spread) => {
                // Rounded up, so that what is refused never reads like the limit itself.
                let shown = (spread.decimal() * Decimal::ONE_HUNDRED).ceil() / Decimal::ONE_HUNDRED;
                format!("{} bps, {quote}", shown.normalize())
            }
            Err(why) => format!("{why}: {quote}"),
        },
    };
    let limit = format!("at most {} bps between bid and ask", limits.spread_max_bps);
    Some(Refusal::new(Reason::Spread, limit, seen))
}

/// The spread, or why this is no quote of now.
fn spread_now(
    quote: &Quote,
    symbol: &Symbol,
    now: Instant,
    open: Instant,
) -> Result<Bps, &'static str> {
    if &quote.symbol != symbol {
        return Err("another symbol's quote");
    }
    // A clock that is a little ahead of ours makes no quote bad; the skew has a limit of its own.
    if quote.at < open || now.duration_since(quote.at).abs() > QUOTE_AGE_MAX {
        return Err("not of now");
    }
    let why = match (quote.bid, quote.ask) {
        (Some(_), Some(_)) => "the bid above the ask",
        _ => "a side is missing",
    };
    quote.spread().ok_or(why)
}
