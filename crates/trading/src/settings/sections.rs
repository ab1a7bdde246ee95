//! The sections of the configuration: every limit a named default with its unit.

use market::split::Ratio;
use market::{Bps, Date, Decimal, Duration, Split, Symbol};
use serde::{Deserialize, Serialize};
use strategy::{ExitRule, HoursMode, Params, ParamsError, SLOW_MAX};

use super::SettingsError;

/// Sources that can be named in `[data] sources`, in the order in which they are worth asking.
pub const KNOWN_SOURCES: [&str; 3] = ["twelve-data", "fmp", "alpaca"];
/// What is asked when the configuration names none: the one whose free plan covers all exchanges.
const DEFAULT_SOURCE: &str = KNOWN_SOURCES[0];

/// A numeric key with its section, its value, and the least and the most it may be.
pub(super) type Range = (&'static str, u32, u32, u32);

/// The ranges of every numeric key, for who must tell them before there is a value.
pub(super) fn ranges() -> Vec<Range> {
    let (strategy, data) = (StrategySettings::default(), DataSettings::default());
    let sources = u32::try_from(KNOWN_SOURCES.len()).expect("the sources are few");
    let mut ranges = vec![
        ("strategy.fast", strategy.fast, 1, SLOW_MAX - 1),
        ("strategy.slow", strategy.slow, 2, SLOW_MAX),
        ("data.min_sources", 1, 1, sources),
    ];
    ranges.extend(data.ranges());
    ranges.extend(OrderSettings::default().ranges());
    ranges.extend(LimitSettings::default().ranges());
    ranges
}

/// `[strategy]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrategySettings {
    /// What is bought and sold.
    pub symbol: Symbol,
    /// Whose hours and price give the signal; the traded symbol when left out.
    pub signal_symbol: Option<Symbol>,
    /// Hours of the fast average; fewer than `slow`.
    pub fast: u32,
    /// Hours of the slow average; the first signal needs ten times as many closed hours.
    pub slow: u32,
    /// Which hours the averages see.
    pub hours: HoursMode,
    /// When a position is left.
    pub exit: ExitRule,
}

impl Default for StrategySettings {
    fn default() -> Self {
        Self {
            symbol: Symbol::new("TQQQ").expect("four capitals are a symbol"),
            signal_symbol: None,
            fast: 10,
            slow: 20,
            hours: HoursMode::Closed,
            exit: ExitRule::Confirmed,
        }
    }
}

impl StrategySettings {
    /// Whose hours and price give the signal.
    #[must_use]
    pub fn signal_symbol(&self) -> &Symbol {
        self.signal_symbol.as_ref().unwrap_or(&self.symbol)
    }

    /// The strategy's parameters, warm after ten times the slow average.
    ///
    /// # Errors
    /// [`SettingsError`] when fast is not below slow.
    pub fn params(&self) -> Result<Params, SettingsError> {
        let params = Params::new(self.fast, self.slow).map_err(|error| {
            let (key, value) = match error {
                ParamsError::SlowTooLong { slow } => ("strategy.slow", slow),
                _ => ("strategy.fast", self.fast),
            };
            let hint = "the usual pair is fast = 10, slow = 20";
            SettingsError::refused(key, &value, &error.to_string(), hint)
        })?;
        Ok(params.with_hours(self.hours).with_exit(self.exit))
    }

    pub(super) fn validate(&self) -> Result<(), SettingsError> {
        self.params().map(drop)
    }
}

/// Which of Alpaca's feeds is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlpacaFeed {
    /// One exchange, free in real time.
    #[default]
    Iex,
    /// All exchanges, paid in real time.
    Sip,
}

/// One row of `data.splits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSplit {
    /// Of which symbol.
    pub symbol: Symbol,
    /// The ex-date: first date on the new share basis.
    pub date: Date,
    /// New shares for one old.
    pub ratio: Ratio,
}

