//! What goes wrong, how often, and whether it did.
//!
//! Every moment at which a fault could strike is a *chance*, numbered by fault. Whether it strikes
//! is a function of seed, fault and number alone: the same seed gives the same strikes, and a plan
//! of strikes can be repeated, or repeated in part.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use market::{Bps, Decimal, Duration, time};

/// Chances are counted out of so many.
const RATE_WHOLE: u64 = 100_000;

/// One seed in so many is harsh: its faults strike so much more often.
const HARSH_ONE_IN: u64 = 4;
const HARSHER: u64 = 5;
/// Purpose of the lot that decides it.
const OF_HARSHNESS: u64 = 0x4a75;

/// Something that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each has its sentence in the table below")]
pub enum Fault {
    WriteLostBefore,
    WriteLostAfter,
    WriteLate,
    WriteSlow,
    WriteRefused,
    WriteRefusedButDone,
    ReadFails,
    ReadSlow,
    ReadNever,
    BarsFail,
    BarsStale,
    BarMissing,
    BarCorrupt,
    BarRevised,
    BarsMoved,
    BarsRaw,
    SourceDown,
    PriceFails,
    PriceStale,
    PriceAbsent,
    PriceMoved,
    QuoteWide,
    ActionsFail,
    PutLostBefore,
    PutLostAfter,
    PutLate,
    StoreFails,
    Crash,
    Pause,
    Sleep,
    SleepAtSend,
    Overlap,
    StartLate,
    StartSoon,
    ClockSkewed,
    AlertFails,
    OrderDelayed,
    OrderStuck,
    OrderRejected,
    CancelStuck,
    CancelRace,
    SymbolHalted,
    PositionsLag,
    CashLags,
    SessionShort,
    SessionOdd,
    Deposit,
    Withdrawal,
    ManualSale,
    ManualPurchase,
    OwnerHalts,
    OwnerFreezes,
    OwnerFlattens,
}

/// One row of the table of faults.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The fault.
    pub fault: Fault,
    /// Its name on the command line.
    pub name: &'static str,
    /// Strikes in 100,000 chances.
    pub rate: u32,
    /// What happens.
    pub what: &'static str,
}

macro_rules! faults {
    ($($fault:ident $name:literal $rate:literal $what:literal;)*) => {
        /// Every fault: its name, its strikes in 100,000 chances, and what happens.
        pub const FAULTS: [Known; faults!(@count $($fault)*)] = [
            $(Known { fault: Fault::$fault, name: $name, rate: $rate, what: $what }),*
        ];
    };
    (@count $($fault:ident)*) => { [$(Fault::$fault),*].len() };
}

