//! A request's query, read the way vendors do: unknown names are ignored, the last of twins wins.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::extract::Query;

/// The names and texts of a query.
pub(super) type Parameters = Query<BTreeMap<String, String>>;

/// The text under a name, where there is one.
pub(super) fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let text = parameters.get(name)?.as_str();
    (!text.is_empty()).then_some(text)
}

/// The value under a name; the text again where it does not read.
pub(super) fn read<'a, T: FromStr>(
    parameters: &'a Parameters,
    name: &str,
) -> Result<Option<T>, &'a str> {
    match text(parameters, name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| text),
    }
}

/// A flag in any case, as the Python client writes `True`.
pub(super) fn flag(parameters: &Parameters, name: &str) -> bool {
    text(parameters, name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The texts of a comma list.
pub(super) fn list(parameters: &Parameters, name: &str) -> Vec<String> {
    let listed = text(parameters, name).unwrap_or_default().split(',');
    listed
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}
