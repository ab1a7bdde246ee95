//! At which price an order fills that nobody has sent: what a backtest takes, and what a real fill
//! is held against. The one place that says so.

use market::{Bar, Price};
use serde::{Deserialize, Serialize};

use crate::order::Side;

/// At which price an order fills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// At the first price after the decision: the following bar's open, or at a slot the open of
    /// the bar that starts there.
    #[default]
    NextOpen,
    /// At the price decided on. Nobody trades at a price that is known only once it is gone: this
    /// flatters. At a slot that price is the open, so it equals [`Fill::NextOpen`] there.
    SameClose,
    /// At the worst price of the bar that [`Fill::NextOpen`] fills in: buys at its high, sales at
    /// its low.
    Worst,
}

impl Fill {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::NextOpen, Self::SameClose, Self::Worst];

    /// Its name, as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NextOpen => "next-open",
            Self::SameClose => "same-close",
            Self::Worst => "worst",
        }
    }

    /// What an order decided at `decided` pays or brings that fills in `bar`, before slippage.
    #[must_use]
    pub const fn prices(self, decided: Price, bar: &Bar) -> FillPrices {
        match self {
            Self::NextOpen => FillPrices::both(bar.open),
            Self::SameClose => FillPrices::both(decided),
            Self::Worst => FillPrices {
                buy: bar.high,
                sell: bar.low,
            },
        }
    }
}

/// What a buy pays and what a sale brings, in dollars a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillPrices {
    /// A buy.
    pub buy: Price,
    /// A sale.
    pub sell: Price,
}

impl FillPrices {
    const fn both(price: Price) -> Self {
        Self {
            buy: price,
            sell: price,
        }
    }

    /// That of one side.
    #[must_use]
    pub const fn of(self, side: Side) -> Price {
        match side {
            Side::Buy => self.buy,
            Side::Sell => self.sell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_price_in_the_bar_and_the_worst_is_the_worst() {
        let price = |text: &str| text.parse().unwrap();
        let start = "2025-05-12T13:30:00Z".parse().unwrap();
        let bar = Bar::new(
            start,
            price("10"),
            price("12"),
            price("9"),
            price("11"),
            None,
        )
        .unwrap();
        let table = [
            (Fill::NextOpen, "10", "10"),
            (Fill::SameClose, "10.5", "10.5"),
            (Fill::Worst, "12", "9"),
        ];
        for (fill, buy, sell) in table {
            let prices = fill.prices(price("10.5"), &bar);
            assert_eq!(prices.of(Side::Buy), price(buy), "{}", fill.name());
            assert_eq!(prices.of(Side::Sell), price(sell), "{}", fill.name());
        }
    }
}
