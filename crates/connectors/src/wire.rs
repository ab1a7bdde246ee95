//! Tolerant reading of JSON: fields are kept as raw text until someone asks for one.
//!
//! A field nobody asks for may appear, vanish or change its type without anyone noticing. An
//! amount may come as a string or as a number and is read exactly, digit by digit. Absent, `null`
//! and `""` are the same: no value. Whether no value is an error is said by the caller, field by
//! field.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use market::Instant;
use market::time::{Date, Time, new_york};
use serde_json::value::RawValue;

/// Longest piece of a vendor's text shown in an error, in characters.
const EXCERPT_LENGTH_MAX: usize = 200;

/// Why a body says nothing we can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, cut off, or JSON of another shape.
    #[error("{what}: not the JSON expected ({why}): {excerpt}")]
    NotJson {
        /// Which reply.
        what: String,
        /// What the parser says.
        why: String,
        /// How the body begins.
        excerpt: String,
    },
    /// A field that money hangs on is not there.
    #[error("{what}: `{field}` is missing")]
    Missing {
        /// Which reply.
        what: String,
        /// Which field.
        field: String,
    },
    /// A field has a value that makes no sense.
    #[error("{what}: `{field}` is {value}: {why}")]
    Invalid {
        /// Which reply.
        what: String,
        /// Which field.
        field: String,
        /// Its value as it came.
        value: String,
        /// What is wrong with it.
        why: String,
    },
}

/// One JSON object, its fields unread.
#[derive(Debug)]
pub struct Object<'a> {
    what: String,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Object<'a> {
    /// The object that `bytes` hold; `what` names it in errors.
    ///
    /// # Errors
    /// [`Unreadable::NotJson`].
    pub fn parse(what: &str, bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let fields =
            serde_json::from_slice(bytes).map_err(|error| not_json(what, bytes, &error))?;
        Ok(Self {
            what: what.to_owned(),
            fields,
        })
    }

    /// The objects of the list that `bytes` hold, numbered from 1 in errors.
    ///
    /// # Errors
    /// [`Unreadable::NotJson`] when it is no list or holds anything but objects.
    pub fn parse_list(what: &str, bytes: &'a [u8]) -> Result<Vec<Self>, Unreadable> {
        let rows: Vec<BTreeMap<String, &'a RawValue>> =
            serde_json::from_slice(bytes).map_err(|error| not_json(what, bytes, &error))?;
        let named = |(at, fields)| Self {
            what: format!("{what} {}", at + 1),
            fields,
        };
        Ok(rows.into_iter().enumerate().map(named).collect())
    }

    /// The raw text of a field, whatever its type; `None` when absent or `null`.
    #[must_use]
    pub fn raw(&self, field: &str) -> Option<&'a str> {
        self.fields
            .get(field)
            .map(|raw| raw.get())
            .filter(|text| *text != "null")
    }

    /// Whether the field is there at all, be it `null`.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// A string, or the digits of a number, or `true` or `false`; `None` for everything else.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<String> {
        self.raw(field)
            .and_then(scalar)
            .filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// [`Unreadable::Missing`].
    pub fn needed_text(&self, field: &str) -> Result<String, Unreadable> {
        self.text(field).ok_or_else(|| self.missing(field))
    }

    /// A yes or no, written as a JSON boolean or as text in any case.
    #[must_use]
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.text(field)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A value nothing hangs on: unreadable is as good as absent.
    #[must_use]
    pub fn lenient<T: FromStr>(&self, field: &str) -> Option<T> {
        self.text(field).and_then(|text| text.parse().ok())
    }

    /// A value that may be absent, but when it is there must make sense.
    ///
    /// # Errors
    /// [`Unreadable::Invalid`].
    pub fn optional<T: FromStr<Err: Display>>(&self, field: &str) -> Result<Option<T>, Unreadable> {
        let Some(raw) = self.raw(field).filter(|raw| *raw != "\"\"") else {
            return Ok(None);
        };
        let Some(text) = scalar(raw) else {
            return Err(self.invalid(field, "neither a text nor a number"));
        };
        text.parse()
            .map(Some)
            .map_err(|error: T::Err| self.invalid(field, error))
    }

    /// A value that must be there and make sense.
    ///
    /// # Errors
    /// [`Unreadable::Missing`], [`Unreadable::Invalid`].
    pub fn needed<T: FromStr<Err: Display>>(&self, field: &str) -> Result<T, Unreadable> {
        self.optional(field)?.ok_or_else(|| self.missing(field))
    }

    /// The error of a field whose value makes no sense.
    pub fn invalid(&self, field: &str, why: impl Display) -> Unreadable {
        let value = excerpt(self.raw(field).unwrap_or("null").as_bytes());
        Unreadable::Invalid {
            what: self.what.clone(),
            field: field.to_owned(),
            value,
            why: why.to_string(),
        }
    }

    /// The error of a field that is not there.
    #[must_use]
    pub fn missing(&self, field: &str) -> Unreadable {
        Unreadable::Missing {
            what: self.what.clone(),
            field: field.to_owned(),
        }
    }
}

