//! Who asks, in which region, and at which addresses.
//!
//! | name | meaning |
//! |---|---|
//! | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | who asks; a Lambda is given them |
//! | `AWS_REGION`, else `AWS_DEFAULT_REGION` | where |
//! | `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, `AWS_ENDPOINT_URL_SNS`, else `AWS_ENDPOINT_URL` | other addresses than AWS's own |
//!
//! The names are those of AWS's own tools. They are handed in by the program that reads the
//! environment.

use std::fmt;

use reqwest::Url;
use secrecy::SecretString;

use crate::call::Service;

/// Who asks.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    pub(crate) session_token: Option<SecretString>,
}

impl Credentials {
    /// A key pair, with the token of the session it belongs to.
    #[must_use]
    pub fn new(id: &str, secret: &str, session_token: Option<&str>) -> Self {
        Self {
            access_key_id: id.to_owned(),
            secret_access_key: SecretString::from(secret),
            session_token: session_token.map(SecretString::from),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// Why nobody can be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A variable that is needed is not there.
    #[error(
        "{name} is not set\nhint: on your own machine: eval \"$(aws configure export-credentials --format env)\" and export AWS_REGION=us-east-1"
    )]
    Unset {
        /// Its name.
        name: &'static str,
    },
    /// An address that cannot be used.
    #[error("{name} = {value}: {why}\nhint: write it like http://127.0.0.1:8000")]
    BadAddress {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A region that is none.
    #[error("AWS_REGION = {region}: no region\nhint: write it like us-east-1")]
    BadRegion {
        /// The text.
        region: String,
    },
}

/// Who asks, where, and of whom.
#[derive(Debug, Clone)]
pub struct Access {
    pub(crate) credentials: Credentials,
    pub(crate) region: String,
    addresses: [Url; 3],
}

/// Name of the variable that moves all services.
const EVERY: &str = "AWS_ENDPOINT_URL";

impl Access {
    /// What the environment says, by `lookup`.
    ///
    /// # Errors
    /// [`AccessError`], naming the variable.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, AccessError> {
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| lookup(name).ok_or(AccessError::Unset { name });
        let region = lookup("AWS_REGION")
            .or_else(|| lookup("AWS_DEFAULT_REGION"))
            .ok_or(AccessError::Unset { name: "AWS_REGION" })?;
        let is_region = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !region.chars().all(is_region) {
            return Err(AccessError::BadRegion { region });
        }
        let services = [Service::DynamoDb, Service::SecretsManager, Service::Sns];
        let mut addresses = Vec::with_capacity(services.len());
        for service in services {
            addresses.push(address(service, &region, &lookup)?);
        }
        let credentials = Credentials::new(
            &needed("AWS_ACCESS_KEY_ID")?,
            &needed("AWS_SECRET_ACCESS_KEY")?,
            lookup("AWS_SESSION_TOKEN").as_deref(),
        );
        Ok(Self {
            credentials,
            region,
            addresses: addresses.try_into().expect("one for each service"),
        })
    }

    /// Where `service` answers.
    pub(crate) fn address(&self, service: Service) -> &Url {
        &self.addresses[service as usize]
    }

    /// Whether any address needs TLS.
    pub(crate) fn needs_tls(&self) -> bool {
        self.addresses.iter().any(|url| url.scheme() == "https")
    }
}

/// AWS's own address of `service`, or the one that is set in its place.
fn address(
    service: Service,
    region: &str,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Url, AccessError> {
    let own = match service {
        Service::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
        Service::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        Service::Sns => "AWS_ENDPOINT_URL_SNS",
    };
    let set = [own, EVERY]
        .into_iter()
        .find_map(|name| lookup(name).map(|value| (name, value)));
    let Some((name, value)) = set else {
        let host = format!("https://{}.{region}.amazonaws.com/", service.name());
        return Ok(Url::parse(&host).expect("a service and a region make an address"));
    };
    let refused = |why| AccessError::BadAddress {
        name,
        value: value.clone(),
        why,
    };
    let url = Url::parse(&value).map_err(|_| refused("not an address"))?;
    if url.host_str().is_none() || !matches!(url.scheme(), "http" | "https") {
        return Err(refused("only http and https are spoken"));
    }
    if url.path() != "/" || url.query().is_some() {
        return Err(refused("it names more than scheme, host and port"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Access, AccessError> {
        let known = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "not-to-be-shown"),
            ("AWS_REGION", "eu-central-1"),
        ];
        Access::read(|name| {
            let mut all = set.iter().chain(&known);
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_service_is_at_awss_own_address_unless_moved() {
        let access = read(&[]).unwrap();
        let told = |service| access.address(service).to_string();
        assert_eq!(
            told(Service::DynamoDb),
            "https://dynamodb.eu-central-1.amazonaws.com/"
        );
        assert_eq!(
            told(Service::Sns),
            "https://sns.eu-central-1.amazonaws.com/"
        );
        assert!(access.needs_tls());
        let moved = read(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:2"),
        ])
        .unwrap();
        assert_eq!(
            moved.address(Service::SecretsManager).as_str(),
            "http://127.0.0.1:1/"
        );
        assert_eq!(moved.address(Service::Sns).as_str(), "http://127.0.0.1:2/");
        assert!(!moved.needs_tls());
    }

    #[test]
    fn what_is_missing_or_makes_no_sense_is_named() {
        let told = |set: &[(&str, &str)]| read(set).unwrap_err().to_string();
        insta::assert_snapshot!(told(&[("AWS_ACCESS_KEY_ID", "")]), @r#"
        AWS_ACCESS_KEY_ID is not set
        hint: on your own machine: eval "$(aws configure export-credentials --format env)" and export AWS_REGION=us-east-1
        "#);
        insta::assert_snapshot!(told(&[("AWS_REGION", "evil.example/")]), @"
        AWS_REGION = evil.example/: no region
        hint: write it like us-east-1
        ");
        insta::assert_snapshot!(told(&[("AWS_ENDPOINT_URL", "ftp://x")]), @"
        AWS_ENDPOINT_URL = ftp://x: only http and https are spoken
        hint: write it like http://127.0.0.1:8000
        ");
        insta::assert_snapshot!(told(&[("AWS_ENDPOINT_URL_SNS", "http://x/y")]), @"
        AWS_ENDPOINT_URL_SNS = http://x/y: it names more than scheme, host and port
        hint: write it like http://127.0.0.1:8000
        ");
    }

    #[test]
    fn a_key_never_prints_itself() {
        let printed = format!("{:?}", read(&[]).unwrap());
        assert!(!printed.contains("not-to-be-shown"), "{printed}");
    }
}
