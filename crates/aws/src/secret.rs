//! The one secret: a JSON object whose members are keys.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::call::Call;
use crate::client::Client;
use crate::error::AwsError;
use crate::limits::SECRET_BYTES_MAX;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The secret could not be read.
    #[error("the secret {name}: {error}")]
    Unread {
        /// Its name or ARN.
        name: String,
        /// Why.
        error: AwsError,
    },
    /// It is no JSON object of texts. What it holds is never shown.
    #[error(
        "the secret {name} is malformed: {why}\nhint: it is one JSON object of texts, like {{\"TQQQ_ALPACA_KEY_ID\": \"…\", \"TQQQ_ALPACA_SECRET_KEY\": \"…\"}}"
    )]
    Malformed {
        /// Its name or ARN.
        name: String,
        /// What is wrong with it, without any of it.
        why: String,
    },
}

/// The members of a secret, and which version they are of.
#[derive(Debug, Clone)]
pub struct Secret {
    /// What Secrets Manager calls this version.
    pub version: String,
    /// Its texts by their names.
    pub texts: BTreeMap<String, SecretString>,
}

/// Fetches the newest version of the secret called `name`.
///
/// # Errors
/// [`SecretError`].
pub async fn read(client: &Client, name: &str) -> Result<Secret, SecretError> {
    let body = json!({ "SecretId": name });
    let answer = client
        .read(Call::GetSecretValue, &body)
        .await
        .map_err(|error| SecretError::Unread {
            name: name.to_owned(),
            error,
        })?;
    let malformed = |why: &str| SecretError::Malformed {
        name: name.to_owned(),
        why: why.to_owned(),
    };
    let text = answer["SecretString"]
        .as_str()
        .ok_or_else(|| malformed("it is binary, or empty"))?;
    Ok(Secret {
        version: answer["VersionId"].as_str().unwrap_or_default().to_owned(),
        texts: texts(text).map_err(|why| malformed(&why))?,
    })
}

/// The texts in a secret. A JSON error would quote what it met, so only its place is told.
fn texts(text: &str) -> Result<BTreeMap<String, SecretString>, String> {
    if text.len() > SECRET_BYTES_MAX {
        return Err(format!("{} bytes are no keys", text.len()));
    }
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("no JSON, from column {} on", error.column()))?;
    let Value::Object(members) = value else {
        return Err("it is JSON, but no object".to_owned());
    };
    members
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, SecretString::from(text))),
            _ => Err(format!("`{name}` is no text")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn an_object_of_texts_is_taken_and_nothing_else() {
        let found = texts(r#"{"A": "1", "B": "two"}"#).unwrap();
        assert_eq!(found["B"].expose_secret(), "two");
        for (text, word) in [
            ("", "no JSON"),
            ("hidden", "no JSON"),
            (r#"["hidden"]"#, "no object"),
            (r#"{"A": 5}"#, "`A` is no text"),
            (r#"{"A": {"hidden": "x"}}"#, "`A` is no text"),
        ] {
            let why = texts(text).unwrap_err();
            assert!(why.contains(word) && !why.contains("hidden"), "{why}");
        }
        assert!(texts(&" ".repeat(20_000)).unwrap_err().contains("20000"));
    }

    #[test]
    fn a_secret_never_prints_itself() {
        let found = texts(r#"{"A": "hidden"}"#).unwrap();
        assert!(!format!("{found:?}").contains("hidden"));
    }
}
