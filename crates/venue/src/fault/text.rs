//! Reading a fault from the text of a command line, and writing it back.

use std::fmt;
use std::str::FromStr;

use super::known::{KNOWN, Known};
use super::scope::Scope;
use super::{Fault, Layer};

/// Most letters a name may be wrong in to be taken for a known one.
const TYPOS_MAX: usize = 3;

/// The text names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No such name.
    #[error("`{name}` is no fault; {hint}")]
    UnknownName {
        /// What was written.
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    /// A value it cannot have.
    #[error("`{name}={value}`: {name} takes {takes}")]
    Value {
        /// The fault.
        name: &'static str,
        /// What was written.
        value: String,
        /// What it takes.
        takes: &'static str,
    },
    /// A value is missing.
    #[error("`{name}` needs a value: {name}={takes}")]
    ValueMissing {
        /// The fault.
        name: &'static str,
        /// What it takes.
        takes: &'static str,
    },
    /// A scope that does not read.
    #[error("`{text}`: {why}")]
    Scope {
        /// The whole text.
        text: String,
        /// What is wrong with the scope.
        why: String,
    },
    /// A scope for something that belongs to no call.
    #[error("`{name}` strikes in the exchange itself: leave `@{scope}` out")]
    ScopeWithoutCalls {
        /// The fault.
        name: &'static str,
        /// What was written.
        scope: String,
    },
    /// A count of none.
    #[error("`{text}`: a fault strikes at least once; write *1 or more, or no count")]
    Count {
        /// The whole text.
        text: String,
    },
    /// No probability.
    #[error("`{text}`: a probability lies above 0 and up to 1, like %0.1")]
    Probability {
        /// The whole text.
        text: String,
    },
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (rest, probability) = probability(text)?;
        let (rest, count) = count(rest, text)?;
        let (head, scope) = match rest.split_once('@') {
            None => (rest, ""),
            Some((head, scope)) => (head, scope),
        };
        let (name, value) = match head.split_once('=') {
            None => (head, None),
            Some((name, value)) => (name, Some(value)),
        };
        let known = find(name)?;
        let kind = read(known, value)?;
        Ok(Self {
            name: known.name,
            value: value.unwrap_or_default().to_owned(),
            kind,
            scope: scope_of(known, scope, rest.contains('@'), text)?,
            count,
            until: None,
            probability,
            seed: 0,
        })
    }
}

fn find(name: &str) -> Result<&'static Known, FaultError> {
    let found = KNOWN.iter().find(|known| known.name == name);
    found.ok_or_else(|| FaultError::UnknownName {
        name: name.to_owned(),
        hint: hint(name),
    })
}

fn read(known: &'static Known, value: Option<&str>) -> Result<super::Kind, FaultError> {
    let name = known.name;
    let missing = FaultError::ValueMissing {
        name,
        takes: known.value,
    };
    let text = value.or(known.default).ok_or(missing)?;
    (known.read)(text).ok_or_else(|| FaultError::Value {
        name,
        value: text.to_owned(),
        takes: match known.value {
            "" => "no value",
            takes => takes,
        },
    })
}

fn scope_of(
    known: &'static Known,
    scope: &str,
    written: bool,
    text: &str,
) -> Result<Scope, FaultError> {
    if !written {
        return Ok(Scope::default());
    }
    if !known.layer.is_scoped() {
        return Err(FaultError::ScopeWithoutCalls {
            name: known.name,
            scope: scope.to_owned(),
        });
    }
    scope.parse().map_err(|why| FaultError::Scope {
        text: text.to_owned(),
        why,
    })
}

fn probability(text: &str) -> Result<(&str, f64), FaultError> {
    let Some((rest, written)) = text.rsplit_once('%') else {
        return Ok((text, 1.0));
    };
    let read = written.parse().ok().filter(|p| *p > 0.0 && *p <= 1.0);
    let refused = || FaultError::Probability {
        text: text.to_owned(),
    };
    read.map(|p| (rest, p)).ok_or_else(refused)
}

/// `*` and digits at the end; another `*` belongs to a path.
fn count<'a>(rest: &'a str, text: &str) -> Result<(&'a str, Option<u64>), FaultError> {
    let Some((before, digits)) = rest.rsplit_once('*') else {
        return Ok((rest, None));
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((rest, None));
    }
    match digits.parse() {
        Ok(count @ 1..) => Ok((before, Some(count))),
        _ => Err(FaultError::Count {
            text: text.to_owned(),
        }),
    }
}

fn hint(name: &str) -> String {
    let near = KNOWN
        .iter()
        .map(|known| (distance(name, known.name), known.name))
        .min();
    match near {
        Some((far, near)) if far <= TYPOS_MAX.min(near.len() / 2) => {
            format!("did you mean `{near}`?")
        }
        _ => {
            let names: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
            format!("known are {}", names.join(", "))
        }
    }
}

