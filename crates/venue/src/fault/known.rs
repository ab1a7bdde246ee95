//! The one table of names.

use market::time::{minutes, seconds};
use market::{Bps, Decimal, Duration, Symbol};

use super::kind::{
    BarAt, BlockedBy, CancelRace, Delivery, Kind, Limited, OddQuote, PlanGate, Reading, Stuck, Twin,
};
use crate::model::{
    ClientIds, DayEnd, EntryMargin, Fees, HaltShown, MarketCheck, NotionalFill, SplitBooking,
};
use Layer::{Answer, Broker, Data, Exchange, Request};

/// Longest delay, lag or skew that a fault may ask for.
const SPAN_MAX: Duration = minutes(24 * 60);

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Before the request is carried out.
    Request,
    /// After it, on the answer.
    Answer,
    /// In the bars and prices that vendors serve.
    Data,
    /// In what the broker's face tells.
    Broker,
    /// In the exchange and the account; these have no scope.
    Exchange,
    /// An unconfirmed fact, read in one way; counted whenever the fact is met, no scope.
    Reading,
}

impl Layer {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Data => "data",
            Self::Broker => "broker",
            Self::Exchange => "exchange",
            Self::Reading => "reading",
        }
    }

    /// Whether its faults belong to calls.
    #[must_use]
    pub const fn is_scoped(self) -> bool {
        !matches!(self, Self::Exchange | Self::Reading)
    }
}

/// A name, what it means and what value it takes.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The name.
    pub name: &'static str,
    /// What may be written behind `=`; empty when nothing may.
    pub value: &'static str,
    /// The value when none is written; `None` when one must be.
    pub default: Option<&'static str>,
    /// Where it strikes.
    pub layer: Layer,
    /// What it does, for people.
    pub does: &'static str,
    pub(super) read: fn(&str) -> Option<Kind>,
}

/// The entry of a name that a [`super::Fault`] holds.
///
/// # Panics
/// For a name that is not in the table, which no fault has.
#[must_use]
pub fn known(name: &str) -> &'static Known {
    let found = KNOWN.iter().find(|known| known.name == name);
    found.expect("faults are made from the table alone")
}

const fn entry(
    layer: Layer,
    name: &'static str,
    value: &'static str,
    default: Option<&'static str>,
    does: &'static str,
    read: fn(&str) -> Option<Kind>,
) -> Known {
    Known {
        name,
        value,
        default,
        layer,
        does,
        read,
    }
}

const fn plain(
    layer: Layer,
    name: &'static str,
    does: &'static str,
    read: fn(&str) -> Option<Kind>,
) -> Known {
    entry(layer, name, "", Some(""), does, read)
}

