//! The limit on the spread: EXECUTION §6.

use market::{Bps, Decimal, Price};
use proptest::prelude::*;
use trading::outcome::{Reason, Refusal};
use trading::settings::LimitSettings;
use trading::spread::{Look, Quote, too_wide};

use crate::fixture::{TQQQ, at, quote, symbol, this_session};

const NOW: &str = "2025-05-12T10:31";

fn judged(look: &Look) -> Option<Refusal> {
    let limits = LimitSettings::default();
    too_wide(look, &symbol(TQQQ), at(NOW), this_session().open, &limits)
}

fn says(look: &Look) -> String {
    judged(look).map_or_else(|| "narrow enough".to_owned(), |refusal| refusal.to_string())
}

fn changed(change: impl FnOnce(&mut Quote)) -> Look {
    let Look::Quote(mut quote) = quote("99.99", "100.01", NOW) else {
        panic!("a quote");
    };
    change(&mut quote);
    Look::Quote(quote)
}

#[test]
fn the_limit_is_the_last_spread_that_passes() {
    let told: Vec<String> = [
        quote("100", "100", NOW),
        quote("99.99", "100.01", NOW),
        quote("99.75", "100.25", NOW),
        quote("99.7499", "100.25", NOW),
        quote("99.4", "100.6", NOW),
    ]
    .iter()
    .map(says)
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    narrow enough
    narrow enough
    narrow enough
    Spread (at most 50 bps between bid and ask; seen: 50.02 bps, bid 99.7499, ask 100.25 at 2025-05-12T10:31:00-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: 120 bps, bid 99.4, ask 100.6 at 2025-05-12T10:31:00-04:00 from alpaca)
    ");
}

#[test]
fn a_quote_that_cannot_be_believed_counts_as_too_wide() {
    let told: Vec<String> = [
        quote("100.01", "99.99", NOW),
        changed(|quote| quote.bid = None),
        changed(|quote| quote.ask = None),
        changed(|quote| quote.symbol = symbol("QQQ")),
        changed(|quote| quote.at = at("2025-05-12T10:29:59")),
        changed(|quote| quote.at = at("2025-05-12T10:32:01")),
        Look::NoQuote,
        Look::Unread {
            why: "alpaca: HTTP 503".to_owned(),
        },
    ]
    .iter()
    .map(says)
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    Spread (at most 50 bps between bid and ask; seen: the bid above the ask: bid 100.01, ask 99.99 at 2025-05-12T10:31:00-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: a side is missing: bid none, ask 100.01 at 2025-05-12T10:31:00-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: a side is missing: bid 99.99, ask none at 2025-05-12T10:31:00-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: another symbol's quote: bid 99.99, ask 100.01 at 2025-05-12T10:31:00-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: not of now: bid 99.99, ask 100.01 at 2025-05-12T10:29:59-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: not of now: bid 99.99, ask 100.01 at 2025-05-12T10:32:01-04:00 from alpaca)
    Spread (at most 50 bps between bid and ask; seen: no quote)
    Spread (at most 50 bps between bid and ask; seen: no quote could be read: alpaca: HTTP 503)
    ");
}

#[test]
fn a_quote_of_a_minute_ago_is_of_now_and_one_of_before_the_opening_is_not() {
    assert_eq!(
        judged(&changed(|quote| quote.at = at("2025-05-12T10:30"))),
        None
    );
    let (look, limits) = (
        changed(|quote| quote.at = at("2025-05-12T09:29:59")),
        LimitSettings::default(),
    );
    let (symbol, open) = (symbol(TQQQ), this_session().open);
    let stopped = too_wide(&look, &symbol, at("2025-05-12T09:30:05"), open, &limits);
    assert_eq!(stopped.map(|refusal| refusal.reason), Some(Reason::Spread));
}

proptest! {
    #[test]
    fn what_passes_costs_at_most_half_the_limit_on_either_side(
        bid in 1_i64..1_000_000,
        apart in -100_i64..20_000,
        limit in 1_u32..500,
    ) {
        let price = |cents: i64| Price::new(Decimal::new(cents.max(1), 2)).unwrap();
        let (bid, ask) = (price(bid), price(bid + apart));
        let look = changed(|quote| (quote.bid, quote.ask) = (Some(bid), Some(ask)));
        let limits = LimitSettings { spread_max_bps: limit, ..LimitSettings::default() };
        let stopped = too_wide(&look, &symbol(TQQQ), at(NOW), this_session().open, &limits);
        let middle = (bid.decimal() + ask.decimal()) / Decimal::TWO;
        let most = middle * Bps::whole(limit).fraction() / Decimal::TWO;
        let inside = ask.decimal() - middle <= most && bid <= ask;
        prop_assert_eq!(stopped.is_none(), inside);
    }
}
