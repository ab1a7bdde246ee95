//! HTTP's `Basic` authorisation: `id:secret` in base 64.

/// The pair in an `Authorization` header; `None` when it is of another kind or does not read.
pub(super) fn pair(header: &str) -> Option<(String, String)> {
    let encoded = header.strip_prefix("Basic ")?.trim();
    let text = String::from_utf8(decoded(encoded)?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The bytes of a base 64 text, padded or not.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        bits = bits << 6 | u32::from(six_bits(letter)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

const fn six_bits(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_reads_and_anything_else_does_not() {
        let read = |header| pair(header).map(|(id, secret)| format!("{id} {secret}"));
        let cases = [
            ("Basic azpz", Some("k s")),
            ("Basic UEs6c2VjcmV0LzE=", Some("PK secret/1")),
            ("Basic YTpiOmM=", Some("a b:c")),
            ("Basic OnM=", Some(" s")),
            ("Basic a", None),
            ("Basic ####", None),
            ("Bearer azpz", None),
            ("apikey k", None),
        ];
        for (header, expected) in cases {
            assert_eq!(read(header).as_deref(), expected, "{header}");
        }
    }
}
