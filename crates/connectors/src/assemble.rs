//! Settings and keys become a broker and sources: the one place that knows who is asked where.

mod time;

use std::sync::Arc;

use cycle::Ports;
use cycle::port::{
    Alerts, BarSource, Broker, Clock, CorporateActions, Journal, PriceSource, QuoteSource,
};
use market::Calendar;
use trading::settings::sections::KNOWN_SOURCES;
use trading::settings::{AlpacaFeed, Settings, SettingsError, Venue};

use crate::alpaca::bars::Bars;
use crate::alpaca::corporate_actions::Announcements;
use crate::alpaca::latest_quote::LatestQuote;
use crate::alpaca::latest_trade::LatestTrade;
use crate::alpaca::{self, Alpaca};
use crate::entropy::OsEntropy;
use crate::fmp::{self, Fmp};
use crate::history::{History, Vendor};
use crate::http::{CallCount, Transport, TransportError};
use crate::secret::{AlpacaKeys, FmpKey, KeyError, Redactor, TwelveDataKey};
use crate::twelve_data::{self, TwelveData};

pub use time::{Time, TimeError};

/// The journal's name for the venue on this machine, whatever port it listens on.
pub const LOCAL_HOST: &str = "local";

/// The keys at hand.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Alpaca's pair.
    pub alpaca: Option<AlpacaKeys>,
    /// Twelve Data's key.
    pub twelve_data: Option<TwelveDataKey>,
    /// FMP's key.
    pub fmp: Option<FmpKey>,
}

impl Keys {
    /// What the local venue is shown: it asks for a key and takes any. Real keys never go there.
    #[must_use]
    pub fn placeholders() -> Self {
        const WHY: &str = "a placeholder is visible ASCII";
        Self {
            alpaca: Some(AlpacaKeys::new("tqqq-local-key-id", "tqqq-local-secret-key").expect(WHY)),
            twelve_data: Some(TwelveDataKey::new("tqqq-local-data-key").expect(WHY)),
            fmp: Some(FmpKey::new("tqqq-local-fmp-key").expect(WHY)),
        }
    }

    /// The keys among named texts, as one secret holds them; other names are passed by.
    ///
    /// # Errors
    /// [`KeysError`] for half a pair, or a text that cannot be a key.
    pub fn named<'t>(text: impl Fn(&str) -> Option<&'t str>) -> Result<Self, KeysError> {
        let (id, secret) = (AlpacaKeys::ID_VARIABLE, AlpacaKeys::SECRET_VARIABLE);
        let half = |given, missing| Err(KeysError::Half { given, missing });
        let alpaca = match (text(id), text(secret)) {
            (None, None) => None,
            (Some(id), Some(secret)) => Some(AlpacaKeys::new(id, secret)?),
            (Some(_), None) => return half(id, secret),
            (None, Some(_)) => return half(secret, id),
        };
        Ok(Self {
            alpaca,
            twelve_data: text(TwelveDataKey::VARIABLE)
                .map(TwelveDataKey::new)
                .transpose()?,
            fmp: text(FmpKey::VARIABLE).map(FmpKey::new).transpose()?,
        })
    }

    /// What takes these keys out of any text.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let alpaca = self
            .alpaca
            .iter()
            .flat_map(|keys| [keys.id.clone(), keys.secret.clone()]);
        let twelve_data = self.twelve_data.iter().map(|key| key.0.clone());
        let fmp = self.fmp.iter().map(|key| key.secret.clone());
        Redactor::new(alpaca.chain(twelve_data).chain(fmp))
    }

    fn alpaca(&self) -> Result<&AlpacaKeys, AssembleError> {
        let variables = format!(
            "{} and {}",
            AlpacaKeys::ID_VARIABLE,
            AlpacaKeys::SECRET_VARIABLE
        );
        self.alpaca.as_ref().ok_or(AssembleError::MissingKey {
            source_name: "alpaca",
            variables,
        })
    }

    fn twelve_data(&self) -> Result<&TwelveDataKey, AssembleError> {
        let variables = TwelveDataKey::VARIABLE.to_owned();
        self.twelve_data.as_ref().ok_or(AssembleError::MissingKey {
            source_name: twelve_data::NAME,
            variables,
        })
    }

    fn fmp(&self) -> Result<&FmpKey, AssembleError> {
        let variables = FmpKey::VARIABLE.to_owned();
        self.fmp.as_ref().ok_or(AssembleError::MissingKey {
            source_name: fmp::NAME,
            variables,
        })
    }
}

