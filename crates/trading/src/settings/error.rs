//! What is wrong with a configuration, where, and what to write instead.

/// Farthest a typed key may be from a known one to be suggested, in edits.
const NEAR_EDITS_MAX: usize = 3;

/// A configuration that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is no configuration.
    #[error("{place}{message}{}", hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default())]
    Unreadable {
        /// ``line 2, `fast`: ``, where known.
        place: String,
        /// What is wrong.
        message: String,
        /// What to write instead, where it can be guessed.
        hint: Option<String>,
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
        let message = plain(error.message());
        let hint = nearest_key(&message).map(|key| format!("did you mean `{key}`?"));
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

/// The line that holds the byte at `start` and the key on it: ``line 2, `fast`: ``. The value is
/// left out, since it may be a secret in the wrong place.
fn place(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or(text);
    let number = before.matches('\n').count();
    let line = text.lines().nth(number).unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default().trim();
    format!("line {}, `{key}`: ", number + 1)
}

/// The known key nearest to the unknown one, read from "unknown field `x`, expected one of `a`,
/// `b`".
fn nearest_key(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let typed = quoted.next().filter(|_| message.starts_with("unknown"))?;
    quoted
        .map(|known| (strsim::damerau_levenshtein(typed, known), known))
        .filter(|(edits, _)| *edits <= NEAR_EDITS_MAX)
        .min()
        .map(|(_, known)| known.to_owned())
}
