//! To which calls a fault belongs.

use std::fmt;
use std::str::FromStr;

/// Whose face a call belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// Alpaca's trading host.
    Alpaca,
    /// Alpaca's data host.
    AlpacaData,
    /// Twelve Data.
    TwelveData,
    /// Financial Modeling Prep.
    Fmp,
}

impl Vendor {
    /// Whose a path is; `None` for `/control`, which is ours.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        const FIRST_WORDS: [(&str, Vendor); 7] = [
            ("/v2/stocks/", Vendor::AlpacaData),
            ("/v1/", Vendor::AlpacaData),
            ("/v1beta1/", Vendor::AlpacaData),
            ("/v2/", Vendor::Alpaca),
            ("/stream", Vendor::Alpaca),
            ("/stable/", Vendor::Fmp),
            ("/api/v3/", Vendor::Fmp),
        ];
        if path.starts_with("/control/") {
            return None;
        }
        let known = FIRST_WORDS
            .into_iter()
            .find(|(first, _)| path.starts_with(first));
        Some(known.map_or(Self::TwelveData, |(_, vendor)| vendor))
    }
}

/// A call as a scope sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whose.
    pub vendor: Vendor,
    /// `GET`, `POST`, …
    pub method: String,
    /// Without the query.
    pub path: String,
}

impl Call {
    /// The call of a method and a path; `None` for `/control`.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Option<Self> {
        Some(Self {
            vendor: Vendor::of(path)?,
            method: method.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Which calls: `[METHOD:]VENDOR` or `[METHOD:]/path`, where `*` in a path stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Only of this method.
    pub method: Option<String>,
    /// Only there.
    pub target: Target,
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Target {
    /// At every vendor.
    #[default]
    Anywhere,
    /// At these.
    Vendors(&'static [Vendor]),
    /// At this path.
    Path(String),
}

/// The words for vendors.
pub(super) const VENDORS: [(&str, &[Vendor]); 5] = [
    ("alpaca", &[Vendor::Alpaca, Vendor::AlpacaData]),
    ("alpaca-trading", &[Vendor::Alpaca]),
    ("alpaca-data", &[Vendor::AlpacaData]),
    ("twelve-data", &[Vendor::TwelveData]),
    ("fmp", &[Vendor::Fmp]),
];

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Scope {
    /// Whether every call is in it.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a call is in it.
    #[must_use]
    pub fn holds(&self, call: &Call) -> bool {
        let method = self.method.as_ref().is_none_or(|m| *m == call.method);
        method
            && match &self.target {
                Target::Anywhere => true,
                Target::Vendors(vendors) => vendors.contains(&call.vendor),
                Target::Path(pattern) => matches(pattern, &call.path),
            }
    }
}

/// Whether a text is like a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len())
        .filter(|at| rest.is_char_boundary(*at))
        .any(|at| matches(tail, &rest[at..]))
}

impl FromStr for Scope {
    /// What is wrong with it.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (method, target) = match text.split_once(':') {
            Some((method, target)) => (Some(method.to_ascii_uppercase()), target),
            None if METHODS.contains(&text.to_ascii_uppercase().as_str()) => {
                (Some(text.to_ascii_uppercase()), "")
            }
            None => (None, text),
        };
        if let Some(method) = &method
            && !METHODS.contains(&method.as_str())
        {
            return Err(format!("`{method}` is no method"));
        }
        let vendors = VENDORS.into_iter().find(|(word, _)| *word == target);
        let target = match vendors {
            Some((_, vendors)) => Target::Vendors(vendors),
            None if target.is_empty() && method.is_some() => Target::Anywhere,
            None if target.starts_with("/control") => {
                return Err("/control is never struck".to_owned());
            }
            None if target.starts_with('/') => Target::Path(target.to_owned()),
            None => {
                let words: Vec<&str> = VENDORS.iter().map(|(word, _)| *word).collect();
                return Err(format!(
                    "`{target}` is neither a path like /v2/orders* nor one of {}",
                    words.join(", ")
                ));
            }
        };
        Ok(Self { method, target })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            Target::Anywhere => "",
            Target::Vendors(vendors) => VENDORS
                .into_iter()
                .find(|(_, listed)| listed == vendors)
                .map_or("", |(word, _)| word),
            Target::Path(pattern) => pattern,
        };
        match &self.method {
            Some(method) if target.is_empty() => f.write_str(method),
            Some(method) => write!(f, "{method}:{target}"),
            None => f.write_str(target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_the_calls_it_names() {
        let cases = [
            ("alpaca", "GET", "/v2/orders", true),
            ("alpaca", "GET", "/v2/stocks/TQQQ/bars", true),
            ("alpaca-trading", "GET", "/v2/stocks/TQQQ/bars", false),
            ("alpaca-data", "GET", "/v1/corporate-actions", true),
            ("twelve-data", "GET", "/time_series", true),
            ("fmp", "GET", "/stable/quote", true),
            ("fmp", "GET", "/quote", false),
            ("POST", "POST", "/v2/orders", true),
            ("POST:/v2/orders", "GET", "/v2/orders", false),
            ("/v2/orders", "DELETE", "/v2/orders/1", false),
            ("delete:/v2/orders/*", "DELETE", "/v2/orders/1", true),
            ("/v2/*/bars", "GET", "/v2/stocks/TQQQ/bars", true),
            ("/v2/*/bars", "GET", "/v2/stocks/TQQQ/trades", false),
        ];
        for (scope, method, path, held) in cases {
            let call = Call::of(method, path).unwrap();
            let read: Scope = scope.parse().unwrap();
            assert_eq!(read.holds(&call), held, "{scope} {method} {path}");
        }
        assert_eq!(Call::of("GET", "/control/clock"), None);
    }
}
