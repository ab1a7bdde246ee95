//! What is traded and when: money, symbols, time, bars, hours, splits and the NYSE calendar.
//!
//! Pure: no clock, no network, no environment. Everything else in the house stands on this crate.

pub mod bar;
pub mod calendar;
pub mod check;
pub mod coarse;
pub mod file;
pub mod hours;
pub mod money;
pub mod sabotage;
pub mod split;
pub mod symbol;
pub mod time;
pub mod untraded;

pub use bar::{Bar, Interval, RawBar};
pub use calendar::{Calendar, Slot};
pub use hours::Hour;
pub use money::{Bps, Decimal, Money, MoneyError, Price, Rounding, Shares};
pub use split::{Ratio, Split};
pub use symbol::{Symbol, SymbolError};
pub use time::{Date, Duration, Instant};
