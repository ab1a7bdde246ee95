//! I11: no secret stands in any log, record or error.

use super::{Breach, Invariant};

/// So many characters of a secret in a row are as good as the secret.
const PART: usize = 12;

/// A secret, and what to call it without saying it.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    /// Its name: `TQQQ_FMP_KEY`.
    pub name: &'a str,
    /// Its value; at least eight characters, or any text might hold it by chance.
    pub value: &'a str,
}

/// Where `texts` (each behind the name of where it stands) hold a secret or a part of one. The
/// words name both and repeat neither.
pub fn leaks<'a>(
    texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    secrets: &[Secret<'_>],
) -> Vec<Breach> {
    let mut found = Vec::new();
    for (place, text) in texts {
        for secret in secrets.iter().filter(|secret| holds(text, secret.value)) {
            let words = format!("{place} holds {} or a part of it", secret.name);
            found.push(Breach::new(Invariant::I11, words));
        }
    }
    found
}

/// Whether `text` holds `PART` characters of `secret` in a row, or all of a shorter one.
fn holds(text: &str, secret: &str) -> bool {
    let characters: Vec<(usize, char)> = secret.char_indices().collect();
    let part = characters.len().min(PART);
    if part == 0 {
        return false;
    }
    let ends = characters.iter().map(|(at, _)| *at).skip(part);
    let starts = characters.iter().map(|(at, _)| *at);
    let parts = starts.zip(ends.chain([secret.len()]));
    parts
        .take(characters.len() - part + 1)
        .any(|(start, end)| text.contains(&secret[start..end]))
}
