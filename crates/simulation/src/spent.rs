//! Where the time of a seed goes.

use market::Duration;

/// Reads a clock that only goes forward: a simulation knows no time but its own.
pub type Watch = fn() -> Duration;

/// What a seed is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Drawing account, market and configuration.
    SettingUp,
    /// The program: observing, deciding, sealing records; with the ports' answers to it.
    Program,
    /// The exchange's own life between two calls.
    Exchange,
    /// Holding every record, arrival and execution against the invariants.
    Checking,
}

impl Part {
    /// All, in the order of [`Spent::parts`].
    pub const ALL: [Self; 4] = [
        Self::SettingUp,
        Self::Program,
        Self::Exchange,
        Self::Checking,
    ];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SettingUp => "setting up",
            Self::Program => "program",
            Self::Exchange => "exchange",
            Self::Checking => "checking",
        }
    }
}

/// Time by part; nothing where nobody gave a watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// In the order of [`Part::ALL`].
    pub parts: [Duration; Part::ALL.len()],
}

impl Spent {
    /// Adds another seed's or thread's.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, part) in self.parts.iter_mut().zip(&other.parts) {
            *sum += *part;
        }
    }
}

/// Takes the time of parts that do not lie inside each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    watch: Option<Watch>,
    pub(crate) spent: Spent,
}

impl Meter {
    pub(crate) fn new(watch: Option<Watch>) -> Self {
        let spent = Spent::default();
        Self { watch, spent }
    }

    /// Now, where there is a watch.
    pub(crate) fn begin(&self) -> Option<Duration> {
        self.watch.map(|watch| watch())
    }

    /// What began then was `part`, and is over.
    pub(crate) fn end(&mut self, part: Part, begun: Option<Duration>) {
        if let (Some(watch), Some(begun)) = (self.watch, begun) {
            self.spent.parts[part as usize] += watch() - begun;
        }
    }
}
