//! Whose time a program keeps.

use std::sync::Arc;

use cycle::port::Clock;
use market::Date;
use trading::settings::{Settings, Venue};

use super::{AssembleError, venue_transport};
use crate::clock::{SystemClock, VenueClock, VenueClockError};

/// Whose time a program keeps.
pub enum Time {
    /// That of an exchange of ours whose clients move it.
    Moved {
        /// It.
        clock: Arc<dyn Clock>,
        /// The last date on which the exchange trades, where it says so.
        last_date: Option<Date>,
    },
    /// The machine's: a broker, or an exchange of ours on the wall's time.
    Wall(Arc<dyn Clock>),
}

/// Why there is no time to keep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The exchange's address cannot be used.
    #[error(transparent)]
    Address(#[from] AssembleError),
    /// The local exchange does not answer.
    #[error(transparent)]
    Silent(#[from] VenueClockError),
}

impl Time {
    /// That of the exchange configured.
    ///
    /// # Errors
    /// [`TimeError`]: an address that cannot be used, or a local exchange that does not answer.
    pub async fn of(settings: &Settings) -> Result<Self, TimeError> {
        let wall = || Self::Wall(Arc::new(SystemClock::new()));
        let Some(url) = &settings.venue_url else {
            return Ok(wall());
        };
        match VenueClock::connect(venue_transport(url)?, url).await {
            Ok(clock) if clock.is_virtual() => Ok(Self::Moved {
                last_date: clock.last_date(),
                clock: Arc::new(clock),
            }),
            Err(error) if settings.venue == Venue::Local => Err(error.into()),
            // A venue on the wall's time, or a gateway before the real broker.
            Ok(_) | Err(_) => Ok(wall()),
        }
    }

    /// The clock alone.
    #[must_use]
    pub fn clock(self) -> Arc<dyn Clock> {
        match self {
            Self::Moved { clock, .. } | Self::Wall(clock) => clock,
        }
    }
}