/// `[data]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSettings {
    /// Sources of bars in order; the first usable one leads. Bars of a single exchange (IEX) never lead
    /// beside others.
    pub sources: Vec<String>,
    /// Usable sources an entry asks for, at most as many as are named; left out, 1, and 2 with real
    /// money.
    pub min_sources: Option<u32>,
    /// Which of Alpaca's feeds is asked.
    pub alpaca_feed: AlpacaFeed,
    /// How long after the slot bars are asked for, so that the newest is final.
    pub settle_s: u32,
    /// How long before the slot the price may have been made.
    pub max_price_age_s: u32,
    /// Bars that may be missing for an entry, among those that still weigh in the averages; in the
    /// newest session none may be. An exit has rules of its own.
    pub max_gaps: u32,
    /// Splits that no vendor announces, or not in time.
    pub splits: Vec<KnownSplit>,
}

impl Default for DataSettings {
    fn default() -> Self {
        Self {
            sources: vec![DEFAULT_SOURCE.to_owned()],
            min_sources: None,
            alpaca_feed: AlpacaFeed::Iex,
            settle_s: 45,
            max_price_age_s: 60,
            max_gaps: 0,
            splits: Vec::new(),
        }
    }
}

impl DataSettings {
    /// After a bar's end, the least its vendor needs before it may be taken as final (EXECUTION
    /// §2).
    const SETTLE_S_MIN: u32 = 15;
    /// So that a try still has time to act.
    const SETTLE_S_MAX: u32 = 60;
    /// A price older than this is one of a symbol that does not trade (EXECUTION §2).
    const PRICE_AGE_S_MAX: u32 = 300;
    /// About a fifth of the window's bars; an average over fewer is another average.
    const GAPS_MAX: u32 = 100;

    /// How long after the slot bars are asked for.
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::from_secs(i64::from(self.settle_s))
    }

    /// How long before the slot the price may have been made.
    #[must_use]
    pub fn max_price_age(&self) -> Duration {
        Duration::from_secs(i64::from(self.max_price_age_s))
    }

    /// The known splits of `symbol`, in the order given.
    pub fn splits_of<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = Split> + 'a {
        let of_it = move |known: &&KnownSplit| &known.symbol == symbol;
        self.splits.iter().filter(of_it).map(|known| Split {
            date: known.date,
            ratio: known.ratio,
        })
    }

    pub(super) fn validate(&self) -> Result<(), SettingsError> {
        self.check_sources()?;
        check_ranges(&self.ranges())
    }

    fn ranges(&self) -> [Range; 3] {
        [
            (
                "data.settle_s",
                self.settle_s,
                Self::SETTLE_S_MIN,
                Self::SETTLE_S_MAX,
            ),
            (
                "data.max_price_age_s",
                self.max_price_age_s,
                1,
                Self::PRICE_AGE_S_MAX,
            ),
            ("data.max_gaps", self.max_gaps, 0, Self::GAPS_MAX),
        ]
    }

    /// Known sources, each once: a source that agrees with itself is no second opinion.
    fn check_sources(&self) -> Result<(), SettingsError> {
        let known = KNOWN_SOURCES.join("`, `");
        let hint = format!("known sources: `{known}`");
        let refused =
            |value: &str, why: &str| Err(SettingsError::refused("data.sources", value, why, &hint));
        if self.sources.is_empty() {
            return refused("[]", "at least one source is needed");
        }
        for (at, name) in self.sources.iter().enumerate() {
            if !KNOWN_SOURCES.contains(&name.as_str()) {
                return refused(name, "no such source");
            }
            if self.sources[..at].contains(name) {
                return refused(name, "named twice");
            }
        }
        Ok(())
    }
}

/// How an entry is ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStyle {
    /// So many dollars at the market.
    #[default]
    Notional,
    /// Whole shares, a marketable limit `collar_bps` away.
    Limit,
}

/// `[orders]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrderSettings {
    /// How an entry is ordered.
    pub order: OrderStyle,
    /// Distance of a limit from the price; for `order = "limit"` alone.
    pub collar_bps: u32,
    /// Share of equity that is never spent.
    pub cash_buffer_bps: u32,
    /// Least share of equity worth a buy; at least `cash_buffer_bps` + 100, or a full portfolio would
    /// keep buying.
    pub rebalance_band_bps: u32,
    /// How long one leg of a plan may take; then its order is cancelled.
    pub leg_timeout_s: u32,
    /// How long one try at a slot may take.
    pub try_timeout_s: u32,
    /// How old a slot may be when it is opened, and when its first order leaves; an older one is missed.
    pub max_slot_age_s: u32,
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self {
            order: OrderStyle::Notional,
            collar_bps: 50,
            cash_buffer_bps: 50,
            rebalance_band_bps: 200,
            leg_timeout_s: 25,
            try_timeout_s: 150,
            max_slot_age_s: 600,
        }
    }
}

