//! The rules of [`super`], written straight from what serialises itself: no tree of values between.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::ops::Range;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::NoForm;

/// Appends canonical text.
pub(super) struct Writer<'t> {
    pub(super) text: &'t mut String,
}

impl Error for NoForm {
    fn custom<T: Display>(why: T) -> Self {
        Self(why.to_string())
    }
}

/// Appends `string` quoted and escaped as rule 3 says.
pub(crate) fn write_string(text: &mut String, string: &str) {
    text.push('"');
    escape(text, string);
    text.push('"');
}

fn escape(text: &mut String, string: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if string.bytes().all(is_plain) {
        text.push_str(string);
        return;
    }
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => {
                text.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            plain => text.push(plain),
        }
    }
}

/// Escapes what is written into it.
struct Escaping<'t>(&'t mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        escape(self.0, part);
        Ok(())
    }
}

impl<'t> Writer<'t> {
    fn plain(self, value: impl Display) -> Result<(), NoForm> {
        write!(self.text, "{value}").map_err(NoForm::custom)
    }

    /// `{"name":` before a variant's value.
    fn variant(&mut self, name: &str) {
        self.text.push('{');
        write_string(self.text, name);
        self.text.push(':');
    }

    fn items(self, closing: &'static str) -> Items<'t> {
        self.text.push('[');
        Items {
            text: self.text,
            is_first: true,
            closing,
        }
    }

    fn members(self, closing: &'static str) -> Members<'t> {
        self.text.push('{');
        Members {
            start: self.text.len(),
            text: self.text,
            written: Vec::new(),
            closing,
        }
    }
}

impl<'t> Serializer for Writer<'t> {
    type Ok = ();
    type Error = NoForm;
    type SerializeSeq = Items<'t>;
    type SerializeTuple = Items<'t>;
    type SerializeTupleStruct = Items<'t>;
    type SerializeTupleVariant = Items<'t>;
    type SerializeMap = Members<'t>;
    type SerializeStruct = Members<'t>;
    type SerializeStructVariant = Members<'t>;

    fn serialize_bool(self, value: bool) -> Result<(), NoForm> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_i64(self, value: i64) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), NoForm> {
        self.plain(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), NoForm> {
        self.serialize_f64(value.into())
    }

    /// What is no number is `null`, which does not read back as one: nobody writes it.
    fn serialize_f64(self, value: f64) -> Result<(), NoForm> {
        match serde_json::Number::from_f64(value) {
            Some(number) => self.plain(number),
            None => self.serialize_unit(),
        }
    }

    fn serialize_char(self, value: char) -> Result<(), NoForm> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), NoForm> {
        write_string(self.text, value);
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), NoForm> {
        self.text.push('"');
        write!(Escaping(self.text), "{value}").map_err(NoForm::custom)?;
        self.text.push('"');
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), NoForm> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), NoForm> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NoForm> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NoForm> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NoForm> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &str, _: u32, name: &'static str) -> Result<(), NoForm> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NoForm> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), NoForm> {
        self.variant(name);
        value.serialize(Writer { text: self.text })?;
        self.text.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'t>, NoForm> {
        Ok(self.items("]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'t>, NoForm> {
        Ok(self.items("]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'t>, NoForm> {
        Ok(self.items("]"))
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items<'t>, NoForm> {
        self.variant(name);
        Ok(self.items("]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'t>, NoForm> {
        Ok(self.members("}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'t>, NoForm> {
        Ok(self.members("}"))
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Members<'t>, NoForm> {
        self.variant(name);
        Ok(self.members("}}"))
    }
}

/// An array being written.
pub(super) struct Items<'t> {
    text: &'t mut String,
    is_first: bool,
    closing: &'static str,
}

impl Items<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoForm> {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(',');
        }
        value.serialize(Writer { text: self.text })
    }

    fn close(self) {
        self.text.push_str(self.closing);
    }
}

macro_rules! items {
    ($($kind:ident $method:ident),*) => {$(
        impl $kind for Items<'_> {
            type Ok = ();
            type Error = NoForm;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoForm> {
                self.item(value)
            }

            fn end(self) -> Result<(), NoForm> {
                self.close();
                Ok(())
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

/// One member as it was written.
struct Member {
    /// Its key, unescaped.
    key: Cow<'static, str>,
    /// Where its text `"key":value` lies.
    text: Range<usize>,
}

/// An object being written: members in the order they come, put in that of their keys at its end.
pub(super) struct Members<'t> {
    text: &'t mut String,
    start: usize,
    written: Vec<Member>,
    closing: &'static str,
}

impl Members<'_> {
    fn key(&mut self, key: Cow<'static, str>) {
        if !self.written.is_empty() {
            self.text.push(',');
        }
        let start = self.text.len();
        write_string(self.text, &key);
        self.text.push(':');
        let text = start..start;
        self.written.push(Member { key, text });
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoForm> {
        value.serialize(Writer { text: self.text })?;
        if let Some(member) = self.written.last_mut() {
            member.text.end = self.text.len();
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), NoForm> {
        // UTF-8 sorts as its bytes do.
        if !self.written.is_sorted_by(|a, b| a.key < b.key) {
            self.sort()?;
        }
        self.text.push_str(self.closing);
        Ok(())
    }

    fn sort(&mut self) -> Result<(), NoForm> {
        self.written.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        if let Some(twice) = self
            .written
            .windows(2)
            .find(|pair| pair[0].key == pair[1].key)
        {
            return Err(NoForm(format!("it has the key `{}` twice", twice[0].key)));
        }
        let as_written = self.text.split_off(self.start);
        for (index, member) in self.written.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            let Range { start, end } = member.text;
            self.text
                .push_str(&as_written[start - self.start..end - self.start]);
        }
        Ok(())
    }
}

macro_rules! members {
    ($($kind:ident),*) => {$(
        impl $kind for Members<'_> {
            type Ok = ();
            type Error = NoForm;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NoForm> {
                self.key(Cow::Borrowed(name));
                self.value(value)
            }

            fn end(self) -> Result<(), NoForm> {
                self.close()
            }
        }
    )*};
}

members!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = NoForm;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoForm> {
        self.key(Cow::Owned(key_text(key)?));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoForm> {
        self.value(value)
    }

    fn end(self) -> Result<(), NoForm> {
        self.close()
    }
}

/// A map's key as a text: numbers and truth values stand as they are written.
fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, NoForm> {
    let mut text = String::new();
    key.serialize(Writer { text: &mut text })?;
    match text.bytes().next() {
        Some(b'"') => serde_json::from_str(&text).map_err(NoForm::custom),
        Some(b'[' | b'{' | b'n') | None => Err(NoForm(format!("`{text}` is no key"))),
        Some(_) => Ok(text),
    }
}
