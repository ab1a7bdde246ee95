//! Mistakes made on purpose, for the simulation to find.
//!
//! [`sabotage!`](crate::sabotage) stands at the few places where one small mistake would lose or
//! double money, with the mistake beside what is right. Without the cargo feature `sabotage`, which
//! is in no default and no release set, the macro leaves nothing but what is right: neither a
//! mistake nor its name reaches the compiler. With it a mistake is made where one was
//! [committed](Sabotage::commit) on this thread, and nowhere else.
//!
//! It stands in the lowest crate so that everything above can be sabotaged by the same word.

/// What is wrong where that sabotage is committed, else what is right.
///
/// `sabotage!(Name, wrong, right)` is an expression; `sabotage!(Name, { wrong })` a statement that
/// is not there otherwise; `sabotage!(@items ...)` are items that only a sabotage needs.
#[cfg(not(feature = "sabotage"))]
#[macro_export]
macro_rules! sabotage {
    (@items $($item:item)*) => {};
    ($name:ident, $wrong:expr, $right:expr) => {
        $right
    };
    ($name:ident, $wrong:block) => {};
}

/// What is wrong where that sabotage is committed, else what is right.
///
/// `sabotage!(Name, wrong, right)` is an expression; `sabotage!(Name, { wrong })` a statement that
/// is not there otherwise; `sabotage!(@items ...)` are items that only a sabotage needs.
#[cfg(feature = "sabotage")]
#[macro_export]
macro_rules! sabotage {
    (@items $($item:item)*) => { $($item)* };
    ($name:ident, $wrong:expr, $right:expr) => {
        if $crate::sabotage::Sabotage::$name.is_committed() {
            $wrong
        } else {
            $right
        }
    };
    ($name:ident, $wrong:block) => {
        if $crate::sabotage::Sabotage::$name.is_committed() $wrong
    };
}

#[cfg(feature = "sabotage")]
mod committed;
#[cfg(feature = "sabotage")]
pub use committed::{KNOWN, Known, Sabotage, Suspended, UnknownSabotage};
