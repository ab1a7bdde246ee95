//! Signature Version 4: what proves to a service who asks.
//!
//! Only the form that this crate sends: a POST of `/` without a query. The algorithm is that of
//! "Create a signed AWS API request" in the IAM user guide; the test holds it to the vectors of
//! AWS's published suite.

use market::Instant;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::access::Credentials;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// What is signed.
pub(crate) struct Request<'a> {
    /// The region.
    pub(crate) region: &'a str,
    /// The service's name.
    pub(crate) service: &'a str,
    /// Every header that is sent and signed, `host` included, names in lower case, values
    /// trimmed; the date and the session's token are added here.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// The headers to send with the request, `authorization` last; `host` is left to the client.
pub(crate) fn sign(
    request: Request<'_>,
    credentials: &Credentials,
    now: Instant,
) -> Vec<(&'static str, String)> {
    let stamp = stamp(now);
    let day = &stamp[..8];
    let mut headers = request.headers;
    headers.push(("x-amz-date", stamp.clone()));
    if let Some(token) = &credentials.session_token {
        headers.push(("x-amz-security-token", token.expose_secret().to_owned()));
    }
    headers.sort_unstable_by_key(|(name, _)| *name);
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let canonical = format!(
        "POST\n/\n\n{lines}\n{names}\n{}",
        hex(&Sha256::digest(request.body))
    );
    let (region, service) = (request.region, request.service);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!(
        "AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let first = format!("AWS4{}", credentials.secret_access_key.expose_secret());
    let steps = [day, region, service, "aws4_request", &text];
    let signature = steps
        .iter()
        .fold(first.into_bytes(), |key, step| hmac(&key, step).to_vec());
    let id = &credentials.access_key_id;
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={}",
        hex(&signature)
    );
    headers.retain(|(name, _)| *name != "host");
    headers.push(("authorization", authorization));
    headers
}

/// `20150830T123600Z`.
fn stamp(now: Instant) -> String {
    let whole = Instant::from_second(now.as_second()).unwrap_or(now);
    whole.to_string().replace(['-', ':'], "")
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(text)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(token: Option<&str>) -> Credentials {
        Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            token,
        )
    }

    fn signature(headers: &[(&'static str, &str)], body: &str, token: Option<&str>) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .chain([("host", "example.amazonaws.com".to_owned())])
            .collect();
        let request = Request {
            region: "us-east-1",
            service: "service",
            headers,
            body: body.as_bytes(),
        };
        let now = "2015-08-30T12:36:00.9Z".parse().unwrap();
        let signed = sign(request, &credentials(token), now);
        let (_, authorization) = signed.last().unwrap();
        authorization.rsplit('=').next().unwrap().to_owned()
    }

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn the_mac_is_that_of_the_standard() {
        let cases: [(&[u8], &str, &str); 3] = [
            (
                &[0x0b; 20],
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, text, mac) in cases {
            assert_eq!(hex(&hmac(key, text)), mac);
        }
    }

    /// AWS's published suite: post-vanilla, post-header-key-sort (whose header ours could be),
    /// post-x-www-form-urlencoded.
    #[test]
    fn the_signature_is_that_of_the_published_vectors() {
        assert_eq!(
            signature(&[], "", None),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        assert_eq!(
            signature(&[("my-header1", "value1")], "", None),
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
        );
        let form = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(
            signature(&form, "Param1=value1", None),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        );
    }

    #[test]
    fn a_sessions_token_is_signed_and_sent_and_the_host_is_left_to_the_client() {
        let request = Request {
            region: "us-east-1",
            service: "dynamodb",
            headers: vec![("host", "h".to_owned()), ("x-amz-target", "T.X".to_owned())],
            body: b"{}",
        };
        let now = Instant::UNIX_EPOCH;
        let signed = sign(request, &credentials(Some("token")), now);
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "x-amz-date",
                "x-amz-security-token",
                "x-amz-target",
                "authorization"
            ]
        );
        let (_, authorization) = signed.last().unwrap();
        assert!(
            authorization.contains(
                "Credential=AKIDEXAMPLE/19700101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target, "
            ),
            "{authorization}"
        );
        assert_ne!(
            signature(&[], "", Some("token")),
            signature(&[], "", Some("other"))
        );
    }
}
