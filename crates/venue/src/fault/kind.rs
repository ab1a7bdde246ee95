//! What a fault does.

use market::time::Time;
use market::{Bps, Duration, Instant, Symbol};

use crate::model::{
    ClientIds, DayEnd, EntryMargin, Fees, HaltShown, MarketCheck, NotionalFill, SplitBooking,
};

/// What a fault does; the names stand in [`super::KNOWN`].
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// 429 without asking anybody.
    RateLimited(Limited),
    /// 401 in spite of good keys.
    Unauthorized,
    /// The plan does not include it.
    PlanRefused(PlanGate),
    /// A server error in the vendor's own body; nothing was done.
    ServerError(u16),
    /// A gateway's page instead of an answer; nothing was done.
    Html(u16),
    /// The request arrives so much later; then all goes its way.
    Late(Duration),
    /// The connection breaks before anything was done.
    ResetBefore,

    /// The answer comes so much later; what was asked is done at once.
    Slow(Duration),
    /// The connection breaks after it was done.
    ResetAfter,
    /// It was done, and a server error says otherwise.
    LostAnswer(u16),
    /// It was done, and the answer has no body.
    Empty(u16),
    /// The first half of the body.
    Truncated,
    /// The request is carried out twice.
    Duplicated(Delivery),
    /// No object of the answer has this field.
    RemovedField(String),
    /// Every field of this name is null.
    NullField(String),
    /// Every object of the answer has one field more.
    AddedField(String),
    /// Errors come under HTTP 200.
    ErrorsAsOk,
    /// Errors say the same in other words.
    Reworded,
    /// No header tells what is left.
    NoRateHeaders,

    /// Bars as they stood so long ago.
    StaleBars(Duration),
    /// One bar is not there.
    MissingBar(BarAt),
    /// The newest closed bar closes elsewhere in every other answer, beginning with the first.
    RevisedBar(Bps),
    /// The newest closed row stands twice.
    DuplicatedRow(Twin),
    /// Rows under way are left out.
    FormingAbsent,
    /// A row at the close repeats the last price.
    ClosingRow,
    /// There are no rows.
    NoRows,
    /// Rows are raw although adjusted ones were asked for.
    Unadjusted,
    /// Every price of the bars is moved.
    MovedPrices(Bps),
    /// Rows have no volume.
    NoVolume,
    /// Prices and quotes as they stood so long ago.
    StalePrice(Duration),
    /// Bid and ask lie so far apart; orders fill as ever.
    WideQuote(Bps),
    /// A quote that cannot be believed.
    OddQuote(OddQuote),

    /// The broker's clock is wrong by so much.
    ClockSkew(Duration),
    /// The broker's calendar says that today closes then; trading goes on.
    OddCalendar(Time),
    /// Positions show a fill so much later.
    LaggingPositions(Duration),
    /// Cash and what follows from it show a fill so much later.
    LaggingCash(Duration),
    /// No corporate action is known.
    NoCorporateActions,
    /// The account has the fields that were removed on 2026-07-06.
    PdtFields,

    /// A symbol, or all, trade no more.
    Halted(Option<Symbol>),
    /// Orders are looked at so much later.
    DelayedFill(Duration),
    /// Orders are never looked at.
    StuckOrder(Stuck),
    /// Cancels never take effect.
    StuckCancel,
    /// Orders fill while they are withdrawn.
    CancelRace(CancelRace),
    /// Orders are taken in and then rejected.
    RejectedOrder,
    /// The account may not trade.
    Blocked(BlockedBy),
    /// Today's session, or the next one, really ends then.
    EarlyClose(Time),
    /// Today's session, or the next one, is called off.
    Closure,

    /// An unconfirmed fact, read in one way.
    Reading(Reading),
}

/// What a 429 carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    /// The vendor's own headers.
    WithHeaders,
    /// They and `Retry-After`, in seconds.
    RetryAfter(u32),
    /// No header at all.
    Bare,
    /// The day's limit, where the vendor has words of its own for it.
    OfTheDay,
}

/// What the plan refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanGate {
    /// This symbol, HTTP 402.
    Symbol,
    /// This endpoint, HTTP 402.
    Endpoint,
    /// Everything of its kind, HTTP 403.
    Forbidden,
}

/// Whose answer a request that was carried out twice gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// That of the first time.
    AnswersFirst,
    /// That of the second time.
    AnswersSecond,
}

/// Which bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarAt {
    /// The nth newest closed one of the answer, from 1.
    NthNewest(usize),
    /// The one that holds this moment.
    Holding(Instant),
}

/// What is odd about a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddQuote {
    /// Nobody offers.
    NoAsk,
    /// The bid lies above the ask.
    Crossed,
}

/// How a second row of one moment looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// As the first.
    Same,
    /// With another close.
    Other,
}

/// Where an order gets stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// At `new`.
    New,
    /// After a part.
    Partial,
}

/// Who wins when an order fills while it is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelRace {
    /// The cancel is taken (204), then the order fills.
    FillsAfter,
    /// The order fills, then the cancel is refused (422).
    FillsBefore,
}

/// What keeps the account from trading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockedBy {
    /// `account_blocked`.
    Account,
    /// `trading_blocked`.
    Trading,
    /// A status other than `ACTIVE`, in the broker's word.
    Status(String),
}

/// An unconfirmed fact of the vendors' papers, read in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a field of `model::Unconfirmed`")]
pub enum Reading {
    ClientIds(ClientIds),
    RefusalBurnsId(bool),
    DayEnd(DayEnd),
    LookupLag(Duration),
    SplitBooking(SplitBooking),
    MarketCheck(MarketCheck),
    NotionalFill(NotionalFill),
    EntryMargin(EntryMargin),
    HaltShown(HaltShown),
    UnsettledInCash(bool),
    UnsettledInBuyingPower(bool),
    UnsettledInNonMarginable(bool),
    EndIncluded(bool),
    ErrorsCharged(bool),
    Fees(Fees),
}
