//! What is wrong with a configuration, where, and what to write instead.

use market::Symbol;

/// Farthest a typed key may be from a known one to be suggested, in edits.
const NEAR_EDITS_MAX: usize = 3;
/// How a hint begins that lists what may stand somewhere.
const ONE_OF: &str = "write one of";

/// Where a good configuration is to be seen.
const EXAMPLE: &str = "config/paper.toml shows every key with its default";

/// A configuration that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is no configuration.
    #[error("{place}{message}\nhint: {hint}")]
    Unreadable {
        /// ``line 2, `fast`: ``, where known.
        place: String,
        /// What is wrong.
        message: String,
        /// What to write instead, where it can be guessed, else where to see it.
        hint: String,
    },
    /// A value that makes no sense.
    #[error("{key} = {value}: {why}\nhint: {hint}")]
    Refused {
        /// The key with its section.
        key: &'static str,
        /// The value given.
        value: String,
        /// What is wrong with it.
        why: String,
        /// What to write instead.
        hint: String,
    },
}

impl SettingsError {
    /// A value that makes no sense.
    pub(crate) fn refused(
        key: &'static str,
        value: &(impl ToString + ?Sized),
        why: &str,
        hint: &str,
    ) -> Self {
        Self::Refused {
            key,
            value: value.to_string(),
            why: why.to_owned(),
            hint: hint.to_owned(),
        }
    }

    /// A text that does not parse.
    pub(super) fn unreadable(text: &str, error: &toml::de::Error) -> Self {
        let place = error.span().map(|span| place(text, span.start));
        let mut message = plain(error.message());
        let hint = hint(&message).unwrap_or_else(|| EXAMPLE.to_owned());
        // What may stand there is said once.
        if hint.starts_with(ONE_OF) {
            let end = message.find(", expected").unwrap_or(message.len());
            message.truncate(end);
        }
        Self::Unreadable {
            place: place.unwrap_or_default(),
            message,
            hint,
        }
    }
}

/// The reader's words without those only programmers know.
fn plain(message: &str) -> String {
    let number = format!("expected a whole number from 0 to {}", u32::MAX);
    message
        .replace("expected u32", &number)
        .replace("expected a sequence", "expected a list in `[` and `]`")
}

/// The line that holds the byte at `start` and the key or the section on it: ``line 2, `fast`: ``.
/// All else on it is left out, since it may be a secret in the wrong place.
fn place(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or(text);
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    let named = match line.split_once('=') {
        Some((key, _)) => Some(key.trim()),
        None => Some(line.trim()).filter(|line| line.starts_with('[')),
    };
    let named = named.map_or_else(String::new, |name| format!(", `{name}`"));
    format!("line {}{named}: ", number + 1)
}

/// What to write instead, as far as the reader's words tell.
fn hint(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown") {
        return Some(known(quoted.next()?, &quoted.collect::<Vec<_>>()));
    }
    if message.contains("is not a symbol") {
        let capitals = quoted.next()?.to_uppercase();
        let symbol = Symbol::new(&capitals).ok()?;
        return Some(format!("write it in capitals: {symbol}"));
    }
    if message.starts_with("string values must be quoted") {
        return Some("put the value between double quotes".to_owned());
    }
    if message.starts_with("invalid type: string") && message.contains("a whole number") {
        return Some("write digits, without quotes".to_owned());
    }
    let is_list = message.starts_with("invalid type: string") && message.contains("a list");
    is_list.then(|| "write it like `[\"one\", \"another\"]`".to_owned())
}

/// The known words, or the one of them that was meant: "unknown field `x`, expected one of `a`,
/// `b`".
fn known(typed: &str, known: &[&str]) -> String {
    let lower = typed.to_lowercase();
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .filter(|(edits, _)| *edits <= NEAR_EDITS_MAX)
        .min();
    match nearest {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => format!("{ONE_OF} `{}`", known.join("`, `")),
    }
}
