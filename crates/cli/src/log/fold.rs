//! Complaints that come again: the first is shown, the others are counted.

use std::collections::VecDeque;
use std::time::Duration;

/// A line like one shown so long ago is shown again: a daemon's next slot is never swallowed.
const WINDOW: Duration = Duration::from_secs(10);
/// Kinds of lines remembered.
const KINDS_MAX: usize = 16;
/// Characters of a line that a count quotes.
const QUOTED_MAX: usize = 72;

/// What was shown lately.
#[derive(Debug, Default)]
pub(super) struct Fold {
    /// Oldest first.
    kinds: VecDeque<Kind>,
}

/// Lines that differ in their numbers alone.
#[derive(Debug)]
struct Kind {
    skeleton: String,
    first: String,
    since: Duration,
    more: u64,
}

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// Counts of kinds that are over, to be shown first.
    pub(super) before: Vec<String>,
    /// Whether the line itself is to be shown.
    pub(super) is_new: bool,
}

impl Fold {
    /// Takes a line, `now` after the log began.
    pub(super) fn take(&mut self, line: &str, now: Duration) -> Told {
        let mut before = Vec::new();
        self.kinds.retain(|kind| {
            let is_fresh = now.saturating_sub(kind.since) < WINDOW;
            if !is_fresh {
                before.extend(kind.count());
            }
            is_fresh
        });
        let skeleton = skeleton(line);
        let known = self.kinds.iter_mut().find(|kind| kind.skeleton == skeleton);
        let is_new = known.is_none();
        match known {
            Some(kind) => kind.more += 1,
            None => before.extend(self.remember(skeleton, line, now)),
        }
        Told { before, is_new }
    }

    /// The counts still owed, when nothing more will come.
    pub(super) fn end(&mut self) -> Vec<String> {
        self.kinds
            .drain(..)
            .filter_map(|kind| kind.count())
            .collect()
    }

    /// Remembers a new kind; the count of an older one that makes room for it.
    fn remember(&mut self, skeleton: String, line: &str, now: Duration) -> Option<String> {
        let out = (self.kinds.len() >= KINDS_MAX).then(|| self.kinds.pop_front());
        self.kinds.push_back(Kind {
            skeleton,
            first: line.to_owned(),
            since: now,
            more: 0,
        });
        out.flatten()?.count()
    }
}

impl Kind {
    fn count(&self) -> Option<String> {
        let line = self.first.lines().next().unwrap_or_default();
        let quoted: String = line.chars().take(QUOTED_MAX).collect();
        let cut = if quoted.len() < line.len() { "…" } else { "" };
        (self.more > 0).then(|| format!("… {} more like: {quoted}{cut}", self.more))
    }
}

/// The line with every word that holds a digit made the same: moments, slots, ids, heads.
fn skeleton(line: &str) -> String {
    let word = |word: &str| {
        if word.chars().any(|letter| letter.is_ascii_digit()) {
            "#".to_owned()
        } else {
            word.to_owned()
        }
    };
    line.split_whitespace()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn shown(fold: &mut Fold, line: &str, now: Duration) -> bool {
        let told = fold.take(line, now);
        assert_eq!(told.before, Vec::<String>::new(), "{line}");
        told.is_new
    }

    #[test]
    fn lines_that_differ_in_numbers_alone_are_shown_once_and_counted() {
        let mut fold = Fold::default();
        for slot in 0..24 {
            let failed = format!("slot 2024-03-20T{slot}:30: a try failed: HTTP 503");
            let alert = format!("slot {slot}: failed; journal head {slot}:d9a2");
            assert_eq!(shown(&mut fold, &failed, SECOND), slot == 0);
            assert_eq!(shown(&mut fold, &alert, SECOND), slot == 0);
        }
        assert!(shown(&mut fold, "something else", SECOND));
        insta::assert_snapshot!(fold.end().join("\n"), @r"
        … 23 more like: slot 2024-03-20T0:30: a try failed: HTTP 503
        … 23 more like: slot 0: failed; journal head 0:d9a2
        ");
        assert_eq!(fold.end(), Vec::<String>::new());
    }

    #[test]
    fn the_same_complaint_half_a_minute_later_is_shown_again_after_its_count() {
        let mut fold = Fold::default();
        for _ in 0..3 {
            fold.take("no answer", SECOND);
        }
        let told = fold.take("no answer", SECOND * 31);
        assert_eq!(told.before, ["… 2 more like: no answer"]);
        assert!(told.is_new);
    }

    #[test]
    fn many_kinds_are_forgotten_one_by_one_with_their_counts() {
        let mut fold = Fold::default();
        for _ in 0..2 {
            fold.take("the first", SECOND);
        }
        for letter in 'a'..='o' {
            assert!(shown(&mut fold, &letter.to_string(), SECOND));
        }
        let told = fold.take("one more", SECOND);
        assert_eq!(told.before, ["… 1 more like: the first"]);
    }
}
