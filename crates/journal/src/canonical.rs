//! Canonical bytes: one value, one text, on every machine and in every language.
//!
//! The text of a JSON value is:
//!
//! 1. UTF-8, without any white space outside strings.
//! 2. An object's members sorted by the UTF-8 bytes of their keys, ascending; no key twice.
//! 3. A string between `"`; inside, `"` and `\` are written `\"` and `\\`; U+0008, U+0009,
//!    U+000A, U+000C, U+000D are `\b \t \n \f \r`; every other character below U+0020 is `\u00`
//!    and two lower-case hex digits; everything else, `/` and U+007F included, stands as it is.
//! 4. A whole number within 64 bits in decimal: no leading zero, no `+`. Any other number is the
//!    shortest run of decimal digits that reads back as the same IEEE 754 double, with at least
//!    one digit behind a point (`100.0`), or, from 1e16 on and below 1e-5, with an exponent
//!    (`1e+16`, `1.5e-7`). Minus zero is `-0.0`. There are no infinities and no NaN.
//! 5. `true`, `false`, `null`.
//!
//! A journal's rows hold bodies as this very text, so a stranger who verifies a chain hashes what
//! is stored and needs no rule of this list, least of all the fourth. (It is not RFC 8785, which
//! sorts keys by UTF-16 and prints numbers as ECMAScript does.)

mod writer;

use serde::Serialize;

pub(crate) use writer::write_string;

use writer::Writer;

/// Why something has no canonical text: a key that is no text or stands twice, or what the thing
/// itself said when it was asked to write itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoForm(String);

/// The canonical text of `value`, the same for a thing and for the JSON value made of it.
///
/// # Errors
/// [`NoForm`]; never for a JSON value.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String, NoForm> {
    let mut text = String::new();
    value.serialize(Writer { text: &mut text })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use trading::record::Hash;

    use super::*;

    fn text_of(value: &Value) -> String {
        canonical(value).expect("every JSON value has a text")
    }

    #[test]
    fn every_shape_has_one_text() {
        let cases = [
            (json!(null), "null"),
            (json!([true, false]), "[true,false]"),
            (json!({}), "{}"),
            (json!([]), "[]"),
            (
                json!({"b": 1, "a": {"d": [1, 2], "c": null}}),
                r#"{"a":{"c":null,"d":[1,2]},"b":1}"#,
            ),
            // By bytes: upper case before lower, `_` between, two-byte characters last.
            (
                json!({"é": 1, "a": 2, "_": 3, "Z": 4, "": 5}),
                r#"{"":5,"Z":4,"_":3,"a":2,"é":1}"#,
            ),
            // UTF-8 order is code point order; UTF-16 order would put the second key first.
            (
                json!({"\u{ff5e}": 1, "\u{1f600}": 2}),
                "{\"\u{ff5e}\":1,\"\u{1f600}\":2}",
            ),
        ];
        for (value, text) in cases {
            assert_eq!(text_of(&value), text);
        }
    }

    #[test]
    fn strings_are_escaped_as_little_as_json_allows() {
        let string = "\"\\/\u{8}\t\n\u{c}\r\u{0}\u{1f}\u{7f}é\u{2028}\u{1f600}";
        let text = "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}é\u{2028}\u{1f600}\"";
        assert_eq!(text_of(&json!(string)), text);
    }

    #[test]
    fn numbers_are_shortest_and_keep_their_kind() {
        let cases = [
            (json!(0), "0"),
            (json!(-7), "-7"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(i64::MIN), "-9223372036854775808"),
            (json!(0.0), "0.0"),
            (json!(-0.0), "-0.0"),
            (json!(100.0), "100.0"),
            (json!(0.1), "0.1"),
            (json!(0.1 + 0.2), "0.30000000000000004"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1e16), "1e+16"),
            (json!(123_456_789_012_345_680.0), "1.2345678901234568e+17"),
            (json!(0.00001), "0.00001"),
            (json!(0.000_001), "1e-6"),
            (json!(1.5e-7), "1.5e-7"),
            (json!(f64::MAX), "1.7976931348623157e+308"),
            (json!(5e-324), "5e-324"),
        ];
        for (value, text) in cases {
            assert_eq!(text_of(&value), text);
        }
    }

    /// If this fails, chains written before no longer verify: do not adjust the figures.
    #[test]
    fn golden_hashes_never_change() {
        let cases = [
            (
                json!({}),
                "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            ),
            (
                json!({"b": [1, 0.1, "é\n"], "a": null}),
                "6c1699b4516050b4c2d844c90bf8e9ec66ca22b77c3558543047d201545c93ad",
            ),
        ];
        for (value, hash) in cases {
            assert_eq!(
                Hash::of(text_of(&value).as_bytes()).to_string(),
                hash,
                "{value}"
            );
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            proptest::num::f64::NORMAL.prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 8, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..8)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_text_reads_back_as_the_same_value_and_writes_the_same_text(value in any_value()) {
            let text = text_of(&value);
            let back: Value = serde_json::from_str(&text).expect("canonical text is JSON");
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(text_of(&back), text);
        }
    }
}