/// Why named texts are no keys. The texts are never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// An Alpaca account has two, and one is not there.
    #[error("{given} is given, {missing} is not\nhint: an Alpaca account has both; set both")]
    Half {
        /// Which is there.
        given: &'static str,
        /// Which is not.
        missing: &'static str,
    },
    /// A text that cannot be a key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Everything the cycle asks of vendors.
pub struct Connected {
    /// Where orders go.
    pub broker: Arc<dyn Broker>,
    /// Bars, in the configured order.
    pub bar_sources: Vec<Arc<dyn BarSource>>,
    /// Splits, as far as their vendor knows them.
    pub corporate_actions: Arc<dyn CorporateActions>,
    /// Timed prices; the first that has a fresh one is used.
    pub price_sources: Vec<Arc<dyn PriceSource>>,
    /// Bid and ask, for the limit on the spread.
    pub quotes: Arc<dyn QuoteSource>,
    /// HTTP requests made so far.
    pub http_calls: CallCount,
}

impl Connected {
    /// The engine's ports on these connections, with the system's entropy.
    #[must_use]
    pub fn ports(
        self,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        alerts: Arc<dyn Alerts>,
    ) -> Ports {
        Ports {
            broker: self.broker,
            bar_sources: self.bar_sources,
            price_sources: self.price_sources,
            quotes: Some(self.quotes),
            corporate_actions: Some(self.corporate_actions),
            journal,
            clock,
            entropy: Arc::new(OsEntropy),
            alerts,
        }
    }
}

/// Why settings and keys make no connections.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// A configured vendor has no key.
    #[error(
        "{source_name} needs a key: {variables} not set\nhint: set it in the environment, or as a file of that name in $CREDENTIALS_DIRECTORY"
    )]
    MissingKey {
        /// Which vendor.
        source_name: &'static str,
        /// The variables it is read from.
        variables: String,
    },
    /// A configured source does not exist.
    #[error(
        "data.sources: there is no source `{name}`\nhint: known sources: `{}`",
        KNOWN_SOURCES.join("`, `")
    )]
    UnknownSource {
        /// Its name.
        name: String,
    },
    /// The local venue has no address.
    #[error(
        "venue = \"local\" has no address\nhint: start one with `tqqq venue` and set `venue_url` to what it prints"
    )]
    NoVenueUrl,
    /// An address that cannot be used.
    #[error("venue_url = {url}: {why}\nhint: write it like http://127.0.0.1:8700")]
    BadUrl {
        /// The address, without secrets.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The settings make no calendar.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The HTTP client cannot start.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Who is asked where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hosts {
    trading: String,
    data: String,
    twelve_data: String,
    fmp: String,
    /// What the journal is bound to.
    name: String,
}

impl Hosts {
    /// One address for all, or the vendors' own.
    fn of(settings: &Settings, local_url: Option<&str>) -> Result<Self, AssembleError> {
        let given = if settings.venue == Venue::Local {
            local_url
        } else {
            None
        };
        if let Some(url) = given.or(settings.venue_url.as_deref()) {
            let base = base_address(url)?;
            let authority = base
                .split_once("://")
                .map_or(base.as_str(), |(_, authority)| authority);
            let name = if settings.venue == Venue::Local {
                LOCAL_HOST.to_owned()
            } else {
                authority.replacen("localhost", "127.0.0.1", 1)
            };
            return Ok(Self {
                name,
                trading: base.clone(),
                data: base.clone(),
                twelve_data: base.clone(),
                fmp: base,
            });
        }
        let trading = match settings.venue {
            Venue::Local => return Err(AssembleError::NoVenueUrl),
            Venue::AlpacaPaper => alpaca::PAPER_HOST,
            Venue::AlpacaLive => alpaca::LIVE_HOST,
        };
        Ok(Self {
            name: trading.trim_start_matches("https://").to_owned(),
            trading: trading.to_owned(),
            data: alpaca::DATA_HOST.to_owned(),
            twelve_data: twelve_data::HOST.to_owned(),
            fmp: fmp::HOST.to_owned(),
        })
    }

