//! Which mistakes there are, and which of them is made on this thread.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

thread_local! {
    static COMMITTED: Cell<Option<Sabotage>> = const { Cell::new(None) };
}

/// One row of the table of sabotages.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The sabotage.
    pub sabotage: Sabotage,
    /// Its name on the command line and in the manual.
    pub name: &'static str,
    /// What is done wrong.
    pub what: &'static str,
}

macro_rules! sabotages {
    ($($sabotage:ident $name:literal $what:literal;)*) => {
        /// A mistake made on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Sabotage {
            $(#[doc = $what] $sabotage,)*
        }

        /// Every sabotage: its name, and what is done wrong.
        pub const KNOWN: [Known; sabotages!(@count $($sabotage)*)] = [
            $(Known { sabotage: Sabotage::$sabotage, name: $name, what: $what }),*
        ];
    };
    (@count $($sabotage:ident)*) => { [$(Sabotage::$sabotage),*].len() };
}

sabotages! {
    RandomIds            "random-ids"             "every order gets a fresh id instead of its slot's";
    BlindRetry           "blind-retry"            "an order without an answer is posted again at once";
    NewIdForUnknown      "new-id-for-unknown"     "an order that may be live is sent again under a new id";
    BuyBeforeSold        "buy-before-sold"        "a buy leaves with the sales that are to pay for it";
    SizeFromBuyingPower  "size-from-buying-power" "an entry spends the buying power instead of the cash";
    TimeoutIsRejection   "timeout-is-rejection"   "no answer is taken for a refusal";
    ErrorIsFlat          "error-is-flat"          "positions that cannot be read are none";
    FormingBarCounts     "forming-bar-counts"     "the bar under way counts as closed";
    NoWarmUp             "no-warm-up"             "a few hours are enough for an average";
    FixedOffset          "fixed-offset"           "New York is five hours behind UTC all year";
    NoHalfDays           "no-half-days"           "every session ends at 16:00";
    NoCompareAndSwap     "no-compare-and-swap"    "records are appended behind whatever stands there";
    NoRunId              "no-run-id"              "all runs have the same id";
    UnintendedCancel     "unintended-cancel"      "a cancel is sent without an intent";
    SendBeforeIntent     "send-before-intent"     "an order is sent before its intent is written";
    RecoverySends        "recovery-sends"         "recovery sends an order that it does not find";
    MonotonicOnly        "monotonic-only"         "the wall clock does not end the time of a send";
    IdAfterCancel        "id-after-cancel"        "the id of an order that was taken back is given again";
    TruncatedQuantity    "truncated-quantity"     "an exit sells whole shares only";
    FailedTooSoon        "failed-too-soon"        "the first failed try closes the slot";
    EntryLimitOnExits    "entry-limit-on-exits"   "what stops an entry stops an exit too";
    KeepForgetsOut       "keep-forgets-out"       "a neutral signal forgets an exit that is not done";
    SplitTwice           "split-twice"            "a known split is applied to bars that have it";
    SuspectedTraded      "suspected-traded"       "a jump like a split stops nothing";
    StalePrice           "price-of-any-age"       "a price of any age is traded on";
    CancelledIsUnfilled  "cancelled-is-unfilled"  "what a cancelled order had filled is forgotten";
    ReconstructedBuys    "reconstructed-buys"     "a bullish signal of a slot nobody ran buys";
    FreezeLetsExits      "freeze-lets-exits"      "a freeze stops no exit";
    SettledUnseen        "settled-unseen"         "an order past its leg counts as ended unseen";
}

impl Sabotage {
    /// Its row.
    #[must_use]
    pub fn known(self) -> &'static Known {
        &KNOWN[self as usize]
    }

    /// Runs `work` with this mistake made on this thread.
    pub fn commit<T>(self, work: impl FnOnce() -> T) -> T {
        let _before = Changed::to(Some(self));
        work()
    }

    /// Whether it is made here and now.
    #[must_use]
    pub fn is_committed(self) -> bool {
        COMMITTED.get() == Some(self)
    }

    /// What is made here and now.
    #[must_use]
    pub fn committed() -> Option<Self> {
        COMMITTED.get()
    }
}

/// What was committed before, and is again once this is gone.
#[derive(Debug)]
struct Changed(Option<Sabotage>);

impl Changed {
    fn to(sabotage: Option<Sabotage>) -> Self {
        Self(COMMITTED.replace(sabotage))
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        COMMITTED.set(self.0);
    }
}

/// No mistake is made on this thread while this lives.
#[derive(Debug)]
pub struct Suspended(#[expect(dead_code, reason = "held for its end")] Changed);

impl Suspended {
    /// From now on.
    #[must_use]
    pub fn begin() -> Self {
        Self(Changed::to(None))
    }
}

impl fmt::Display for Sabotage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.known().name)
    }
}

/// No sabotage has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no sabotage; docs/simulation.md lists them")]
pub struct UnknownSabotage(String);

impl FromStr for Sabotage {
    type Err = UnknownSabotage;

    fn from_str(text: &str) -> Result<Self, UnknownSabotage> {
        let found = KNOWN.iter().find(|known| known.name == text);
        found
            .map(|known| known.sabotage)
            .ok_or_else(|| UnknownSabotage(text.to_owned()))
    }
}
