//! Credits: how many calls a vendor grants a minute and a day, known before a call is made.
//!
//! The budget counts what this process asked for, takes the vendor's own count from reply headers
//! where that is higher (other programs may share the key), and remembers a 429. It never believes
//! a lower count than its own, so it errs only toward asking less. Days are not remembered across
//! processes: the vendor's 429 tells then.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use market::time::{minutes, new_york_text, seconds};
use market::{Duration, Instant};

const MINUTE: Duration = minutes(1);
const DAY: Duration = minutes(24 * 60);
/// After a minute's 429, how far into the next one the first call waits.
const MINUTE_MARGIN: Duration = seconds(1);
/// After a day's 429, how far into the next one the first call waits.
const DAY_MARGIN: Duration = minutes(5);

/// The span over which a vendor counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The minute of the wall clock.
    Minute,
    /// The day in UTC.
    Day,
}

impl Window {
    fn length(self) -> Duration {
        match self {
            Self::Minute => MINUTE,
            Self::Day => DAY,
        }
    }

    /// First moment of the window that holds `at`. Minutes and UTC days both are whole multiples
    /// since the epoch.
    fn start(self, at: Instant) -> Instant {
        let into = at.as_second().rem_euclid(self.length().as_secs());
        Instant::from_second(at.as_second() - into).unwrap_or(Instant::MIN)
    }

    /// When a call may be tried again after a 429 at `at`.
    fn retry_after(self, at: Instant) -> Instant {
        let margin = match self {
            Self::Minute => MINUTE_MARGIN,
            Self::Day => DAY_MARGIN,
        };
        self.start(at) + self.length() + margin
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Day => "day",
        })
    }
}

/// A call that was not made because the vendor would refuse it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{vendor}: the credits of this {window} are used ({used} of {limit}); asking again from {}",
    new_york_text(*.until)
)]
pub struct Exhausted {
    /// Whose.
    pub vendor: &'static str,
    /// Which limit.
    pub window: Window,
    /// Credits used, as far as known.
    pub used: u32,
    /// Credits granted.
    pub limit: u32,
    /// When there are new ones.
    pub until: Instant,
}

/// Credits granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In one minute of the wall clock.
    pub per_minute: u32,
    /// In one day of UTC, where the vendor counts days.
    pub per_day: Option<u32>,
}

/// The vendor's own count of this minute, from a reply's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Used so far.
    pub used: u32,
    /// Granted.
    pub limit: u32,
}

/// Credits left to others on the same key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// In each minute.
    pub per_minute: u32,
    /// In each day.
    pub per_day: u32,
}

impl Rate {
    /// Whether it can be a plan's: a refusal may say that nothing is granted at all, and to believe
    /// that would be never to ask again.
    const fn is_plan(&self) -> bool {
        self.limit > 0
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    window: Window,
    start: Instant,
    used: u32,
    limit: u32,
}

impl Count {
    fn new(window: Window, limit: u32) -> Self {
        Self {
            window,
            start: Instant::MIN,
            used: 0,
            limit,
        }
    }

    fn roll(&mut self, now: Instant) {
        let start = self.window.start(now);
        if start != self.start {
            (self.start, self.used) = (start, 0);
        }
    }

    fn lacks(&self, credits: u32) -> bool {
        self.used.saturating_add(credits) > self.limit
    }

    /// Whether one more call would take from what is kept; a limit smaller than that is used up.
    fn lacks_beside(&self, kept: u32) -> bool {
        self.lacks(1 + kept.min(self.limit.saturating_sub(1)))
    }

    fn end(&self) -> Instant {
        self.start + self.window.length()
    }
}

#[derive(Debug)]
struct State {
    minute: Count,
    day: Option<Count>,
    blocked: Option<(Window, Instant)>,
}

/// One key's credits at one vendor.
#[derive(Debug)]
pub struct Budget {
    vendor: &'static str,
    state: Mutex<State>,
}

impl Budget {
    /// A budget nothing of which is used.
    #[must_use]
    pub fn new(vendor: &'static str, limits: Limits) -> Self {
        let minute = Count::new(Window::Minute, limits.per_minute);
        let day = limits.per_day.map(|limit| Count::new(Window::Day, limit));
        Self {
            vendor,
            state: Mutex::new(State {
                minute,
                day,
                blocked: None,
            }),
        }
    }

    /// Takes `credits` for a call about to be made, or none at all.
    ///
    /// # Errors
    /// [`Exhausted`] when the vendor would refuse the call.
    pub fn take(&self, now: Instant, credits: u32) -> Result<(), Exhausted> {
        self.with(now, |state| {
            if let Some((window, until)) = state.blocked {
                let count = state
                    .day
                    .filter(|_| window == Window::Day)
                    .unwrap_or(state.minute);
                return Err(self.exhausted(&count, until));
            }
            let day = state.day.iter_mut();
            let mut counts: Vec<&mut Count> = day.chain([&mut state.minute]).collect();
            if let Some(count) = counts.iter().find(|count| count.lacks(credits)) {
                return Err(self.exhausted(count, count.end()));
            }
            for count in &mut counts {
                count.used += credits;
            }
            Ok(())
        })
    }