    fn needs_tls(&self) -> bool {
        self.trading.starts_with("https://")
    }
}

/// A usable base address without its final slash: https anywhere, http only on this machine.
fn base_address(url: &str) -> Result<String, AssembleError> {
    let refused = |why| {
        Err(AssembleError::BadUrl {
            url: url.to_owned(),
            why,
        })
    };
    let Ok(parsed) = reqwest::Url::parse(url) else {
        return refused("not an address");
    };
    if !parsed.username().is_empty() || parsed.password().is_some() || parsed.query().is_some() {
        // Not shown: what stands there may be a secret.
        return Err(AssembleError::BadUrl {
            url: "(hidden)".into(),
            why: "it carries a user, password or query",
        });
    }
    let Some(host) = parsed.host_str() else {
        return refused("it names no host");
    };
    let is_loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return refused("keys leave this machine by https only"),
        _ => return refused("only http and https are spoken"),
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// What a journal of these settings' account is bound to; `None` where nobody is named.
#[must_use]
pub fn host_name(settings: &Settings) -> Option<String> {
    Hosts::of(settings, None).ok().map(|hosts| hosts.name)
}

/// The transport for a venue at `base`, as its clock needs one before anything else is known.
///
/// # Errors
/// [`AssembleError`] for an address that cannot be used.
pub fn venue_transport(base: &str) -> Result<Transport, AssembleError> {
    let base = base_address(base)?;
    Ok(Transport::new(
        Redactor::default(),
        base.starts_with("https://"),
    )?)
}

/// Settings and keys made ready: each vendor can be had from it by itself.
struct Wiring<'a> {
    settings: &'a Settings,
    keys: Keys,
    hosts: Hosts,
    transport: Transport,
    clock: &'a Arc<dyn Clock>,
}

impl<'a> Wiring<'a> {
    fn new(
        settings: &'a Settings,
        local_url: Option<&str>,
        keys: &Keys,
        clock: &'a Arc<dyn Clock>,
    ) -> Result<Self, AssembleError> {
        let keys = if settings.venue == Venue::Local {
            Keys::placeholders()
        } else {
            keys.clone()
        };
        let hosts = Hosts::of(settings, local_url)?;
        let transport = Transport::new(keys.redactor(), hosts.needs_tls())?;
        Ok(Self {
            settings,
            keys,
            hosts,
            transport,
            clock,
        })
    }

    fn wire(&self) -> (Transport, Arc<dyn Clock>) {
        (self.transport.clone(), Arc::clone(self.clock))
    }

    fn alpaca(&self) -> Result<Alpaca, AssembleError> {
        let (wire, time) = self.wire();
        let (base, name) = (self.hosts.trading.clone(), self.hosts.name.clone());
        Ok(Alpaca::new(wire, time, base, name, self.keys.alpaca()?))
    }

    fn twelve_data(&self) -> Result<TwelveData, AssembleError> {
        let (wire, time) = self.wire();
        let base = self.hosts.twelve_data.clone();
        Ok(TwelveData::new(wire, time, base, self.keys.twelve_data()?))
    }

    fn fmp(&self) -> Result<Fmp, AssembleError> {
        let (wire, time) = self.wire();
        Ok(Fmp::new(
            wire,
            time,
            self.hosts.fmp.clone(),
            self.keys.fmp()?,
        ))
    }