impl OrderSettings {
    /// What the band must exceed the buffer by, in basis points: a full portfolio always holds
    /// the buffer in cash, and a band inside it would buy for ever.
    const BAND_OVER_BUFFER_BPS: u32 = 100;

    /// How long one leg may take.
    #[must_use]
    pub fn leg_timeout(&self) -> Duration {
        Duration::from_secs(i64::from(self.leg_timeout_s))
    }

    /// How long one try may take.
    #[must_use]
    pub fn try_timeout(&self) -> Duration {
        Duration::from_secs(i64::from(self.try_timeout_s))
    }

    /// How old a slot may be when its first order leaves.
    #[must_use]
    pub fn max_slot_age(&self) -> Duration {
        Duration::from_secs(i64::from(self.max_slot_age_s))
    }

    pub(super) fn validate(&self) -> Result<(), SettingsError> {
        let least = self.least_band_bps();
        if self.rebalance_band_bps < least {
            let why = "the band must be at least the cash buffer + 100 bps, or a full portfolio keeps buying";
            let hint = format!("write rebalance_band_bps = {least} or more");
            return Err(SettingsError::refused(
                "orders.rebalance_band_bps",
                &self.rebalance_band_bps,
                why,
                &hint,
            ));
        }
        check_ranges(&self.ranges())
    }

    /// The least band that the buffer allows, in basis points.
    fn least_band_bps(&self) -> u32 {
        self.cash_buffer_bps
            .saturating_add(Self::BAND_OVER_BUFFER_BPS)
    }

    fn ranges(&self) -> [Range; 6] {
        [
            (
                "orders.rebalance_band_bps",
                self.rebalance_band_bps,
                self.least_band_bps(),
                10_000,
            ),
            ("orders.collar_bps", self.collar_bps, 1, 500),
            ("orders.cash_buffer_bps", self.cash_buffer_bps, 0, 5000),
            ("orders.leg_timeout_s", self.leg_timeout_s, 5, 60),
            ("orders.try_timeout_s", self.try_timeout_s, 60, 600),
            ("orders.max_slot_age_s", self.max_slot_age_s, 60, 1500),
        ]
    }
}

/// `[limits]`: every limit of EXECUTION §6 with its unit and default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Orders a slot, exits counted: from there on an entry is refused, an exit never.
    pub orders_per_slot: u32,
    /// Orders a day, exits counted: from there on an entry is refused, an exit never.
    pub orders_per_day: u32,
    /// Reduce-only orders a day: the one limit that sales have.
    pub reduce_only_per_day: u32,
    /// Round trips a day, each a buy and a later sale of one symbol: from there on an entry is refused.
    pub round_trips_per_day: u32,
    /// One order's value against equity. An entry is of all cash: below 100 it is refused, whole.
    pub order_notional_max_pct: u32,
    /// Value held after an entry against equity; as above.
    pub exposure_max_pct: u32,
    /// Loss since the last look on an earlier day, net of transfers, beyond which nothing is bought.
    pub daily_loss_max_pct: u32,
    /// Loss from the high-water mark, net of transfers, beyond which nothing is bought.
    pub drawdown_max_pct: u32,
    /// Price against the newest closed hour, beyond which nothing is bought.
    pub price_jump_max_pct: u32,
    /// Two sources' prices against each other, beyond which nothing is bought.
    pub price_disagreement_max_bps: u32,
    /// From bid to ask, of the middle, before an entry; it waits up to a minute for less.
    pub spread_max_bps: u32,
    /// The broker's clock against ours, beyond which nothing is bought.
    pub clock_skew_max_ms: u32,
    /// Whether entries need an account that can neither borrow nor sell short; with real money always.
    pub require_unlevered_account: bool,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            orders_per_slot: 8,
            orders_per_day: 40,
            reduce_only_per_day: 10,
            round_trips_per_day: 3,
            order_notional_max_pct: 100,
            exposure_max_pct: 100,
            daily_loss_max_pct: 20,
            drawdown_max_pct: 50,
            price_jump_max_pct: 35,
            price_disagreement_max_bps: 50,
            spread_max_bps: 50,
            clock_skew_max_ms: 2000,
            require_unlevered_account: true,
        }
    }
}