    /// When a call of one credit may be made that leaves `kept` to others: `now`, or later in a
    /// minute to come.
    ///
    /// # Errors
    /// [`Exhausted`] when the day has no such credit left.
    pub fn ready(&self, now: Instant, kept: Kept) -> Result<Instant, Exhausted> {
        self.with(now, |state| {
            let mut at = now;
            match state.blocked {
                Some((Window::Day, until)) => {
                    let count = state.day.unwrap_or(state.minute);
                    return Err(self.exhausted(&count, until));
                }
                Some((Window::Minute, until)) => at = until,
                None => {}
            }
            if let Some(day) = state.day.filter(|day| day.lacks_beside(kept.per_day)) {
                return Err(self.exhausted(&day, day.end()));
            }
            if state.minute.lacks_beside(kept.per_minute) {
                at = at.max(state.minute.end());
            }
            Ok(at)
        })
    }

    /// Takes note of the vendor's own count of the day; a lower one than ours is not believed.
    pub fn learn_day(&self, now: Instant, rate: Rate) {
        if !rate.is_plan() {
            return;
        }
        self.with(now, |state| {
            let day = state
                .day
                .get_or_insert_with(|| Count::new(Window::Day, rate.limit));
            day.roll(now);
            day.limit = rate.limit;
            day.used = day.used.max(rate.used);
        });
    }

    /// Takes note of a reply to a call of `credits` that began at `began`.
    ///
    /// A reply that comes in another minute than its call may have been counted in either, so it
    /// is counted in both.
    pub fn learn(&self, began: Instant, now: Instant, credits: u32, rate: Option<Rate>) {
        self.with(now, |state| {
            if Window::Minute.start(began) != state.minute.start {
                state.minute.used = state.minute.used.saturating_add(credits);
            }
            if let Some(rate) = rate.filter(Rate::is_plan) {
                state.minute.limit = rate.limit;
                state.minute.used = state.minute.used.max(rate.used);
            }
        });
    }

    /// Takes note that the vendor refused a call for its count.
    pub fn refused(&self, now: Instant, window: Window) {
        self.with(now, |state| {
            let until = window.retry_after(now);
            if state.blocked.is_none_or(|(_, known)| known < until) {
                state.blocked = Some((window, until));
            }
        });
    }

    /// What is used and granted of the minute that holds `now`.
    #[must_use]
    pub fn minute(&self, now: Instant) -> Rate {
        self.with(now, |state| Rate {
            used: state.minute.used,
            limit: state.minute.limit,
        })
    }

    fn with<T>(&self, now: Instant, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.minute.roll(now);
        if let Some(day) = &mut state.day {
            day.roll(now);
        }
        state.blocked = state.blocked.filter(|(_, until)| now < *until);
        change(&mut state)
    }

    fn exhausted(&self, count: &Count, until: Instant) -> Exhausted {
        let Count {
            window,
            used,
            limit,
            ..
        } = *count;
        Exhausted {
            vendor: self.vendor,
            window,
            used,
            limit,
            until,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const FREE: Limits = Limits {
        per_minute: 8,
        per_day: Some(20),
    };

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn take_all(budget: &Budget, now: Instant) -> u32 {
        (0..100)
            .take_while(|_| budget.take(now, 1).is_ok())
            .count()
            .try_into()
            .unwrap()
    }

    #[test]
    fn a_minute_grants_its_credits_and_the_next_one_as_many() {
        let budget = Budget::new("twelve-data", FREE);
        assert_eq!(take_all(&budget, at("2026-11-20T15:30:05Z")), 8);
        let error = budget.take(at("2026-11-20T15:30:59Z"), 1).unwrap_err();
        insta::assert_snapshot!(error, @"twelve-data: the credits of this minute are used (8 of 8); asking again from 2026-11-20T10:31:00-05:00");
        assert_eq!(take_all(&budget, at("2026-11-20T15:31:00Z")), 8);
    }

    #[test]
    fn a_day_ends_at_midnight_utc() {
        let budget = Budget::new("twelve-data", FREE);
        let granted: u32 = (0..5)
            .map(|m| take_all(&budget, at("2026-11-20T23:50:00Z") + minutes(m)))
            .sum();
        assert_eq!(granted, 20);
        let error = budget.take(at("2026-11-20T23:59:59Z"), 1).unwrap_err();
        assert_eq!(
            (error.window, error.until),
            (Window::Day, at("2026-11-21T00:00:00Z"))
        );
        assert_eq!(take_all(&budget, at("2026-11-21T00:00:00Z")), 8);
    }

    #[test]
    fn other_programs_on_the_key_are_seen_in_the_headers() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        budget.take(now, 1).unwrap();
        budget.learn(now, now, 1, Some(Rate { used: 7, limit: 8 }));
        assert_eq!(take_all(&budget, now), 1);
    }

    #[test]
    fn a_refusal_that_says_nothing_is_granted_does_not_end_all_calls() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        budget.learn(now, now, 1, Some(Rate { used: 0, limit: 0 }));
        budget.learn_day(now, Rate { used: 0, limit: 0 });
        assert_eq!(take_all(&budget, now), 8);
    }