faults! {
    WriteLostBefore     "write-lost-before"      3000 "an order or cancel never arrives, and no answer comes";
    WriteLostAfter      "write-lost-after"       3000 "an order or cancel is carried out, and no answer comes";
    WriteLate           "write-late"             3000 "an order or cancel stays on its way for up to 19 s";
    WriteSlow           "write-slow"             2000 "the answer to an order or cancel takes up to 12 s";
    WriteRefused        "write-refused"          1500 "an order is refused for no good reason";
    WriteRefusedButDone "write-refused-but-done" 1000 "an order is carried out, and the answer says it was refused";
    ReadFails           "read-fails"              400 "a question to the broker ends in a server error";
    ReadSlow            "read-slow"               200 "the broker's answer is up to 9 s old when it comes";
    ReadNever           "read-never"              100 "the broker never answers";
    BarsFail            "bars-fail"              2000 "a source of bars ends in an error";
    BarsStale           "bars-stale"             1000 "a source's bars stand still since one to four bars";
    BarMissing          "bar-missing"            1000 "one of the newest bars is not there";
    BarCorrupt          "bar-corrupt"            1000 "one bar is nonsense";
    BarRevised          "bar-revised"            1000 "the newest closed bar closes elsewhere by up to 1 %";
    BarsMoved           "bars-moved"              500 "all prices of a source are off by up to 2 %";
    BarsRaw             "bars-raw"               3000 "bars of before a split come as they were traded";
    SourceDown          "source-down"             500 "a source of bars is down for up to six slots";
    PriceFails          "price-fails"            1500 "the price ends in an error";
    PriceStale          "price-stale"            1000 "the price is two to ten minutes old";
    PriceAbsent         "price-absent"            500 "there is no price";
    PriceMoved          "price-moved"             500 "the price is off by up to 1 %";
    QuoteWide           "quote-wide"             1000 "bid and ask stand up to 3 % apart";
    ActionsFail         "actions-fail"           1000 "corporate actions end in an error";
    PutLostBefore       "put-lost-before"         300 "an append never arrives, and no answer comes";
    PutLostAfter        "put-lost-after"          300 "an append is written, and no answer comes";
    PutLate             "put-late"                150 "an append is written up to 5 s after its answer was given up";
    StoreFails          "store-fails"             100 "the journal's store cannot be reached";
    Crash               "crash"                    60 "the process dies before or after a port call";
    Pause               "pause"                    40 "the process stands still for up to 40 minutes";
    Sleep               "sleep"                    30 "the machine sleeps for up to 40 minutes, and its count of time with it";
    SleepAtSend         "sleep-at-send"          1000 "the machine sleeps just before an order leaves";
    Overlap             "overlap"                4000 "a second runner is started for the same slot";
    StartLate           "start-late"             3000 "the slot is started up to 15 minutes late";
    StartSoon           "start-soon"            30000 "the next try begins within 5 s";
    ClockSkewed         "clock-skewed"           2000 "the runner's clock is off by up to 6 s";
    AlertFails          "alert-fails"           20000 "an alert is not delivered";
    OrderDelayed        "order-delayed"          3000 "orders of the slot fill up to 40 s late";
    OrderStuck          "order-stuck"            2500 "orders of the slot never fill, or only in part";
    OrderRejected       "order-rejected"         1500 "orders of the slot are taken in and then rejected";
    CancelStuck         "cancel-stuck"           2000 "cancels of the slot never take effect";
    CancelRace          "cancel-race"            2000 "orders of the slot fill while they are withdrawn";
    SymbolHalted        "symbol-halted"           800 "the symbol does not trade for one to three slots";
    PositionsLag        "positions-lag"          3000 "positions show fills up to 20 s late";
    CashLags            "cash-lags"              3000 "cash shows fills up to 20 s late";
    SessionShort        "session-short"           200 "the session really ends hours early";
    SessionOdd          "session-odd"             200 "the broker's calendar says an early close";
    Deposit             "deposit"                 500 "the owner pays in";
    Withdrawal          "withdrawal"              500 "the owner pays out";
    ManualSale          "manual-sale"             400 "the owner sells by hand";
    ManualPurchase      "manual-purchase"         400 "the owner buys another share by hand";
    OwnerHalts          "owner-halts"             300 "the owner halts for up to three slots";
    OwnerFreezes        "owner-freezes"           500 "the owner freezes for up to three slots";
    OwnerFlattens       "owner-flattens"          200 "the owner flattens for up to three slots";
}

impl Fault {
    /// Its row.
    #[must_use]
    pub fn known(self) -> &'static Known {
        &FAULTS[self as usize]
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.known().name)
    }
}

/// No fault has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fault; `tqqq simulate --faults help` lists them")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let found = FAULTS.iter().find(|known| known.name == text);
        found
            .map(|known| known.fault)
            .ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

/// One strike: the chance, by number from 0, at which a fault struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strike {
    /// Which fault.
    pub fault: Fault,
    /// At which of its chances.
    pub nth: u64,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.fault, self.nth)
    }
}

/// What a strike draws its size from.
#[derive(Debug, Clone, Copy)]
pub struct Lot(u64);

impl Lot {
    /// 0 to below `end`, which is above zero.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = mix(self.0);
        self.0 % end
    }

    /// Yes or no, evenly.
    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A span from `least` to `most` milliseconds.
    pub(crate) fn milliseconds(&mut self, least: u64, most: u64) -> Duration {
        let drawn = least + self.below(most - least + 1);
        time::milliseconds(i64::try_from(drawn).expect("spans of a simulation are short"))
    }

    /// A distance of up to so many basis points, up or down.
    pub(crate) fn distance(&mut self, most: u64) -> Bps {
        let drawn = Decimal::from(self.below(2 * most + 1)) - Decimal::from(most);
        Bps::new(drawn).expect("small distances are distances")
    }

    /// A number from 0 to below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits are as many as the number holds"
        )]
        let part = (self.below(1 << 53) as f64) / ((1_u64 << 53) as f64);
        part
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014) over its golden step.
pub(crate) const fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Where strikes come from.
#[derive(Debug, Clone)]
enum Source {
    /// The seed, among these faults.
    Drawn { only: Option<BTreeSet<Fault>> },
    /// A plan, to be repeated in whole or in part.
    Planned(BTreeSet<Strike>),
}