/// Letters to insert, drop or change to make one word of another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (nth, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = nth + 1;
        for (place, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

/// `NAME[=VALUE][@SCOPE][*COUNT][%PROBABILITY]`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        if !self.scope.is_everything() {
            write!(f, "@{}", self.scope)?;
        }
        if let Some(count) = self.count {
            write!(f, "*{count}")?;
        }
        if self.probability < 1.0 {
            write!(f, "%{}", self.probability)?;
        }
        Ok(())
    }
}

/// The table of names as text, one a line: what `--fault` takes.
impl Fault {
    /// The names with their values and meanings, one a line.
    #[must_use]
    pub fn manual() -> String {
        let line = |known: &Known| {
            let value = match (known.value, known.default) {
                ("", _) => String::new(),
                (value, None) => format!("={value}"),
                (value, Some(_)) => format!("[={value}]"),
            };
            let head = format!("{}{value}", known.name);
            let mark = match known.layer {
                Layer::Reading => "reading: ",
                _ => "",
            };
            format!("{head:<38} {mark}{}\n", known.does)
        };
        KNOWN.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_and_write_back() {
        let texts = [
            "429",
            "429@alpaca*3",
            "429=30@twelve-data",
            "429=bare@fmp*1%0.25",
            "5xx=500@POST:/v2/orders*2",
            "slow=12@/v2/orders*",
            "slow=0.5@/v2/orders**4",
            "missing-bar=2026-11-20T15:00:00Z@twelve-data",
            "removed-field=buying_power@GET",
            "clock-skew=-7.5",
            "halted=TQQQ",
            "odd-calendar=12:30",
            "unsettled-in-cash=no",
        ];
        for text in texts {
            let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(fault.to_string(), text);
            assert_eq!(fault.to_string().parse(), Ok(fault), "{text}");
        }
        let counted: Fault = "slow=0.5@/v2/orders**4".parse().unwrap();
        assert_eq!(counted.count, Some(4));
        assert_eq!(counted.scope.to_string(), "/v2/orders*");
    }

    #[test]
    fn every_name_reads_with_its_default_or_says_what_it_needs() {
        for known in KNOWN {
            match known.name.parse::<Fault>() {
                Ok(fault) => assert_eq!((fault.name, known.default.is_some()), (known.name, true)),
                Err(FaultError::ValueMissing { name, takes }) => {
                    assert_eq!(
                        (name, takes, known.default),
                        (known.name, known.value, None)
                    );
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn what_is_no_fault_is_named_with_a_hint() {
        let cases = [
            (
                "stuck-ordr",
                "`stuck-ordr` is no fault; did you mean `stuck-order`?",
            ),
            ("5xx=404", "`5xx=404`: 5xx takes 500..599"),
            ("truncated=yes", "`truncated=yes`: truncated takes no value"),
            ("slow", "`slow` needs a value: slow=SECONDS"),
            ("slow=-1", "`slow=-1`: slow takes SECONDS"),
            ("slow=99999999", "`slow=99999999`: slow takes SECONDS"),
            (
                "429@alpca",
                "`429@alpca`: `alpca` is neither a path like /v2/orders* nor one of alpaca, alpaca-trading, alpaca-data, twelve-data, fmp",
            ),
            (
                "429@",
                "`429@`: `` is neither a path like /v2/orders* nor one of alpaca, alpaca-trading, alpaca-data, twelve-data, fmp",
            ),
            (
                "429@/control/clock",
                "`429@/control/clock`: /control is never struck",
            ),
            (
                "429@SEND:/v2/orders",
                "`429@SEND:/v2/orders`: `SEND` is no method",
            ),
            (
                "stuck-order@alpaca",
                "`stuck-order` strikes in the exchange itself: leave `@alpaca` out",
            ),
            (
                "429*0",
                "`429*0`: a fault strikes at least once; write *1 or more, or no count",
            ),
            (
                "429%2",
                "`429%2`: a probability lies above 0 and up to 1, like %0.1",
            ),
            (
                "429%0",
                "`429%0`: a probability lies above 0 and up to 1, like %0.1",
            ),
            (
                "blocked=active now",
                "`blocked=active now`: blocked takes account|trading|STATUS",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Fault>().unwrap_err().to_string(), message);
        }
        let unknown = "zzzzzzzzzz".parse::<Fault>().unwrap_err().to_string();
        assert!(unknown.contains("known are 429, 401,"), "{unknown}");
    }

    #[test]
    fn the_manual_has_a_line_for_every_name() {
        let manual = Fault::manual();
        assert_eq!(manual.lines().count(), KNOWN.len());
        assert!(manual.contains("429[=SECONDS|bare|day]"), "{manual}");
    }
}