impl LimitSettings {
    pub(super) fn validate(&self) -> Result<(), SettingsError> {
        check_ranges(&self.ranges())
    }

    fn ranges(&self) -> [Range; 12] {
        [
            ("limits.orders_per_slot", self.orders_per_slot, 1, 20),
            ("limits.orders_per_day", self.orders_per_day, 1, 200),
            (
                "limits.reduce_only_per_day",
                self.reduce_only_per_day,
                1,
                100,
            ),
            (
                "limits.round_trips_per_day",
                self.round_trips_per_day,
                1,
                13,
            ),
            (
                "limits.order_notional_max_pct",
                self.order_notional_max_pct,
                1,
                100,
            ),
            ("limits.exposure_max_pct", self.exposure_max_pct, 1, 100),
            ("limits.daily_loss_max_pct", self.daily_loss_max_pct, 1, 100),
            ("limits.drawdown_max_pct", self.drawdown_max_pct, 1, 100),
            ("limits.price_jump_max_pct", self.price_jump_max_pct, 1, 100),
            (
                "limits.price_disagreement_max_bps",
                self.price_disagreement_max_bps,
                1,
                500,
            ),
            ("limits.spread_max_bps", self.spread_max_bps, 1, 500),
            (
                "limits.clock_skew_max_ms",
                self.clock_skew_max_ms,
                100,
                10_000,
            ),
        ]
    }
}

/// The form in which a webhook wants its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertPreset {
    /// An object of ours: schema, level, title, text.
    #[default]
    Json,
    /// Slack's incoming webhooks.
    Slack,
    /// A topic of ntfy.
    Ntfy,
}

impl AlertPreset {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An outcome that may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldOutcome {
    /// Orders were filled.
    Traded,
    /// Nothing was to be done.
    Held,
    /// A rule forbade it.
    Refused,
}

/// What is told unless it is left out: nobody need act on it at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuietOutcome {
    /// A try failed and another follows; told once a slot and reason.
    TryFailed,
    /// Nobody ran a slot in time.
    Missed,
}

/// `[alerts]`. Addresses are secrets and stand in the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSettings {
    /// The form in which the webhook wants its messages.
    #[serde(skip_serializing_if = "AlertPreset::is_default")]
    pub preset: AlertPreset,
    /// Outcomes told of besides those that always are: failed, missed, and whatever needs the
    /// owner.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<ToldOutcome>,
    /// What is not told although it is by default. What needs the owner always is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<QuietOutcome>,
    /// Whether a summary goes out after the close of a day.
    #[serde(skip_serializing_if = "is_true")]
    pub daily_summary: bool,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            preset: AlertPreset::default(),
            also: Vec::new(),
            leave_out: Vec::new(),
            daily_summary: true,
        }
    }
}

/// What is as it is by default is left out of the effective configuration, whose hash stands in
/// every journal.
fn is_true(value: &bool) -> bool {
    *value
}

fn check_ranges(ranges: &[Range]) -> Result<(), SettingsError> {
    match ranges
        .iter()
        .find(|(_, value, least, most)| !(least..=most).contains(&value))
    {
        None => Ok(()),
        Some((key, value, least, most)) => {
            let hint = format!("write a number from {least} to {most}");
            Err(SettingsError::refused(key, value, "out of range", &hint))
        }
    }
}

/// So many basis points of configuration.
#[must_use]
pub fn bps(value: u32) -> Bps {
    Bps::whole(value)
}

/// So many percent of configuration, as a plain ratio.
#[must_use]
pub fn percent(value: u32) -> Decimal {
    Bps::whole(value * 100).fraction()
}
