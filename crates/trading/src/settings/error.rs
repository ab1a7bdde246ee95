//! What is wrong with a configuration, where, and what to write instead.

use market::Symbol;

use super::sections;

/// Farthest a typed key may be from a known one to be suggested, in edits.
const NEAR_EDITS_MAX: usize = 3;
/// What a number is called.
const WHOLE_NUMBER: &str = "a whole number";
/// How a hint begins where nothing may stand.
const NO_KEYS: &str = "this section has no keys";
/// What to do about a text that is not of this language at all.
const GRAMMAR: &str =
    "this is TOML: `key = value`, one a line, below the `[section]` it belongs to";
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
        /// What to write instead.
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
        let start = error.span().map(|span| span.start);
        let range = start.and_then(|start| range(text, start));
        let mut message = plain(error.message(), range);
        let hint = hint(&message, range).unwrap_or_else(|| default_hint(&message).to_owned());
        // What may stand there is said once.
        let is_said = [ONE_OF, NO_KEYS].iter().any(|said| hint.starts_with(said));
        if is_said {
            let end = [", expected", ", there are"];
            let end = end.iter().find_map(|end| message.find(end));
            message.truncate(end.unwrap_or(message.len()));
        }
        Self::Unreadable {
            place: start.map(|start| place(text, start)).unwrap_or_default(),
            message,
            hint,
        }
    }
}

/// The least and the most that the key may be which holds the byte at `start`, if it is a number.
fn range(text: &str, start: usize) -> Option<(u32, u32)> {
    let before = text.get(..start)?;
    let number = before.matches('\n').count();
    let line = text.lines().nth(number)?;
    let key = line.split('=').next()?.trim();
    let section = before.lines().rev().find_map(|line| {
        let name = line.trim().strip_prefix('[')?;
        name.split(']').next()
    });
    let key = match section {
        Some(section) => format!("{}.{key}", section.trim()),
        None => key.to_owned(),
    };
    let ranges = sections::ranges();
    let found = ranges.iter().find(|(name, ..)| *name == key);
    found.map(|(_, _, least, most)| (*least, *most))
}

/// The reader's words without those only programmers know.
fn plain(message: &str, range: Option<(u32, u32)>) -> String {
    let number = match range {
        Some((least, most)) => format!("expected a whole number from {least} to {most}"),
        None => "expected a whole number".to_owned(),
    };
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
fn hint(message: &str, range: Option<(u32, u32)>) -> Option<String> {
    if message.contains(WHOLE_NUMBER) && !message.starts_with("invalid type: string") {
        return Some(match range {
            Some((least, most)) => {
                format!("write a number from {least} to {most}, without a fraction")
            }
            None => "write a number, without sign or fraction".to_owned(),
        });
    }
    if message.starts_with("calendar override") {
        let hours = "`closed = true`, or `close = \"13:00\"` on a short day";
        return Some(format!("write {hours}, each time in New York"));
    }
    if message.starts_with("unclosed") || message.starts_with("invalid table header") {
        return Some("end it with `]`, like `[strategy]`".to_owned());
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown") {
        return Some(known(quoted.next()?, &quoted.collect::<Vec<_>>()));
    }
    if message.starts_with("missing field") {
        return Some(format!("add `{}`", quoted.next()?));
    }
    if message.starts_with("failed to parse") {
        return Some("write dates like \"2026-07-02\" and times like \"13:00\"".to_owned());
    }
    if message.contains("is not a symbol") {
        let capitals = quoted.next()?.to_uppercase();
        let symbol = Symbol::new(&capitals).ok()?;
        return Some(format!("write it in capitals: {symbol}"));
    }
    if message.starts_with("string values must be quoted") {
        return Some("put the value between double quotes".to_owned());
    }
    if message.starts_with("invalid type: string") && message.contains(WHOLE_NUMBER) {
        return Some("write digits, without quotes".to_owned());
    }
    let is_list = message.starts_with("invalid type: string") && message.contains("a list");
    is_list.then(|| "write it like `[\"one\", \"another\"]`".to_owned())
}

/// What to write where nothing better is known.
fn default_hint(message: &str) -> &'static str {
    if message.contains("expected `") || message.contains("expected newline") {
        GRAMMAR
    } else {
        EXAMPLE
    }
}

/// The known words, or the one of them that was meant: "unknown field `x`, expected one of `a`,
/// `b`".
fn known(typed: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return format!("{NO_KEYS}: remove `{typed}`");
    }
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
