//! The calls that are made, and the permission each needs.

/// One operation of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// DynamoDB: one item by its key.
    GetItem,
    /// DynamoDB: items of one partition in order.
    Query,
    /// DynamoDB: one item written whatever stood there.
    PutItem,
    /// DynamoDB: items written all or none, each on its condition.
    TransactWriteItems,
    /// Secrets Manager: the newest version of one secret.
    GetSecretValue,
    /// SNS: one message to a topic.
    Publish,
}

/// How a service wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JSON with the operation in the header `x-amz-target`.
    Json {
        /// The header's part before the dot.
        target: &'static str,
        /// The content type.
        content: &'static str,
    },
    /// A form with the operation in the field `Action`.
    Form,
}

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The keys.
    SecretsManager,
    /// The alerts.
    Sns,
}

impl Service {
    /// Its name in addresses and signatures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::SecretsManager => "secretsmanager",
            Self::Sns => "sns",
        }
    }

    /// How it wants to be asked.
    #[must_use]
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::DynamoDb => Protocol::Json {
                target: "DynamoDB_20120810",
                content: "application/x-amz-json-1.0",
            },
            Self::SecretsManager => Protocol::Json {
                target: "secretsmanager",
                content: "application/x-amz-json-1.1",
            },
            Self::Sns => Protocol::Form,
        }
    }
}

impl Call {
    /// Every call there is.
    pub const ALL: [Self; 6] = [
        Self::GetItem,
        Self::Query,
        Self::PutItem,
        Self::TransactWriteItems,
        Self::GetSecretValue,
        Self::Publish,
    ];

    /// Whose it is.
    #[must_use]
    pub const fn service(self) -> Service {
        match self {
            Self::GetItem | Self::Query | Self::PutItem | Self::TransactWriteItems => {
                Service::DynamoDb
            }
            Self::GetSecretValue => Service::SecretsManager,
            Self::Publish => Service::Sns,
        }
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetItem => "GetItem",
            Self::Query => "Query",
            Self::PutItem => "PutItem",
            Self::TransactWriteItems => "TransactWriteItems",
            Self::GetSecretValue => "GetSecretValue",
            Self::Publish => "Publish",
        }
    }

    /// The permissions it needs. A transaction needs those of what it does: puts, and the check of
    /// a record that it does not write.
    #[must_use]
    pub const fn actions(self) -> &'static [&'static str] {
        match self {
            Self::GetItem => &["dynamodb:GetItem"],
            Self::Query => &["dynamodb:Query"],
            Self::PutItem => &["dynamodb:PutItem"],
            Self::TransactWriteItems => &["dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
            Self::GetSecretValue => &["secretsmanager:GetSecretValue"],
            Self::Publish => &["sns:Publish"],
        }
    }
}
