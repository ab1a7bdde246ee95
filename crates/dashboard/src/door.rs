//! Who may do more than read: a token, sessions, and a limit on guessing.
//!
//! The token is compared by its hash, so that no comparison tells how much of a guess was right.
//! A session is 128 random bits in a same-site cookie that no script can read; each has a second
//! secret, the seal, that every form must send back.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cycle::port::{Entropy, Monotonic};
use market::Duration;
use trading::record::Hash;

/// How long a session lasts, in seconds: one trading day and the evening after it.
pub const SESSION_S: i64 = 12 * 3600;
/// Sessions at a time; the oldest ends when one more begins.
const SESSIONS_MAX: usize = 16;
/// Wrong tokens within [`GUESS_WINDOW_S`] before everybody must wait.
pub const GUESSES_MAX: usize = 5;
/// Over how many seconds wrong tokens are counted.
const GUESS_WINDOW_S: i64 = 60;
/// The cookie that carries a session.
pub(crate) const COOKIE: &str = "tqqq_session";

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// That is not the token.
    Wrong,
    /// Too many wrong ones: not even the right one is looked at for so many seconds.
    TooMany {
        /// Seconds to wait.
        wait_s: i64,
    },
}

/// A session that was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// What the cookie carries.
    pub cookie: String,
    /// What every form of this session must send back.
    pub seal: String,
}

struct Session {
    cookie: Hash,
    seal: String,
    until: Monotonic,
}

/// The door: one token, its sessions, its wrong guesses.
pub struct Door {
    token: Hash,
    /// Whether who has no session may read: on this machine alone.
    free_reading: bool,
    sessions: Mutex<VecDeque<Session>>,
    guesses: Mutex<VecDeque<Monotonic>>,
}

impl Door {
    /// A door that this token opens.
    #[must_use]
    pub fn new(token: &str, free_reading: bool) -> Self {
        Self {
            token: Hash::of(token.as_bytes()),
            free_reading,
            sessions: Mutex::default(),
            guesses: Mutex::default(),
        }
    }

    /// Whether who has no session may read.
    #[must_use]
    pub const fn free_reading(&self) -> bool {
        self.free_reading
    }

    /// Lets in whoever knows the token. Wrong ones are counted over everybody: behind a proxy all
    /// come from one address.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn enter(&self, token: &str, now: Monotonic, entropy: &dyn Entropy) -> Result<Pass, Shut> {
        self.try_token(token, now)?;
        let pass = Pass {
            cookie: entropy.run_id().to_string(),
            seal: entropy.run_id().to_string(),
        };
        let mut sessions = locked(&self.sessions);
        if sessions.len() == SESSIONS_MAX {
            sessions.pop_front();
        }
        sessions.push_back(Session {
            cookie: Hash::of(pass.cookie.as_bytes()),
            seal: pass.seal.clone(),
            until: Monotonic(now.0 + Duration::from_secs(SESSION_S)),
        });
        Ok(pass)
    }

    /// Whether this is the token, for a program that sends it with every request. Wrong ones count
    /// as at the login.
    ///
    /// # Errors
    /// [`Shut`].
    pub fn try_token(&self, token: &str, now: Monotonic) -> Result<(), Shut> {
        let mut guesses = locked(&self.guesses);
        let window = Duration::from_secs(GUESS_WINDOW_S);
        guesses.retain(|at| now.0 - at.0 < window);
        if let (GUESSES_MAX.., Some(first)) = (guesses.len(), guesses.front()) {
            let wait_s = (window - (now.0 - first.0)).as_secs() + 1;
            return Err(Shut::TooMany { wait_s });
        }
        if Hash::of(token.as_bytes()) == self.token {
            return Ok(());
        }
        guesses.push_back(now);
        Err(Shut::Wrong)
    }

    /// The seal of the session that this cookie carries; `None` when it is none, or over.
    #[must_use]
    pub fn seal(&self, cookie: &str, now: Monotonic) -> Option<String> {
        let cookie = Hash::of(cookie.as_bytes());
        let mut sessions = locked(&self.sessions);
        sessions.retain(|session| session.until > now);
        let found = sessions.iter().find(|session| session.cookie == cookie)?;
        Some(found.seal.clone())
    }

    /// Ends the session that this cookie carries.
    pub fn leave(&self, cookie: &str) {
        let cookie = Hash::of(cookie.as_bytes());
        locked(&self.sessions).retain(|session| session.cookie != cookie);
    }
}

/// A panic elsewhere leaves these lists whole: each change is one call.
fn locked<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use trading::record::RunId;

    use super::*;

    struct Counted(AtomicU8);

    impl Entropy for Counted {
        fn run_id(&self) -> RunId {
            RunId([self.0.fetch_add(1, Ordering::Relaxed); 16])
        }
    }

    fn at(seconds: i64) -> Monotonic {
        Monotonic(Duration::from_secs(seconds))
    }

    #[test]
    fn the_right_token_begins_a_session_that_ends_by_itself() {
        let (door, entropy) = (Door::new("open", true), Counted(AtomicU8::new(1)));
        let pass = door.enter("open", at(0), &entropy).unwrap();
        assert_ne!(pass.cookie, pass.seal);
        assert_eq!(door.seal(&pass.cookie, at(SESSION_S - 1)), Some(pass.seal));
        assert_eq!(door.seal(&pass.cookie, at(SESSION_S)), None);
        assert_eq!(door.seal("another", at(0)), None);
    }

    #[test]
    fn after_five_wrong_tokens_in_a_minute_not_even_the_right_one_is_looked_at() {
        let (door, entropy) = (Door::new("open", true), Counted(AtomicU8::new(1)));
        for second in 0..5 {
            assert_eq!(door.enter("shut", at(second), &entropy), Err(Shut::Wrong));
        }
        let wait_s = 56;
        let refused = Err(Shut::TooMany { wait_s });
        assert_eq!(door.enter("open", at(5), &entropy), refused);
        assert!(door.enter("open", at(5 + wait_s), &entropy).is_ok());
    }

    #[test]
    fn the_oldest_session_makes_room_and_one_that_leaves_is_gone() {
        let (door, entropy) = (Door::new("open", true), Counted(AtomicU8::new(1)));
        let passes: Vec<Pass> = (0..=SESSIONS_MAX)
            .map(|_| door.enter("open", at(0), &entropy).unwrap())
            .collect();
        assert_eq!(door.seal(&passes[0].cookie, at(1)), None);
        assert!(door.seal(&passes[1].cookie, at(1)).is_some());
        door.leave(&passes[1].cookie);
        assert_eq!(door.seal(&passes[1].cookie, at(1)), None);
    }
}
