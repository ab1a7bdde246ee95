//! The life of an order, on one page.
//!
//! | state \ event   | no answer | absent  | seen open | seen filled | ended in part | ended   | rejected |
//! |-----------------|-----------|---------|-----------|-------------|---------------|---------|----------|
//! | Intended        | Unknown   | Unsent  | Open      | Filled      | PartlyFilled  | Canceled| Rejected |
//! | Unknown         | Unknown   | Unsent  | Open      | Filled      | PartlyFilled  | Canceled| Rejected |
//! | Unsent          | Unknown   | Unsent  | Open      | Filled      | PartlyFilled  | Canceled| Rejected |
//! | Open            | Open      | Open    | Open      | Filled      | PartlyFilled  | Canceled| Rejected |
//! | a terminal one  | itself    | itself  | itself, late news | itself, or a contradiction ...          |
//!
//! "Absent" is the proof of absence of EXECUTION §5: two look-ups that found nothing after the
//! quarantine. `Unsent` can still come to life, since no local rule stops a frozen packet; an id
//! that may be live is therefore reused and never replaced. An order once seen open is not made
//! absent by a look-up that lags. A terminal order that shows another end is a contradiction the
//! caller must stop on.

use serde::{Deserialize, Serialize};

/// Where one of our orders stands, as far as the record shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// In the journal; perhaps sent, no answer yet.
    Intended,
    /// Sent or perhaps sent, and the answer is not known.
    Unknown,
    /// Proved absent at the broker after its quarantine.
    Unsent,
    /// The broker shows it and it is not at its end.
    Open,
    /// Wholly filled.
    Filled,
    /// At its end with part of it filled.
    PartlyFilled,
    /// At its end with nothing filled.
    Canceled,
    /// Refused by the broker, before or after acceptance.
    Rejected,
}

impl OrderState {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::Intended,
        Self::Unknown,
        Self::Unsent,
        Self::Open,
        Self::Filled,
        Self::PartlyFilled,
        Self::Canceled,
        Self::Rejected,
    ];

    /// Whether the broker has shown its end.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::PartlyFilled | Self::Canceled | Self::Rejected
        )
    }

    /// Whether it may still be, or become, alive without having been looked for.
    #[must_use]
    pub fn is_unsettled(self) -> bool {
        market::sabotage!(NewIdForUnknown, {
            return matches!(self, Self::Intended | Self::Open);
        });
        matches!(self, Self::Intended | Self::Unknown | Self::Open)
    }

    /// Whether a new order for the same step needs a new attempt number: only once this one is
    /// proved terminal. An unknown or unsent id is used again.
    #[must_use]
    pub fn spends_attempt(self) -> bool {
        market::sabotage!(NewIdForUnknown, {
            return self.is_terminal() || self == Self::Unknown;
        });
        market::sabotage!(IdAfterCancel, {
            return matches!(self, Self::Filled | Self::Rejected);
        });
        self.is_terminal()
    }
}

/// News of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// It was sent, or perhaps sent, and no answer that can be believed came back.
    Unanswered,
    /// Proved absent: the look-ups of the quarantine found nothing.
    ProvedAbsent,
    /// The broker shows it, not at its end.
    SeenOpen,
    /// The broker shows it wholly filled.
    SeenFilled,
    /// The broker shows it at its end, part of it filled.
    SeenEndedInPart,
    /// The broker shows it at its end, nothing filled.
    SeenEnded,
    /// The broker refused it: seen rejected, or a refusal confirmed by look-up.
    SeenRejected,
}

impl OrderEvent {
    /// Every event, for tables and tests.
    pub const ALL: [Self; 7] = [
        Self::Unanswered,
        Self::ProvedAbsent,
        Self::SeenOpen,
        Self::SeenFilled,
        Self::SeenEndedInPart,
        Self::SeenEnded,
        Self::SeenRejected,
    ];
}

/// Two sights of one order cannot both be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that ended as {state:?} now shows {event:?}: stop and compare with the broker")]
pub struct LifeError {
    /// Its recorded end.
    pub state: OrderState,
    /// What contradicts it.
    pub event: OrderEvent,
}

/// The state after `event`: the table at the head of this file.
///
/// # Errors
/// [`LifeError`] when a terminal order shows a different end.
pub fn next(state: OrderState, event: OrderEvent) -> Result<OrderState, LifeError> {
    use OrderEvent as E;
    use OrderState as S;
    let seen = |event| match event {
        E::SeenFilled => S::Filled,
        E::SeenEndedInPart => S::PartlyFilled,
        E::SeenEnded => S::Canceled,
        E::SeenRejected => S::Rejected,
        E::SeenOpen | E::Unanswered | E::ProvedAbsent => S::Open,
    };
    match (state, event) {
        (S::Intended | S::Unknown | S::Unsent, E::Unanswered) => Ok(S::Unknown),
        (S::Intended | S::Unknown | S::Unsent, E::ProvedAbsent) => Ok(S::Unsent),
        (S::Intended | S::Unknown | S::Unsent | S::Open, _) => Ok(seen(event)),
        (
            S::Filled | S::PartlyFilled | S::Canceled | S::Rejected,
            E::Unanswered | E::ProvedAbsent | E::SeenOpen,
        ) => Ok(state),
        (S::Filled | S::PartlyFilled | S::Canceled | S::Rejected, _) => {
            if seen(event) == state {
                Ok(state)
            } else {
                Err(LifeError { state, event })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_answers_every_event_as_the_page_says() {
        let mut page = String::new();
        for state in OrderState::ALL {
            let row: Vec<String> = OrderEvent::ALL
                .into_iter()
                .map(|event| {
                    next(state, event).map_or_else(|_| "STOP".into(), |s| format!("{s:?}"))
                })
                .collect();
            page.push_str(&format!("{state:?}: {}\n", row.join(" ")));
        }
        insta::assert_snapshot!(page, @r"
        Intended: Unknown Unsent Open Filled PartlyFilled Canceled Rejected
        Unknown: Unknown Unsent Open Filled PartlyFilled Canceled Rejected
        Unsent: Unknown Unsent Open Filled PartlyFilled Canceled Rejected
        Open: Open Open Open Filled PartlyFilled Canceled Rejected
        Filled: Filled Filled Filled Filled STOP STOP STOP
        PartlyFilled: PartlyFilled PartlyFilled PartlyFilled STOP PartlyFilled STOP STOP
        Canceled: Canceled Canceled Canceled STOP STOP Canceled STOP
        Rejected: Rejected Rejected Rejected STOP STOP STOP Rejected
        ");
    }

    #[test]
    fn an_attempt_is_spent_only_by_a_proved_end() {
        let spent: Vec<_> = OrderState::ALL
            .into_iter()
            .filter(|s| s.spends_attempt())
            .collect();
        assert_eq!(
            spent,
            [
                OrderState::Filled,
                OrderState::PartlyFilled,
                OrderState::Canceled,
                OrderState::Rejected
            ]
        );
    }
}
