//! What can be wrong with a chain, and where.

use trading::record::{Hash, Head};

/// The first thing found wrong with a chain, and the number of the record it was found at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chain is broken at record {seq}: {flaw}")]
pub struct Defect {
    /// Number of the record that should have stood there.
    pub seq: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What can be wrong with one link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The number is skipped.
    #[error("it is missing, the next one there is {found}")]
    Gap {
        /// The number found instead.
        found: u64,
    },
    /// The chain ends before a record that is known to have existed.
    #[error("it is missing: the chain ends before it, but it was announced with hash {announced}")]
    CutOff {
        /// The hash it was announced with.
        announced: Hash,
    },
    /// Another record stands where an announced one stood.
    #[error("its hash is {found}, but it was announced with {announced}")]
    Replaced {
        /// The hash it was announced with.
        announced: Hash,
        /// The hash there.
        found: Hash,
    },
    /// It does not follow its predecessor.
    #[error("it follows a record of hash {found}, but the record before it has {expected}")]
    Unlinked {
        /// Hash of the record before; zeros before the first.
        expected: Hash,
        /// What the row says.
        found: String,
    },
    /// Its content is not what was hashed.
    #[error("its content has hash {computed}, but {found} is written beside it")]
    Altered {
        /// Recomputed over the row.
        computed: Hash,
        /// What the row says.
        found: String,
    },
    /// The row was written in a format this program does not know.
    #[error("it is of format {found}, this program knows up to {known}: use a newer tqqq")]
    NewerFormat {
        /// The row's format.
        found: u32,
        /// The newest this program reads.
        known: u32,
    },
    /// A field cannot be read.
    #[error("its {field} cannot be read: {why}")]
    Malformed {
        /// Which field.
        field: &'static str,
        /// Why, with the value where it is short.
        why: String,
    },
    /// The body is hashed rightly but not in canonical form.
    #[error("its body is not in canonical form, so no version of this program wrote it")]
    NotCanonical,
    /// The store cannot give it.
    #[error("{0}")]
    Unreadable(String),
    /// The first record does not bind the chain to an account.
    #[error("the first record is `{found}`, not `bound`: this chain belongs to no account")]
    Unbound {
        /// The first record's kind.
        found: String,
    },
    /// A later record binds the chain again.
    #[error("it binds the chain a second time")]
    BoundTwice,
    /// A record that needs a slot has none.
    #[error("a `{kind}` must name its slot, and this one does not")]
    Slotless {
        /// The record's kind.
        kind: &'static str,
    },
    /// A slot has two outcomes.
    #[error("slot {slot} has an outcome already, in record {first}")]
    SecondOutcome {
        /// The slot.
        slot: String,
        /// The record of its first outcome.
        first: u64,
    },
    /// The state it stores is not the state of the records up to it.
    #[error(
        "the state it stores differs from the records before it at `{at}`: {stored} stored, {folded} computed"
    )]
    OtherState {
        /// Path of the first difference.
        at: String,
        /// The value stored.
        stored: String,
        /// The value computed.
        folded: String,
    },
}

impl Defect {
    /// What is wrong with record `seq`.
    #[must_use]
    pub fn new(seq: u64, flaw: Flaw) -> Self {
        Self { seq, flaw }
    }

    /// The chain ends before `announced`.
    #[must_use]
    pub fn cut_off(announced: Head) -> Self {
        Self::new(
            announced.seq,
            Flaw::CutOff {
                announced: announced.hash,
            },
        )
    }
}
