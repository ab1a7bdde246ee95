//! Progress of long work on stderr, for a person who waits.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::output::Terminal;

/// The bar that is drawn now, if one is: other lines go above it.
static DRAWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Writes to stderr above whatever bar is drawn there.
pub(crate) fn above(write: impl FnOnce()) {
    let drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match drawn {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Redraws a second, at most.
const DRAWS_PER_SECOND: u8 = 8;

/// A bar that is drawn only where somebody looks.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Of `total` steps, each called `unit`.
    pub(crate) fn new(terminal: Terminal, total: u64, unit: &str) -> Self {
        if !terminal.shows_progress() {
            return Self {
                bar: ProgressBar::hidden(),
            };
        }
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
        let template = format!(
            "{{bar:32}} {{human_pos}} of {{human_len}} {unit}, {{rate}}, {{eta}} left  {{msg}}"
        );
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            // Nobody can be told when a line on the terminal cannot be made.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        let style = ProgressStyle::with_template(&template)
            .expect("the template's keys exist")
            .with_key("rate", rate);
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style);
        *DRAWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        Self { bar }
    }

    /// So many steps are done.
    pub(crate) fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// What stands beside the bar.
    pub(crate) fn say(&self, message: String) {
        self.bar.set_message(message);
    }

    /// One more step is done; `message` stands beside the bar.
    pub(crate) fn step(&self, message: String) {
        self.bar.set_message(message);
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        *DRAWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
