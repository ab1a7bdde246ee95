//! The broker: whether it takes the keys, what account they open, its clock and its calendar.

use connectors::alpaca::Alpaca;
use connectors::alpaca::account::Details;
use connectors::assemble::{Keys, alpaca};
use cycle::port::{BrokerReader, OrderQuery, ReadError, Reply};
use cycle::skew;
use trading::observation::SessionHours;
use trading::record::Binding;

use super::books::Books;
use super::{Finding, Subject, account, market};
use crate::exchange::Exchange;

/// What the broker told.
pub(super) struct Seen {
    /// Line by line.
    pub(super) findings: Vec<Finding>,
    /// Whose account it is, once the broker has said so.
    pub(super) binding: Option<Binding>,
}

/// Asks the broker everything a slot will ask, and a little more.
pub(super) async fn ask(
    subject: &Subject<'_>,
    exchange: &Exchange,
    keys: &Keys,
    books: &Books,
) -> Seen {
    let settings = &subject.configuration.settings;
    let silent = |findings| Seen {
        findings,
        binding: None,
    };
    if keys.alpaca.is_none() {
        let venue = settings.venue.to_string();
        return silent(vec![market::venue(settings, &venue, None)]);
    }
    let broker = match alpaca(settings, exchange.own_url(), keys, &exchange.clock) {
        Ok(broker) => broker,
        Err(error) => return silent(vec![Finding::of_error("venue", error, "check venue_url")]),
    };
    let place = market::place(settings, exchange, &broker.host());
    let details = match broker.details().await {
        Ok(reply) => reply.value,
        Err(error) => return silent(vec![refused(&place, &error)]),
    };
    let binding = Binding {
        account: details.account.id.clone(),
        host: broker.host(),
        description: String::new(),
    };
    let mut findings = vec![market::venue(settings, &place, Some(&details))];
    findings.extend(account_lines(subject, &broker, &details, books).await);
    findings.extend(market_lines(subject, exchange, &broker).await);
    Seen {
        findings,
        binding: Some(binding),
    }
}

/// The account cannot be read: mostly keys of the other kind of account.
fn refused(place: &str, error: &ReadError) -> Finding {
    let advice = if error.is_permanent() {
        "check keys and venue: keys of a paper account open no live one, nor the other way round"
    } else {
        "try again; if it lasts, see the broker's status page"
    };
    Finding::of_error("venue", format!("{place}: {error}"), advice)
}

/// Settings, symbol, holdings and open orders.
async fn account_lines(
    subject: &Subject<'_>,
    broker: &Alpaca,
    details: &Details,
    books: &Books,
) -> Vec<Finding> {
    let settings = &subject.configuration.settings;
    let mut findings = vec![account::standing(details)];
    let configuration = match read("settings", broker.configuration().await) {
        Ok(configuration) => Some(configuration),
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    if let Some(configuration) = &configuration {
        findings.push(account::leverage(configuration, settings));
        findings.push(account::shorting(configuration, settings));
    }
    let symbol = &settings.strategy.symbol;
    findings.push(match read("symbol", broker.asset(symbol).await) {
        Ok(asset) => account::symbol(symbol, asset.as_ref(), configuration.as_ref(), settings),
        Err(finding) => finding,
    });
    findings.push(match read("holdings", broker.positions().await) {
        Ok(positions) => account::holdings(&positions, settings, books.state()),
        Err(finding) => finding,
    });
    let open = broker.orders(OrderQuery::Open).await;
    findings.push(match read("orders", open) {
        Ok(orders) => account::orders(&orders, &details.account.id, books.state()),
        Err(finding) => finding,
    });
    findings.push(account::requests(broker.rate()));
    findings
}

/// Market, clock and calendar.
async fn market_lines(subject: &Subject<'_>, exchange: &Exchange, broker: &Alpaca) -> Vec<Finding> {
    let (settings, calendar) = (
        &subject.configuration.settings,
        &subject.configuration.calendar,
    );
    let clock = exchange.clock.as_ref();
    let mut findings = match skew::measure(clock, broker).await {
        Ok((theirs, skew)) => vec![
            market::state(&theirs, calendar, clock.now()),
            market::clock(skew, settings.limits.clock_skew_max_ms),
        ],
        Err(error) => vec![unread("clock", &error)],
    };
    let dates = market::dates(clock.now());
    let [from, .., to] = dates[..] else {
        return findings;
    };
    findings.push(match read("calendar", broker.sessions(from, to).await) {
        Ok(theirs) => {
            let of = |date| theirs.iter().find(|session| session.date == date);
            let hours = |date| of(date).map(|session| SessionHours::from(*session));
            let days: Vec<_> = dates.into_iter().map(|date| (date, hours(date))).collect();
            market::calendar(&days, calendar)
        }
        Err(finding) => finding,
    });
    findings
}

fn read<T>(name: &str, reply: Result<Reply<T>, ReadError>) -> Result<T, Finding> {
    reply
        .map(|reply| reply.value)
        .map_err(|error| unread(name, &error))
}

fn unread(name: &str, error: &ReadError) -> Finding {
    Finding::of_error(
        name,
        error,
        "try again; if it lasts, see the broker's status page",
    )
}