/// A field that, when it is there, must say what was asked.
///
/// # Errors
/// [`Unreadable::Invalid`] when it says something else.
pub fn same(object: &Object, field: &str, asked: &str) -> Result<(), Unreadable> {
    match object.text(field) {
        Some(answered) if answered != asked => {
            Err(object.invalid(field, format!("`{asked}` was asked for")))
        }
        _ => Ok(()),
    }
}

/// A string without its quotes, or a number, `true` or `false` as written; `None` for `null`,
/// objects and lists.
#[must_use]
pub fn scalar(raw: &str) -> Option<String> {
    match raw.as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok(),
        b'{' | b'[' => None,
        _ if raw == "null" => None,
        _ => Some(raw.to_owned()),
    }
}

/// A field as the bar checks want it: the text as written, `` when there is none.
#[must_use]
pub fn verbatim<'a>(raw: Option<&'a RawValue>) -> Cow<'a, str> {
    let Some(raw) = raw.map(RawValue::get) else {
        return Cow::Borrowed("");
    };
    // Nearly all are plain strings or numbers; only those with escapes need a parser.
    match raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        _ => scalar(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
    }
}

/// New York's `2026-11-20 09:30:00`, or a bare date, as a moment.
#[must_use]
pub fn new_york_moment(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, time.parse().ok()?),
        None => (text, Time::midnight()),
    };
    let date: Date = date.parse().ok()?;
    Some(new_york(date, time))
}

/// The beginning of a body on one line, for people.
#[must_use]
pub fn excerpt(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(EXCERPT_LENGTH_MAX * 4)];
    let text = String::from_utf8_lossy(head);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.is_empty() {
        return "(empty)".into();
    }
    match line.char_indices().nth(EXCERPT_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The error of a body that is not the JSON we expect.
#[must_use]
pub fn not_json(what: &str, bytes: &[u8], error: &serde_json::Error) -> Unreadable {
    Unreadable::NotJson {
        what: what.to_owned(),
        why: error.to_string(),
        excerpt: excerpt(bytes),
    }
}

#[cfg(test)]
mod tests {
    use market::{Decimal, Money};

    use super::*;

    #[test]
    fn an_amount_is_exact_whether_text_or_number() {
        let body = br#"{"a":"100003.74258806517","b":100003.74258806517,"c":0.1,"d":1e3}"#;
        let object = Object::parse("account", body).unwrap();
        let exact: Money = "100003.74258806517".parse().unwrap();
        assert_eq!(object.needed::<Money>("a").unwrap(), exact);
        assert_eq!(object.needed::<Money>("b").unwrap(), exact);
        assert_eq!(object.needed::<Decimal>("c").unwrap(), Decimal::new(1, 1));
        assert_eq!(
            object.needed::<Money>("d").unwrap(),
            Money::from_cents(100_000)
        );
    }

    #[test]
    fn no_value_has_three_spellings() {
        let object = Object::parse("order", br#"{"a":null,"b":""}"#).unwrap();
        for field in ["a", "b", "c"] {
            assert_eq!(object.text(field), None);
            assert_eq!(object.optional::<Money>(field), Ok(None));
            assert_eq!(
                object.needed::<Money>(field).unwrap_err().to_string(),
                format!("order: `{field}` is missing")
            );
        }
    }

    #[test]
    fn nonsense_is_named_with_its_place() {
        let rows = Object::parse_list(
            "position",
            br#"[{"qty":"1"},{"qty":"many"},{"qty":{"a":1}}]"#,
        )
        .unwrap();
        let errors: Vec<String> = rows
            .iter()
            .filter_map(|row| row.needed::<Money>("qty").err())
            .map(|error| error.to_string())
            .collect();
        insta::assert_snapshot!(errors.join("\n"), @r#"
        position 2: `qty` is "many": `many` is not a decimal number
        position 3: `qty` is {"a":1}: neither a text nor a number
        "#);
        assert_eq!(rows[2].lenient::<Money>("qty"), None);
    }

    #[test]
    fn a_page_of_another_kind_is_shown_by_its_first_words() {
        let page = b"<html>\n<head><title>502 Bad Gateway</title></head>\n</html>";
        insta::assert_snapshot!(Object::parse("clock", page).unwrap_err(), @"clock: not the JSON expected (expected value at line 1 column 1): <html> <head><title>502 Bad Gateway</title></head> </html>");
        assert_eq!(excerpt(b" \n"), "(empty)");
        assert_eq!(
            excerpt(&[b'x'; 5000]).chars().count(),
            EXCERPT_LENGTH_MAX + 1
        );
    }

    #[test]
    fn times_without_a_zone_are_new_yorks_in_winter_and_summer() {
        let cases = [
            ("2026-11-20 09:30:00", "2026-11-20T14:30:00Z"),
            ("2026-07-20 09:30:00", "2026-07-20T13:30:00Z"),
            ("2026-11-20", "2026-11-20T05:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(new_york_moment(text).unwrap().to_string(), expected);
        }
        for text in ["", "yesterday", "2026-13-01 09:30:00", "2026-11-20 9h"] {
            assert_eq!(new_york_moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_flag_may_be_text() {
        let object = Object::parse("x", br#"{"a":true,"b":"True","c":"yes","d":0}"#).unwrap();
        assert_eq!(
            ["a", "b", "c", "d", "e"].map(|f| object.flag(f)),
            [Some(true), Some(true), None, None, None]
        );
    }
}
