//! The life of an order: one table.

/// Where an order stands, in the broker's vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Taken in, not yet at the market.
    PendingNew,
    /// Taken in and waiting for the next open, or for its turn after a replacement.
    Accepted,
    /// At the market.
    New,
    /// At the market, a part is done.
    PartiallyFilled,
    /// A cancel is on its way; the order may still fill.
    PendingCancel,
    /// All done. Terminal.
    Filled,
    /// Withdrawn; a part may be done. Terminal.
    Canceled,
    /// Its time is over; a part may be done. Terminal.
    Expired,
    /// Another order stands in its place. Terminal.
    Replaced,
    /// Refused after it was taken in. Terminal.
    Rejected,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// The market has it.
    Acknowledged,
    /// A part was done.
    PartFilled,
    /// The rest was done.
    RestFilled,
    /// Somebody asked to withdraw it.
    CancelAsked,
    /// It was withdrawn.
    CancelDone,
    /// Its time ran out.
    TimeOver,
    /// Another order took its place.
    Superseded,
    /// It cannot be carried out.
    Refused,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::PendingNew,
        Self::Accepted,
        Self::New,
        Self::PartiallyFilled,
        Self::PendingCancel,
        Self::Filled,
        Self::Canceled,
        Self::Expired,
        Self::Replaced,
        Self::Rejected,
    ];

    /// Where the order stands after `happening`; `None` where that cannot happen.
    #[must_use]
    #[rustfmt::skip]
    pub const fn after(self, happening: Happening) -> Option<Self> {
        use Happening as H;
        use Status as S;
        Some(match (self, happening) {
            (S::PendingNew | S::Accepted,                        H::Acknowledged) => S::New,
            (S::New | S::PartiallyFilled,                        H::PartFilled)   => S::PartiallyFilled,
            (S::PendingCancel,                                   H::PartFilled)   => S::PendingCancel,
            (S::New | S::PartiallyFilled | S::PendingCancel,     H::RestFilled)   => S::Filled,
            (S::PendingNew | S::New | S::PartiallyFilled,        H::CancelAsked)  => S::PendingCancel,
            (S::Accepted | S::PendingCancel
                | S::New | S::PartiallyFilled,                   H::CancelDone)   => S::Canceled,
            (S::PendingNew | S::Accepted | S::New
                | S::PartiallyFilled | S::PendingCancel,         H::TimeOver)     => S::Expired,
            (S::New | S::PartiallyFilled,                        H::Superseded)   => S::Replaced,
            (S::PendingNew | S::Accepted | S::New
                | S::PendingCancel,                              H::Refused)      => S::Rejected,
            _ => return None,
        })
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Filled | Self::Canceled | Self::Expired | Self::Replaced | Self::Rejected
        )
    }

    /// The broker's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PendingNew => "pending_new",
            Self::Accepted => "accepted",
            Self::New => "new",
            Self::PartiallyFilled => "partially_filled",
            Self::PendingCancel => "pending_cancel",
            Self::Filled => "filled",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Rejected => "rejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAPPENINGS: [Happening; 8] = [
        Happening::Acknowledged,
        Happening::PartFilled,
        Happening::RestFilled,
        Happening::CancelAsked,
        Happening::CancelDone,
        Happening::TimeOver,
        Happening::Superseded,
        Happening::Refused,
    ];

    #[test]
    fn nothing_happens_to_a_terminal_order_and_every_other_can_end() {
        for status in Status::ALL {
            let ways = HAPPENINGS
                .iter()
                .filter_map(|happening| status.after(*happening));
            assert_eq!(
                ways.clone().count() == 0,
                status.is_terminal(),
                "{status:?}"
            );
            if !status.is_terminal() {
                assert!(ways.clone().any(Status::is_terminal), "{status:?}");
            }
        }
    }

    #[test]
    fn a_cancel_on_its_way_can_lose_the_race_to_a_fill() {
        let asked = Status::New.after(Happening::CancelAsked).unwrap();
        assert_eq!(asked.after(Happening::RestFilled), Some(Status::Filled));
        assert_eq!(
            asked.after(Happening::PartFilled),
            Some(Status::PendingCancel)
        );
    }
}
