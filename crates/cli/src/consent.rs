//! Asking a person before something is changed.

use std::io::{self, BufRead, IsTerminal};

use crate::fault::{Fault, Outcome};
use crate::output::tell;

/// Asks `question` and takes `yes` alone for one. Nobody there is an error, never a yes; `unasked`
/// says what to type then.
///
/// # Errors
/// When nobody is there, or stdin cannot be read.
pub(crate) fn is_given(question: &str, unasked: &str) -> Outcome<bool> {
    if !io::stdin().is_terminal() {
        return Err(Fault::input("nobody is there to ask").hint(unasked));
    }
    tell(question);
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Fault::failed(format!("stdin: {error}")))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}
