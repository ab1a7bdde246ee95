//! What trades here, and what the vendors say about it.

use market::Symbol;

use super::series::Series;
use super::uuid::Uuid;

/// A symbol that trades here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The symbol.
    pub symbol: Symbol,
    /// The broker's name for it.
    pub id: Uuid,
    /// The name for people.
    pub name: String,
    /// The exchange, in the broker's word.
    pub exchange: &'static str,
    /// The exchange's code.
    pub mic_code: &'static str,
    /// Percent of a long position's value that it ties up; 75 for a 3x fund, as the broker's page
    /// on leveraged funds says.
    pub margin_long_percent: u32,
    /// The same of a short position.
    pub margin_short_percent: u32,
    /// Fractions of a share are traded.
    pub fractionable: bool,
    /// It can be sold short.
    pub shortable: bool,
}

/// Funds with a name of their own: symbol, name and percent of margin long and short.
const KNOWN: [(&str, &str, u32, u32); 4] = [
    ("TQQQ", "ProShares UltraPro QQQ", 75, 90),
    ("SQQQ", "ProShares UltraPro Short QQQ", 75, 90),
    ("QQQ", "Invesco QQQ Trust, Series 1", 30, 30),
    ("SPY", "State Street SPDR S&P 500 ETF Trust", 30, 30),
];

impl Listing {
    /// What is listed under a symbol unless told otherwise: a fractionable, shortable fund.
    #[must_use]
    pub fn of(symbol: &Symbol) -> Self {
        let known = KNOWN.iter().find(|(known, ..)| *known == symbol.as_str());
        let (name, long, short) = match known {
            Some((_, name, long, short)) => ((*name).to_owned(), *long, *short),
            None => (format!("{symbol} (local venue)"), 30, 30),
        };
        Self {
            symbol: symbol.clone(),
            id: Uuid::of_name(symbol.as_str()),
            name,
            exchange: "NASDAQ",
            mic_code: "XNMS",
            margin_long_percent: long,
            margin_short_percent: short,
            fractionable: true,
            shortable: true,
        }
    }
}

/// A listing and its prices.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) listing: Listing,
    pub(super) series: Series,
}