    #[test]
    fn a_larger_plan_is_learned() {
        let budget = Budget::new(
            "alpaca",
            Limits {
                per_minute: 200,
                per_day: None,
            },
        );
        let now = at("2026-11-20T15:30:05Z");
        budget.learn(
            now,
            now,
            1,
            Some(Rate {
                used: 1,
                limit: 1000,
            }),
        );
        assert!(budget.take(now, 999).is_ok());
    }

    #[test]
    fn a_plan_of_nothing_is_not_believed() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        budget.learn(now, now, 1, Some(Rate { used: 0, limit: 0 }));
        assert_eq!(take_all(&budget, now), 8);
    }

    #[test]
    fn a_lower_count_than_our_own_is_not_believed() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        assert_eq!(take_all(&budget, now), 8);
        budget.learn(now, now, 1, Some(Rate { used: 1, limit: 8 }));
        assert_eq!(take_all(&budget, now), 0);
    }

    #[test]
    fn a_reply_in_the_next_minute_is_counted_there_too() {
        let budget = Budget::new("twelve-data", FREE);
        let (began, now) = (at("2026-11-20T15:30:59.9Z"), at("2026-11-20T15:31:00.1Z"));
        budget.take(began, 1).unwrap();
        budget.learn(began, now, 1, None);
        assert_eq!(take_all(&budget, now), 7);
    }

    #[test]
    fn what_is_kept_for_others_is_waited_for_and_a_day_without_it_is_over() {
        let budget = Budget::new("twelve-data", FREE);
        let kept = Kept {
            per_minute: 2,
            per_day: 5,
        };
        let now = at("2026-11-20T15:30:05Z");
        let mut granted = 0;
        while budget.ready(now, kept) == Ok(now) {
            budget.take(now, 1).unwrap();
            granted += 1;
        }
        assert_eq!(granted, 6);
        assert_eq!(budget.ready(now, kept), Ok(at("2026-11-20T15:31:00Z")));
        budget.learn_day(
            now,
            Rate {
                used: 15,
                limit: 20,
            },
        );
        let exhausted = budget.ready(now + minutes(1), kept).unwrap_err();
        assert_eq!(
            (exhausted.window, exhausted.used, exhausted.until),
            (Window::Day, 15, at("2026-11-21T00:00:00Z"))
        );
        assert!(budget.take(now + minutes(1), 5).is_ok(), "others have them");
    }

    #[test]
    fn a_429_is_waited_out_in_its_minute_and_ends_its_day() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        budget.refused(now, Window::Minute);
        assert_eq!(
            budget.ready(now, Kept::default()),
            Ok(at("2026-11-20T15:31:01Z"))
        );
        budget.refused(now, Window::Day);
        let exhausted = budget.ready(now, Kept::default()).unwrap_err();
        assert_eq!(exhausted.until, at("2026-11-21T00:05:00Z"));
    }

    #[test]
    fn a_429_blocks_until_the_window_it_names_is_over() {
        let cases = [
            (
                Window::Minute,
                "2026-11-20T15:31:00Z",
                "2026-11-20T15:31:01Z",
            ),
            (Window::Day, "2026-11-21T00:04:59Z", "2026-11-21T00:05:00Z"),
        ];
        for (window, blocked, free) in cases {
            let budget = Budget::new("twelve-data", FREE);
            budget.refused(at("2026-11-20T15:30:05Z"), window);
            assert_eq!(budget.take(at(blocked), 1).unwrap_err().until, at(free));
            assert!(budget.take(at(free), 1).is_ok());
        }
    }

    #[test]
    fn a_minutes_429_does_not_shorten_a_days() {
        let budget = Budget::new("twelve-data", FREE);
        let now = at("2026-11-20T15:30:05Z");
        budget.refused(now, Window::Day);
        budget.refused(now, Window::Minute);
        assert_eq!(
            budget.take(now + minutes(5), 1).unwrap_err().window,
            Window::Day
        );
    }

    proptest! {
        #[test]
        fn no_window_ever_grants_more_than_its_limit(
            steps in prop::collection::vec((0_i64..90, 1_u32..4), 1..300),
        ) {
            let budget = Budget::new("twelve-data", FREE);
            let mut now = at("2026-11-20T23:00:00Z");
            let (mut by_minute, mut by_day) = (BTreeMap::new(), BTreeMap::new());
            for (wait, credits) in steps {
                now += seconds(wait);
                if budget.take(now, credits).is_ok() {
                    *by_minute.entry(Window::Minute.start(now)).or_insert(0) += credits;
                    *by_day.entry(Window::Day.start(now)).or_insert(0) += credits;
                }
            }
            prop_assert!(by_minute.values().all(|used| *used <= 8));
            prop_assert!(by_day.values().all(|used| *used <= 20));
        }
    }
}
