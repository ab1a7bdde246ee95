//! *Now* in a terminal: the dashboard's first page for who has no browser at hand.
//!
//! [`draw`] puts a [`Now`](chronicle::now::Now), the read model that the page shows as well, on a
//! frame of any size; [`Screen`] owns the terminal and gives it back, whatever happens; [`Key`] is
//! what was pressed. Absent on purpose: switches. Who wants to halt types `tqqq halt`.

mod draw;
mod screen;

pub use draw::{Shown, draw};
pub use screen::{Key, Screen};