    fn connect(self) -> Result<Connected, AssembleError> {
        let pair = self.keys.alpaca()?;
        let (wire, time) = self.wire();
        let data = alpaca::data_host(wire, time, self.hosts.data.clone(), pair);
        let feed = self.settings.data.alpaca_feed;
        let trade = LatestTrade::new(Arc::clone(&data), feed);
        let mut bar_sources: Vec<Arc<dyn BarSource>> = Vec::new();
        let mut price_sources: Vec<Arc<dyn PriceSource>> = vec![Arc::new(trade)];
        for name in &self.settings.data.sources {
            match name.as_str() {
                twelve_data::NAME => {
                    let source = Arc::new(self.twelve_data()?);
                    bar_sources.push(Arc::clone(&source) as _);
                    price_sources.push(source);
                }
                fmp::NAME => {
                    let source = Arc::new(self.fmp()?);
                    bar_sources.push(Arc::clone(&source) as _);
                    price_sources.push(source);
                }
                // Its newest trade is the first of the prices, whatever the bars.
                alpaca::NAME => {
                    let calendar = self.settings.calendar()?;
                    bar_sources.push(Arc::new(Bars::new(Arc::clone(&data), feed, calendar)));
                }
                _ => return Err(AssembleError::UnknownSource { name: name.clone() }),
            }
        }
        Ok(Connected {
            broker: Arc::new(self.alpaca()?),
            bar_sources,
            quotes: Arc::new(LatestQuote::new(Arc::clone(&data), feed)),
            corporate_actions: Arc::new(Announcements::new(data)),
            price_sources,
            http_calls: self.transport.calls(),
        })
    }
}

/// The broker and sources of `settings`. `local_url` is the address of a venue this process
/// started itself; it counts for `venue = "local"` only, where `keys` are not used.
///
/// # Errors
/// [`AssembleError`], naming the key or variable and what to do.
pub fn assemble(
    settings: &Settings,
    local_url: Option<&str>,
    keys: &Keys,
    clock: &Arc<dyn Clock>,
) -> Result<Connected, AssembleError> {
    Wiring::new(settings, local_url, keys, clock)?.connect()
}

/// Alpaca alone, for what only a check-up asks of it.
///
/// # Errors
/// As [`assemble`].
pub fn alpaca(
    settings: &Settings,
    local_url: Option<&str>,
    keys: &Keys,
    clock: &Arc<dyn Clock>,
) -> Result<Alpaca, AssembleError> {
    Wiring::new(settings, local_url, keys, clock)?.alpaca()
}

/// Twelve Data alone, for what only a check-up asks of it.
///
/// # Errors
/// As [`assemble`].
pub fn twelve_data(
    settings: &Settings,
    local_url: Option<&str>,
    keys: &Keys,
    clock: &Arc<dyn Clock>,
) -> Result<TwelveData, AssembleError> {
    Wiring::new(settings, local_url, keys, clock)?.twelve_data()
}

/// The old bars of one vendor, at its own host or at `address`.
///
/// # Errors
/// [`AssembleError`], naming the key or variable and what to do.
pub fn history(
    source: &str,
    feed: AlpacaFeed,
    address: Option<&str>,
    keys: &Keys,
    calendar: &Calendar,
    clock: &Arc<dyn Clock>,
) -> Result<History, AssembleError> {
    let address = address.map(base_address).transpose()?;
    let base = |host: &str| address.clone().unwrap_or_else(|| host.to_owned());
    let needs_tls = address
        .as_deref()
        .is_none_or(|address| address.starts_with("https://"));
    let transport = Transport::new(keys.redactor(), needs_tls)?;
    let (wire, time) = (transport.clone(), Arc::clone(clock));
    let vendor = match source {
        twelve_data::NAME => {
            let base = base(twelve_data::HOST);
            Vendor::TwelveData(TwelveData::new(wire, time, base, keys.twelve_data()?))
        }
        fmp::NAME => Vendor::Fmp(Fmp::new(wire, time, base(fmp::HOST), keys.fmp()?)),
        alpaca::NAME => {
            let http = alpaca::data_host(wire, time, base(alpaca::DATA_HOST), keys.alpaca()?);
            Vendor::Alpaca(Bars::new(http, feed, calendar.clone()))
        }
        _ => {
            let name = source.to_owned();
            return Err(AssembleError::UnknownSource { name });
        }
    };
    Ok(History::new(vendor, Arc::clone(clock), transport.calls()))
}

#[cfg(test)]
mod tests;
