//! A local exchange in this process, answering on the loopback address.

use std::net::{Ipv4Addr, SocketAddr};

use connectors::entropy::OsEntropy;
use cycle::port::Entropy;
use market::bar::Bar;
use market::{Calendar, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use trading::record::{Hash, RunId};
use trading::settings::Settings;
use venue::http::{Faces, Shared, serve};
use venue::model::Uuid;
use venue::{Config, Venue};

use crate::bars::{Bars, SEED_DEFAULT};
use crate::fault::{Fault, Outcome};

/// An exchange that answers until dropped.
pub(crate) struct LocalVenue {
    /// Its handle.
    pub(crate) shared: Shared,
    /// Where it answers: `http://127.0.0.1:8700`.
    pub(crate) url: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl LocalVenue {
    /// Opens an exchange for this run alone that plays `bars`, its clock standing at the first
    /// slot to trade, and answers on `listen`; port 0 takes any free one. The same bars give the
    /// same account.
    ///
    /// # Errors
    /// When the bars do not fit an exchange or the address is taken.
    pub(crate) async fn start(
        bars: &Bars,
        settings: &Settings,
        calendar: &Calendar,
        listen: SocketAddr,
    ) -> Outcome<Self> {
        let start = bars.first_slot().at();
        let venue = open(bars, settings, calendar, start, None)?;
        Self::serve(Shared::new_virtual(venue, Faces::default()), listen).await
    }

    /// The same as a process of its own, for whoever comes: an account that never was before,
    /// since what was bought on an earlier exchange is not held here. `wall` lets it run on the
    /// wall's time instead.
    ///
    /// # Errors
    /// As [`LocalVenue::start`].
    pub(crate) async fn stand(
        bars: &Bars,
        settings: &Settings,
        calendar: &Calendar,
        listen: SocketAddr,
        wall: Option<fn() -> Instant>,
    ) -> Outcome<Self> {
        let once = Some(OsEntropy.run_id());
        let start = wall.map_or(bars.first_slot().at(), |wall| wall());
        let venue = open(bars, settings, calendar, start, once)?;
        let faces = Faces::default();
        let shared = match wall {
            None => Shared::new_virtual(venue, faces),
            Some(wall) => Shared::new_real(venue, faces, wall),
        };
        Self::serve(shared, listen).await
    }

    /// Answers for an exchange.
    ///
    /// # Errors
    /// When the address is taken.
    pub(crate) async fn serve(shared: Shared, listen: SocketAddr) -> Outcome<Self> {
        let listener = TcpListener::bind(listen).await.map_err(|error| {
            Fault::input(format!("--listen {listen}: {error}"))
                .hint("take another port, or end what listens there")
        })?;
        let address = listener
            .local_addr()
            .map_err(|error| Fault::failed(format!("the venue's socket: {error}")))?;
        let serving = tokio::spawn(serve(listener, shared.clone()));
        Ok(Self {
            shared,
            url: format!("http://{address}"),
            serving,
        })
    }

    /// Any free port of this machine.
    pub(crate) const fn any_port() -> SocketAddr {
        SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0)
    }

    /// Returns when the exchange stops answering, which it does only on an error.
    pub(crate) async fn ended(&mut self) -> Fault {
        match (&mut self.serving).await {
            Ok(Err(error)) => Fault::failed(format!("the venue's socket: {error}")),
            Ok(Ok(())) => Fault::failed("the venue stopped answering"),
            Err(error) => Fault::failed(format!("the venue died: {error}")),
        }
    }
}

impl Drop for LocalVenue {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn open(
    bars: &Bars,
    settings: &Settings,
    calendar: &Calendar,
    start: Instant,
    once: Option<RunId>,
) -> Outcome<Venue> {
    let symbol = &settings.strategy.symbol;
    let signal = settings.strategy.signal_symbol();
    if signal != symbol {
        return Err(Fault::input(format!(
            "strategy.signal_symbol = {signal}: the local exchange plays {symbol} alone"
        ))
        .hint("remove signal_symbol for local runs"));
    }
    let seed = bars.seed.unwrap_or(SEED_DEFAULT);
    let config = Config {
        calendar: calendar.clone(),
        account: Some(account(bars, seed, start, once)),
        ..Config::new(seed, start)
    };
    let mut venue = Venue::new(config).map_err(Fault::input)?;
    venue
        .add_series(symbol, bars.interval, bars.bars.clone())
        .map_err(Fault::input)?;
    Ok(venue)
}

/// The account's identifier: a digest of everything that makes this exchange another one. A
/// journal is bound to an account, and one of other prices or another beginning is another.
fn account(bars: &Bars, seed: u64, start: Instant, once: Option<RunId>) -> Uuid {
    let once = once.map(|id| id.to_string()).unwrap_or_default();
    let mut text = format!("{seed} {start} {} {once}\n", bars.interval);
    for bar in &bars.bars {
        let Bar {
            start,
            open,
            high,
            low,
            close,
            ..
        } = bar;
        text.push_str(&format!("{start} {open} {high} {low} {close}\n"));
    }
    Uuid::of_digest(Hash::of(text.as_bytes()).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bars::{Source, Span};

    fn bars(seed: u64) -> Bars {
        Bars::load(&Source::Synthetic(seed), Span::default(), &Calendar::nyse()).unwrap()
    }

    #[test]
    fn an_account_is_the_same_only_for_the_same_bars_beginning_and_process() {
        let bars_1 = bars(1);
        let start = bars_1.first_slot().at();
        let same = account(&bars_1, 1, start, None);
        assert_eq!(account(&bars(1), 1, start, None), same);
        let mut altered = bars_1.clone();
        altered.bars.pop();
        let others = [
            account(&bars(2), 2, start, None),
            account(&bars_1, 2, start, None),
            account(&altered, 1, start, None),
            account(&bars_1, 1, start + market::time::seconds(1), None),
            account(&bars_1, 1, start, Some(RunId([1; 16]))),
            account(&bars_1, 1, start, Some(RunId([2; 16]))),
        ];
        let mut all: Vec<String> = others.iter().chain([&same]).map(Uuid::to_string).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
    }
}