/// How often a fault could strike, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Moments at which it could.
    pub chances: u64,
    /// Moments at which it did.
    pub strikes: u64,
}

/// Decides what goes wrong.
#[derive(Debug, Clone)]
pub struct Fate {
    seed: u64,
    source: Source,
    /// How much more often than their rates faults strike.
    harshness: u64,
    over: bool,
    counts: [Count; FAULTS.len()],
    struck: Vec<Strike>,
}

impl Fate {
    /// All faults at their rates, or only some.
    #[must_use]
    pub fn drawn(seed: u64, only: Option<BTreeSet<Fault>>) -> Self {
        Self::new(seed, Source::Drawn { only })
    }

    /// The strikes of a plan and no others.
    #[must_use]
    pub fn planned(seed: u64, plan: BTreeSet<Strike>) -> Self {
        Self::new(seed, Source::Planned(plan))
    }

    fn new(seed: u64, source: Source) -> Self {
        let harshness = if Lot(mix(seed ^ OF_HARSHNESS)).below(HARSH_ONE_IN) == 0 {
            HARSHER
        } else {
            1
        };
        Self {
            seed,
            source,
            harshness,
            over: false,
            counts: [Count::default(); FAULTS.len()],
            struck: Vec::new(),
        }
    }

    /// The seed's own lot for `purpose`, apart from all strikes.
    pub(crate) fn lot(&self, purpose: u64) -> Lot {
        Lot(mix(mix(self.seed ^ 0x5ce0_a710) ^ purpose))
    }

    /// From now on nothing goes wrong.
    pub(crate) fn end(&mut self) {
        self.over = true;
    }

    /// A chance for a fault: its lot when it strikes.
    pub(crate) fn strikes(&mut self, fault: Fault) -> Option<Lot> {
        if self.over {
            return None;
        }
        let count = &mut self.counts[fault as usize];
        let nth = count.chances;
        count.chances += 1;
        let strike = Strike { fault, nth };
        let lot = mix(mix(self.seed ^ ((fault as u64 + 1) << 48)) ^ nth);
        let strikes = match &self.source {
            Source::Planned(plan) => plan.contains(&strike),
            Source::Drawn { only } => {
                only.as_ref().is_none_or(|only| only.contains(&fault))
                    && (lot >> 20) % RATE_WHOLE < u64::from(fault.known().rate) * self.harshness
            }
        };
        if !strikes {
            return None;
        }
        count.strikes += 1;
        self.struck.push(strike);
        Some(Lot(lot))
    }

    /// All that struck, in the order in which it did.
    #[must_use]
    pub fn struck(&self) -> &[Strike] {
        &self.struck
    }

    /// How often each could and did, in the order of the table.
    #[must_use]
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_faults() {
        for (place, known) in FAULTS.iter().enumerate() {
            assert_eq!(known.fault as usize, place, "{}", known.name);
            assert_eq!(known.name.parse(), Ok(known.fault));
        }
    }

    #[test]
    fn a_plan_repeats_what_was_drawn_and_leaving_one_out_moves_no_other() {
        let draw = |fate: &mut Fate| {
            for _ in 0..500 {
                fate.strikes(Fault::WriteLate);
                fate.strikes(Fault::Crash);
            }
        };
        let mut drawn = Fate::drawn(7, None);
        draw(&mut drawn);
        assert!(drawn.struck().len() > 5, "{:?}", drawn.struck());
        let mut plan: BTreeSet<Strike> = drawn.struck().iter().copied().collect();
        let first = plan.pop_first().expect("something struck");
        let mut repeated = Fate::planned(7, plan.clone());
        draw(&mut repeated);
        assert_eq!(
            repeated.struck().iter().copied().collect::<BTreeSet<_>>(),
            plan
        );
        assert!(!repeated.struck().contains(&first));
    }
}
