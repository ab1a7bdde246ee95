//! What a journal says, for whoever shows it: the command, the pages, an alert.
//!
//! [`slots`] walks a chain slot by slot, [`standing`] folds it to where it stands, [`story`] tells
//! one slot record by record. [`row`], [`status`] and [`switches`] are the views that go out as
//! JSON, as a table or as a page. [`orders`] holds each fill against the backtest's, [`lots`] keeps
//! the books, [`trades`] puts both together. Everything stands on the [`Journal`](cycle::port::Journal) port
//! and only reads. Absent on purpose: colours, columns, HTML; each shower has its own.

pub mod growth;
pub mod lots;
pub mod movements;
pub mod now;
pub mod order_line;
pub mod orders;
pub mod row;
pub mod slots;
pub mod standing;
pub mod status;
pub mod story;
pub mod switches;
pub mod text;
pub mod trades;

pub use growth::Growth;
pub use order_line::{Basis, Expected, OrderLine, Slippage};
pub use row::SlotView;
pub use slots::{SlotRecord, for_each_entry, for_each_slot, for_each_slot_from};
pub use status::StatusView;
pub use trades::{Span, Trades, TradesView};

use cycle::port::JournalError;
use market::calendar::CalendarError;

/// Why a chain cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChronicleError {
    /// It cannot be read, or does not hold together.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It speaks of days that no calendar has.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}
