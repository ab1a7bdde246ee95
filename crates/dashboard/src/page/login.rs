//! The door: who gives the token may throw switches.

use askama::Template;

/// The page. It says nothing of the journal: on an address beyond this machine anybody sees it.
#[derive(Template)]
#[template(path = "login.html")]
pub(crate) struct Login {
    /// Why the last token did not open it.
    pub(crate) refused: Option<String>,
}
