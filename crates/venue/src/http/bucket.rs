//! Rate limits that start anew at each minute or day of the venue's clock.

use market::Instant;

/// What a limit counts over, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// A wall-clock minute.
    Minute,
    /// A UTC day.
    Day,
}

impl Span {
    const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Day => 24 * 60 * 60,
        }
    }
}

/// One limit and how much of it is used.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) limit: u32,
    span: Span,
    window: i64,
    used: u32,
}

impl Bucket {
    pub(super) const fn new(limit: u32, span: Span) -> Self {
        Self {
            limit,
            span,
            window: i64::MIN,
            used: 0,
        }
    }

    /// Used in the window of `now`.
    pub(super) fn used(&self, now: Instant) -> u32 {
        if self.window == self.window_of(now) {
            self.used
        } else {
            0
        }
    }

    /// Left in the window of `now`.
    pub(super) fn left(&self, now: Instant) -> u32 {
        self.limit.saturating_sub(self.used(now))
    }

    pub(super) fn take(&mut self, cost: u32, now: Instant) {
        self.used = self.used(now).saturating_add(cost);
        self.window = self.window_of(now);
    }

    /// The second since 1970 at which the window of `now` ends.
    pub(super) fn resets_at(&self, now: Instant) -> i64 {
        (self.window_of(now) + 1) * self.span.seconds()
    }

    fn window_of(&self, now: Instant) -> i64 {
        now.as_second().div_euclid(self.span.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_starts_anew_on_the_wall_minute_and_not_sixty_seconds_later() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let mut bucket = Bucket::new(8, Span::Minute);
        bucket.take(8, at("2026-11-20T15:30:59Z"));
        assert_eq!(bucket.left(at("2026-11-20T15:30:59.9Z")), 0);
        assert_eq!(
            bucket.resets_at(at("2026-11-20T15:30:59Z")),
            at("2026-11-20T15:31:00Z").as_second()
        );
        assert_eq!(bucket.left(at("2026-11-20T15:31:00Z")), 8);
        assert_eq!(bucket.used(at("2026-11-20T15:31:00Z")), 0);
    }
}
