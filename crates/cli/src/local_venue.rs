//! A local exchange in this process, answering on the loopback address.

use std::net::{Ipv4Addr, SocketAddr};

use market::Calendar;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use trading::settings::Settings;
use venue::http::{Faces, Shared, serve};
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
    /// Opens an exchange that plays `bars`, its clock standing at the first slot to trade, and
    /// answers on `listen`; port 0 takes any free one.
    ///
    /// # Errors
    /// When the bars do not fit an exchange or the address is taken.
    pub(crate) async fn start(
        bars: &Bars,
        settings: &Settings,
        calendar: &Calendar,
        listen: SocketAddr,
    ) -> Outcome<Self> {
        let venue = open(bars, settings, calendar)?;
        let shared = Shared::new_virtual(venue, Faces::default());
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

fn open(bars: &Bars, settings: &Settings, calendar: &Calendar) -> Outcome<Venue> {
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
        ..Config::new(seed, bars.first_slot().at())
    };
    let mut venue = Venue::new(config).map_err(Fault::input)?;
    venue
        .add_series(symbol, bars.interval, bars.bars.clone())
        .map_err(Fault::input)?;
    Ok(venue)
}