/// Every name.
#[rustfmt::skip]
pub const KNOWN: &[Known] = &[
    entry(Request, "429", "SECONDS|bare|day", Some(""), "too many requests; with Retry-After for SECONDS, `bare` without any header, `day` until tomorrow",
        |text| Some(Kind::RateLimited(match text {
            "" => Limited::WithHeaders,
            "bare" => Limited::Bare,
            "day" => Limited::OfTheDay,
            _ => Limited::RetryAfter(text.parse().ok()?),
        }))),
    plain(Request, "401", "keys refused although they are good", |text| none(text, Kind::Unauthorized)),
    entry(Request, "402", "endpoint|symbol", Some("endpoint"), "not in the plan",
        |text| choice(text, &[("endpoint", Kind::PlanRefused(PlanGate::Endpoint)), ("symbol", Kind::PlanRefused(PlanGate::Symbol))])),
    plain(Request, "403", "forbidden for this account", |text| none(text, Kind::PlanRefused(PlanGate::Forbidden))),
    entry(Request, "5xx", "500..599", Some("503"), "a server error before anything was done",
        |text| Some(Kind::ServerError(server_error(text)?))),
    entry(Request, "html", "STATUS", Some("502"), "a gateway's HTML page before anything was done",
        |text| Some(Kind::Html(status(text)?))),
    entry(Request, "late", "SECONDS", None, "the request arrives late, then is carried out",
        |text| Some(Kind::Late(span(text)?))),
    plain(Request, "reset-before", "the connection breaks before anything was done", |text| none(text, Kind::ResetBefore)),

    entry(Answer, "slow", "SECONDS", None, "the answer comes late; what was asked is done at once",
        |text| Some(Kind::Slow(span(text)?))),
    plain(Answer, "reset-after", "the connection breaks after it was done", |text| none(text, Kind::ResetAfter)),
    entry(Answer, "lost-answer", "500..599", Some("504"), "done, and a server error says otherwise",
        |text| Some(Kind::LostAnswer(server_error(text)?))),
    entry(Answer, "empty", "STATUS", Some("200"), "done, and the answer has no body",
        |text| Some(Kind::Empty(status(text)?))),
    plain(Answer, "truncated", "the first half of the body", |text| none(text, Kind::Truncated)),
    entry(Answer, "duplicated", "first|second", Some("second"), "carried out twice; answered by the FIRST or SECOND",
        |text| choice(text, &[("first", Kind::Duplicated(Delivery::AnswersFirst)), ("second", Kind::Duplicated(Delivery::AnswersSecond))])),
    entry(Answer, "removed-field", "FIELD", None, "no object of the answer has FIELD",
        |text| Some(Kind::RemovedField(word(text)?))),
    entry(Answer, "null-field", "FIELD", None, "every FIELD of the answer is null",
        |text| Some(Kind::NullField(word(text)?))),
    entry(Answer, "added-field", "FIELD", Some("new_field"), "every object of the answer has FIELD too",
        |text| Some(Kind::AddedField(word(text)?))),
    plain(Answer, "errors-as-200", "errors come under HTTP 200", |text| none(text, Kind::ErrorsAsOk)),
    plain(Answer, "reworded", "errors say the same in other words", |text| none(text, Kind::Reworded)),
    plain(Answer, "no-rate-headers", "no header tells what is left", |text| none(text, Kind::NoRateHeaders)),

    entry(Data, "stale-bars", "MINUTES", Some("60"), "bars as they stood MINUTES ago",
        |text| Some(Kind::StaleBars(minutes_of(text)?))),
    entry(Data, "missing-bar", "NTH|MOMENT", Some("1"), "the NTH newest closed bar, or the one holding MOMENT, is not there",
        |text| Some(Kind::MissingBar(bar_at(text)?))),
    entry(Data, "revised-bar", "BPS", Some("50"), "the newest closed bar closes BPS elsewhere in the 1st, 3rd, … answer",
        |text| Some(Kind::RevisedBar(bps(text)?))),
    entry(Data, "duplicated-row", "same|other", Some("same"), "the newest closed row stands twice, the second the SAME or with an OTHER close",
        |text| choice(text, &[("same", Kind::DuplicatedRow(Twin::Same)), ("other", Kind::DuplicatedRow(Twin::Other))])),
    plain(Data, "forming-absent", "rows under way are left out", |text| none(text, Kind::FormingAbsent)),
    plain(Data, "closing-row", "a row at the close repeats the last price", |text| none(text, Kind::ClosingRow)),
    plain(Data, "no-rows", "there are no rows", |text| none(text, Kind::NoRows)),
    plain(Data, "unadjusted", "rows are raw although adjusted ones were asked for", |text| none(text, Kind::Unadjusted)),
    entry(Data, "moved-prices", "BPS", Some("100"), "every price of the bars is moved by BPS",
        |text| Some(Kind::MovedPrices(bps(text)?))),
    plain(Data, "no-volume", "rows have no volume", |text| none(text, Kind::NoVolume)),
    entry(Data, "stale-price", "MINUTES", Some("60"), "prices and quotes as they stood MINUTES ago",
        |text| Some(Kind::StalePrice(minutes_of(text)?))),
    entry(Data, "wide-quote", "BPS", Some("100"), "bid and ask lie BPS apart; orders fill as ever",
        |text| Some(Kind::WideQuote(bps(text).filter(|apart| *apart > Bps::whole(0))?))),
    entry(Data, "odd-quote", "no-ask|crossed", Some("no-ask"), "the quote has no ask, or a bid above it",
        |text| choice(text, &[("no-ask", Kind::OddQuote(OddQuote::NoAsk)), ("crossed", Kind::OddQuote(OddQuote::Crossed))])),

    entry(Broker, "clock-skew", "SECONDS", None, "the broker's clock is wrong by SECONDS, below zero when it is behind",
        |text| Some(Kind::ClockSkew(signed_span(text)?))),
    entry(Broker, "odd-calendar", "HH:MM", Some("13:00"), "the broker's calendar says that today closes at HH:MM; trading goes on",
        |text| Some(Kind::OddCalendar(text.parse().ok()?))),
    entry(Broker, "lagging-positions", "SECONDS", None, "positions show a fill SECONDS late",
        |text| Some(Kind::LaggingPositions(span(text)?))),
    entry(Broker, "lagging-cash", "SECONDS", None, "the account shows a fill SECONDS late",
        |text| Some(Kind::LaggingCash(span(text)?))),
    plain(Broker, "no-corporate-actions", "no corporate action is known", |text| none(text, Kind::NoCorporateActions)),
    plain(Broker, "pdt-fields", "the account has the fields removed on 2026-07-06", |text| none(text, Kind::PdtFields)),

    entry(Exchange, "halted", "SYMBOL", Some(""), "SYMBOL, or all, trade no more; orders stay `new`",
        |text| Some(Kind::Halted(match text { "" => None, _ => Some(Symbol::new(text).ok()?) }))),
    entry(Exchange, "delayed-fill", "SECONDS", None, "orders are looked at SECONDS later",
        |text| Some(Kind::DelayedFill(span(text)?))),
    entry(Exchange, "stuck-order", "new|partial", Some("new"), "orders stay `new`, or `partially_filled`, for ever",
        |text| choice(text, &[("new", Kind::StuckOrder(Stuck::New)), ("partial", Kind::StuckOrder(Stuck::Partial))])),
    plain(Exchange, "stuck-cancel", "cancels are taken and never take effect", |text| none(text, Kind::StuckCancel)),
    entry(Exchange, "cancel-race", "204|422", Some("204"), "the cancel is taken and the order fills (204), or it has filled already (422)",
        |text| choice(text, &[("204", Kind::CancelRace(CancelRace::FillsAfter)), ("422", Kind::CancelRace(CancelRace::FillsBefore))])),
    plain(Exchange, "rejected-order", "orders are taken in and then rejected", |text| none(text, Kind::RejectedOrder)),
    entry(Exchange, "blocked", "account|trading|STATUS", Some("account"), "the account may not trade",
        |text| Some(Kind::Blocked(match text {
            "account" => BlockedBy::Account,
            "trading" => BlockedBy::Trading,
            status if status.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !status.is_empty() => BlockedBy::Status(status.to_owned()),
            _ => return None,
        }))),
    entry(Exchange, "early-close", "HH:MM", Some("13:00"), "the session under way, or the next one, really ends at HH:MM",
        |text| Some(Kind::EarlyClose(text.parse().ok()?))),
    plain(Exchange, "closed-day", "the session under way, or the next one, is called off", |text| none(text, Kind::Closure)),

    reading("client-ids", "for-ever|active", "among which orders a client id is unique",
        |text| choice(text, &[("for-ever", Kind::Reading(Reading::ClientIds(ClientIds::UniqueForEver))), ("active", Kind::Reading(Reading::ClientIds(ClientIds::UniqueAmongActive)))])),
    reading("refusal-burns-id", "yes|no", "a refused order uses up its client id",
        |text| Some(Kind::Reading(Reading::RefusalBurnsId(yes(text)?)))),
    reading("day-end", "expired|canceled", "what the close makes of an open day order",
        |text| choice(text, &[("expired", Kind::Reading(Reading::DayEnd(DayEnd::Expires))), ("canceled", Kind::Reading(Reading::DayEnd(DayEnd::Cancels)))])),
    reading("lookup-404", "SECONDS", "how long an order is unknown by its client id",
        |text| Some(Kind::Reading(Reading::LookupLag(span(text)?)))),
    reading("split-booking", "before-open|after-open|never", "when a split changes the position, if it does",
        |text| choice(text, &[("before-open", Kind::Reading(Reading::SplitBooking(SplitBooking::BeforeOpen))), ("after-open", Kind::Reading(Reading::SplitBooking(SplitBooking::AfterOpen))), ("never", Kind::Reading(Reading::SplitBooking(SplitBooking::Never)))])),
    reading("market-check", "quote|collar", "what a market purchase is reckoned at when it comes",
        |text| choice(text, &[("quote", Kind::Reading(Reading::MarketCheck(MarketCheck::Quote))), ("collar", Kind::Reading(Reading::MarketCheck(MarketCheck::Collar)))])),
    reading("notional-fill", "whole|less-a-cent", "how many shares a notional order buys",
        |text| choice(text, &[("whole", Kind::Reading(Reading::NotionalFill(NotionalFill::Whole))), ("less-a-cent", Kind::Reading(Reading::NotionalFill(NotionalFill::LessACent)))])),
    reading("entry-margin", "regulation|house", "what a purchase must be covered by: half of all positions, or what the house asks of each",
        |text| choice(text, &[("regulation", Kind::Reading(Reading::EntryMargin(EntryMargin::Regulation))), ("house", Kind::Reading(Reading::EntryMargin(EntryMargin::House)))])),
    reading("halt-shows", "new|accepted|held|suspended", "the status of an order that a halt keeps waiting",
        |text| choice(text, &HaltShown::ALL.map(|shown| (shown.word(), Kind::Reading(Reading::HaltShown(shown)))))),
    reading("unsettled-in-cash", "yes|no", "`cash` holds unsettled proceeds",
        |text| Some(Kind::Reading(Reading::UnsettledInCash(yes(text)?)))),
    reading("unsettled-in-buying-power", "yes|no", "`buying_power` holds unsettled proceeds",
        |text| Some(Kind::Reading(Reading::UnsettledInBuyingPower(yes(text)?)))),
    reading("unsettled-in-non-marginable", "yes|no", "`non_marginable_buying_power` holds unsettled proceeds",
        |text| Some(Kind::Reading(Reading::UnsettledInNonMarginable(yes(text)?)))),
    reading("end-included", "yes|no", "the end of a window of bars belongs to it",
        |text| Some(Kind::Reading(Reading::EndIncluded(yes(text)?)))),
    reading("errors-charged", "yes|no", "Twelve Data charges its errors too",
        |text| Some(Kind::Reading(Reading::ErrorsCharged(yes(text)?)))),
    reading("fees", "none|regulatory", "what the close charges for the day's fills",
        |text| choice(text, &[("none", Kind::Reading(Reading::Fees(Fees::None))), ("regulatory", Kind::Reading(Reading::Fees(Fees::Regulatory)))])),
];

