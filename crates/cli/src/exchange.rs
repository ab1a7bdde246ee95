//! The exchange that a command looks at: the configured one, else one of this process.
//!
//! Without an address the local exchange is started here for the length of the command, on
//! synthetic bars or a file's, and its clock is moved to the moment asked for.

use std::sync::Arc;

use connectors::assemble::Time;
use cycle::port::Clock;
use market::{Instant, Slot};
use trading::settings::Venue;

use crate::bars::{Bars, Source, Span};
use crate::fault::{Fault, Outcome};
use crate::local_venue::LocalVenue;
use crate::places::Configuration;
use crate::replay_clock::ReplayClock;

/// An exchange to look at.
pub(crate) struct Exchange {
    /// Its time.
    pub(crate) clock: Arc<dyn Clock>,
    own: Option<Own>,
}

/// An exchange of this process.
struct Own {
    venue: LocalVenue,
    plays: String,
}

/// At which moment an exchange of this process is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// At the last slot that its bars reach.
    LastSlot,
    /// So long after it that its bars are final.
    LastSlotSettled,
    /// At this moment; at a slot, so long after it that its bars are final.
    Moment(Slot),
}

impl Exchange {
    /// The exchange of `configuration`; one of this process plays `source`.
    ///
    /// # Errors
    /// When it does not answer, or bars and moment do not fit an exchange.
    pub(crate) async fn reach(
        configuration: &Configuration,
        source: &Source<'_>,
        at: At,
    ) -> Outcome<Self> {
        let settings = &configuration.settings;
        if settings.venue != Venue::Local || settings.venue_url.is_some() {
            let clock = Time::of(settings).await?.clock();
            return Ok(Self { clock, own: None });
        }
        let calendar = &configuration.calendar;
        let bars = Bars::load(source, Span::default(), calendar)?;
        let moment = moment(&bars, at, configuration)?;
        let venue = LocalVenue::start(&bars, settings, calendar, LocalVenue::any_port()).await?;
        venue.shared.advance(moment);
        Ok(Self {
            clock: Arc::new(ReplayClock::new(venue.shared.clone())),
            own: Some(Own {
                venue,
                plays: bars.text,
            }),
        })
    }

    /// The address of an exchange of this process.
    pub(crate) fn own_url(&self) -> Option<&str> {
        self.own.as_ref().map(|own| own.venue.url.as_str())
    }

    /// What an exchange of this process plays, for people.
    pub(crate) fn plays(&self) -> Option<&str> {
        self.own.as_ref().map(|own| own.plays.as_str())
    }
}

fn moment(bars: &Bars, at: At, configuration: &Configuration) -> Outcome<Instant> {
    let (first, last) = (bars.first_slot(), bars.last_slot());
    let settle = configuration.settings.data.settle();
    match at {
        At::LastSlot => Ok(last.at()),
        At::LastSlotSettled => Ok(last.at() + settle),
        At::Moment(moment) if moment >= first => {
            let slot = configuration.calendar.slot(moment.at())?;
            Ok(slot.map_or(moment.at(), |slot| slot.at() + settle))
        }
        At::Moment(moment) => Err(Fault::input(format!(
            "--at {moment}: {} can be looked at from {first} on",
            bars.text
        ))
        .hint("what lies before is history for the averages; name a later moment")),
    }
}
