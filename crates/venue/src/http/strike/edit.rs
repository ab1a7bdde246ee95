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
