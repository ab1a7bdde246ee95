//! Good texts with something wrong: what the tests of every reader feed it, shrunk by proptest to
//! the least damage that still breaks it.
//!
//! A text is seen as lines of tokens: numbers, words and quoted words, everything else one sign at
//! a time. Damage drops, doubles, swaps, replaces or splices them, or cuts the text off. Where a
//! field has a line of its own, a line dropped is a field gone, two lines swapped are rows out of
//! order, and a word replaced is a field renamed or of another type.

use proptest::prelude::*;
use proptest::sample::Index;

/// What stands where a value or a name was.
const ODD: [&str; 36] = [
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "\"",
    "\\",
    "-",
    ",",
    "[",
    "}",
    "NaN",
    "\"NaN\"",
    "inf",
    "-Infinity",
    "0",
    "-0",
    "-1",
    "1e3",
    "1e999",
    "1e-999",
    "1E2147483648",
    "0x10",
    "1_000",
    "\"1,000\"",
    "79228162514264337593543950336",
    "0.00000000000000000000000000001",
    "18446744073709551616",
    "٣٧",
    "\u{202e}7\u{0}",
    "\u{feff}",
    "9999-12-31T23:59:60Z",
    "-009999-01-02",
    "2025-02-30 25:61:61",
    "TQQQ\u{301}",
    "datetime",
];
/// How often a sign is repeated where much is wanted of it: deeper and longer than any limit.
const MUCH: usize = 20_000;

/// One thing wrong with a text.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    DropLine(Index),
    DoubleLine(Index),
    SwapLines(Index, Index),
    DropToken(Index),
    SwapTokens(Index, Index),
    ReplaceToken(Index, Index),
    InsertOdd(Index, Index),
    /// One number runs into another.
    SpliceNumbers(Index, Index),
    /// A digit of a number is another one.
    ChangeDigit(Index, u8),
    /// The same sign, very often.
    Flood(Index, char),
    CutOff(Index),
}

/// A few things wrong at once; none at all now and then.
pub(crate) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(damage(), 0..5)
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        2 => at().prop_map(Damage::DropLine),
        1 => at().prop_map(Damage::DoubleLine),
        1 => (at(), at()).prop_map(|(one, other)| Damage::SwapLines(one, other)),
        2 => at().prop_map(Damage::DropToken),
        2 => (at(), at()).prop_map(|(one, other)| Damage::SwapTokens(one, other)),
        6 => (at(), at()).prop_map(|(place, odd)| Damage::ReplaceToken(place, odd)),
        2 => (at(), at()).prop_map(|(place, odd)| Damage::InsertOdd(place, odd)),
        2 => (at(), at()).prop_map(|(one, other)| Damage::SpliceNumbers(one, other)),
        3 => (at(), 0..10_u8).prop_map(|(place, digit)| Damage::ChangeDigit(place, digit)),
        1 => (at(), prop_oneof![Just('['), Just('{'), Just('9'), Just('"'), Just('é')])
            .prop_map(|(place, sign)| Damage::Flood(place, sign)),
        1 => at().prop_map(Damage::CutOff),
    ]
}

/// The text with all of that wrong.
pub(crate) fn damaged(text: &str, damages: &[Damage]) -> String {
    damages
        .iter()
        .fold(text.to_owned(), |text, damage| damage.done_to(text))
}

impl Damage {
    fn done_to(&self, text: String) -> String {
        if text.is_empty() {
            return text;
        }
        match self {
            Self::DropLine(_) | Self::DoubleLine(_) | Self::SwapLines(..) => self.to_lines(&text),
            Self::CutOff(at) => text[..boundary(&text, *at)].to_owned(),
            Self::Flood(at, sign) => {
                let (before, after) = text.split_at(boundary(&text, *at));
                format!("{before}{}{after}", sign.to_string().repeat(MUCH))
            }
            _ => self.to_tokens(&text),
        }
    }

    fn to_lines(&self, text: &str) -> String {
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let count = lines.len();
        match self {
            Self::DropLine(at) => drop(lines.remove(at.index(count))),
            Self::DoubleLine(at) => lines.insert(at.index(count), lines[at.index(count)]),
            Self::SwapLines(one, other) => lines.swap(one.index(count), other.index(count)),
            _ => {}
        }
        lines.concat()
    }

    fn to_tokens(&self, text: &str) -> String {
        let mut tokens: Vec<String> = tokens(text).into_iter().map(str::to_owned).collect();
        let count = tokens.len();
        let numbers: Vec<usize> = (0..count).filter(|at| is_number(&tokens[*at])).collect();
        match self {
            Self::DropToken(at) => drop(tokens.remove(at.index(count))),
            Self::SwapTokens(one, other) => tokens.swap(one.index(count), other.index(count)),
            Self::ReplaceToken(at, odd) => tokens[at.index(count)] = (*odd.get(&ODD)).to_owned(),
            Self::InsertOdd(at, odd) => tokens.insert(at.index(count), (*odd.get(&ODD)).to_owned()),
            Self::SpliceNumbers(one, other) if !numbers.is_empty() => {
                let spliced = tokens[*other.get(&numbers)].clone();
                tokens[*one.get(&numbers)].push_str(&spliced);
            }
            Self::ChangeDigit(at, digit) if !numbers.is_empty() => {
                let number = &mut tokens[*at.get(&numbers)];
                let place = number.len() - 1;
                number.replace_range(place.., &digit.to_string());
            }
            _ => {}
        }
        tokens.concat()
    }
}

/// Where a sign begins, as near as can be.
fn boundary(text: &str, at: Index) -> usize {
    let mut place = at.index(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    place
}

fn is_number(token: &str) -> bool {
    token
        .bytes()
        .last()
        .is_some_and(|byte| byte.is_ascii_digit())
}

/// The pieces of a text; together they are the text.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, left) = rest.split_at(length(rest, first));
        tokens.push(token);
        rest = left;
    }
    tokens
}

/// How long the first piece is.
fn length(text: &str, first: char) -> usize {
    let until = |is_in: fn(char) -> bool| text.find(|c| !is_in(c)).unwrap_or(text.len());
    match first {
        '"' => text[1..].find('"').map_or(1, |end| end + 2),
        '0'..='9' => until(|c| c.is_ascii_digit() || c == '.'),
        _ if first.is_alphabetic() || first == '_' => until(|c| c.is_alphanumeric() || c == '_'),
        _ => first.len_utf8(),
    }
}
