//! Changing the fields of a JSON answer, in every object of it.

use serde_json::{Map, Value};

/// Without a field; `None` when there is none.
pub(super) fn remove(body: &[u8], name: &str) -> Option<Vec<u8>> {
    edited(body, &mut |object| object.remove(name).is_some())
}

/// With a field made null; `None` when there is none.
pub(super) fn nullify(body: &[u8], name: &str) -> Option<Vec<u8>> {
    edited(body, &mut |object| match object.get_mut(name) {
        Some(value) => {
            *value = Value::Null;
            true
        }
        None => false,
    })
}

/// With one field more; `None` when there is no object.
pub(super) fn add(body: &[u8], name: &str) -> Option<Vec<u8>> {
    edited(body, &mut |object| {
        object.insert(name.to_owned(), Value::from("unheard of"));
        true
    })
}

/// Where vendors put their words.
const WORDS: [&str; 3] = ["message", "Error Message", "error"];
/// What every error then says.
const OTHER_WORDS: &str = "The request was not processed.";

/// With other words wherever an error has its own; all of it where it is no JSON.
pub(super) fn reword(body: &[u8]) -> Vec<u8> {
    let changed = edited(body, &mut |object| {
        let mut changed = false;
        for field in WORDS {
            if let Some(words) = object.get_mut(field) {
                *words = OTHER_WORDS.into();
                changed = true;
            }
        }
        changed
    });
    changed.unwrap_or_else(|| OTHER_WORDS.as_bytes().to_vec())
}

fn edited(body: &[u8], edit: &mut dyn FnMut(&mut Map<String, Value>) -> bool) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    walk(&mut value, edit).then(|| value.to_string().into_bytes())
}

fn walk(value: &mut Value, edit: &mut dyn FnMut(&mut Map<String, Value>) -> bool) -> bool {
    match value {
        Value::Object(object) => {
            let mut changed = edit(object);
            for inner in object.values_mut() {
                changed |= walk(inner, edit);
            }
            changed
        }
        Value::Array(list) => {
            let mut changed = false;
            for inner in list {
                changed |= walk(inner, edit);
            }
            changed
        }
        _ => false,
    }
}