const fn reading(
    name: &'static str,
    value: &'static str,
    does: &'static str,
    read: fn(&str) -> Option<Kind>,
) -> Known {
    entry(Layer::Reading, name, value, None, does, read)
}

fn none(text: &str, kind: Kind) -> Option<Kind> {
    text.is_empty().then_some(kind)
}

fn choice(text: &str, choices: &[(&str, Kind)]) -> Option<Kind> {
    let (_, kind) = choices.iter().find(|(word, _)| *word == text)?;
    Some(kind.clone())
}

fn yes(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| (200..600).contains(code))
}

fn server_error(text: &str) -> Option<u16> {
    status(text).filter(|code| *code >= 500)
}

/// So many seconds, a fraction too, below zero too.
fn signed_span(text: &str) -> Option<Duration> {
    let exact: Decimal = text.parse().ok()?;
    let whole = i64::try_from(exact * Decimal::ONE_THOUSAND).ok()?;
    let span = Duration::from_millis(whole);
    (span.abs() <= SPAN_MAX && !span.is_zero()).then_some(span)
}

fn span(text: &str) -> Option<Duration> {
    signed_span(text).filter(Duration::is_positive)
}

fn minutes_of(text: &str) -> Option<Duration> {
    let count: i64 = text.parse().ok()?;
    let span = seconds(count.checked_mul(60)?);
    (span.is_positive() && span <= SPAN_MAX).then_some(span)
}

fn bps(text: &str) -> Option<Bps> {
    let moved = Bps::new(text.parse().ok()?).ok()?;
    let small = moved.abs() < Bps::whole(10_000);
    (small && moved != Bps::whole(0)).then_some(moved)
}

/// An answer has thousands of rows at most.
fn bar_at(text: &str) -> Option<BarAt> {
    match text.parse() {
        Ok(nth @ 1..=5_000) => Some(BarAt::NthNewest(nth)),
        Ok(_) => None,
        Err(_) => Some(BarAt::Holding(text.parse().ok()?)),
    }
}

fn word(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
}
