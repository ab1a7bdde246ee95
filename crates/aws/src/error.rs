//! Why a call came to nothing, by what the caller must do.

use crate::call::Call;

/// A call without the answer that was wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// The role or key may not do this, or is no longer valid.
    #[error("{}: permission refused: {why}\nhint: the role needs {}; keys of a machine may have expired", call.name(), call.actions().join(" and "))]
    Denied {
        /// Which call.
        call: Call,
        /// What the service said.
        why: String,
    },
    /// The table, secret or topic is not there.
    #[error("{}: there is no such thing in this region: {why}\nhint: compare name and region with the outputs of the stack", call.name())]
    Missing {
        /// Which call.
        call: Call,
        /// What the service said.
        why: String,
    },
    /// What was asked makes no sense to the service: another kind of table, say.
    #[error("{}: refused: {why}", call.name())]
    Invalid {
        /// Which call.
        call: Call,
        /// What the service said.
        why: String,
    },
    /// A condition did not hold; nothing of this call was written.
    #[error("{}: a condition failed: {why}", call.name())]
    Condition {
        /// Which call.
        call: Call,
        /// What the service said.
        why: String,
    },
    /// Throttled, overtaken by another transaction, or broken at the far end. It may have taken
    /// effect.
    #[error("{}: busy: {why}", call.name())]
    Busy {
        /// Which call.
        call: Call,
        /// What the service said.
        why: String,
    },
    /// No complete answer came. It may have taken effect.
    #[error("{}: no answer: {why}", call.name())]
    Unanswered {
        /// Which call.
        call: Call,
        /// What went wrong.
        why: String,
    },
    /// An answer that is none of this service.
    #[error("{}: the answer makes no sense: {why}", call.name())]
    Garbled {
        /// Which call.
        call: Call,
        /// What is wrong with it.
        why: String,
    },
}

impl AwsError {
    /// Whether the same call may succeed a moment later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unanswered { .. })
    }

    /// What kind it is, for metrics, and as the name of a Lambda error.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "PermissionDenied",
            Self::Missing { .. } => "ResourceMissing",
            Self::Invalid { .. } => "RequestInvalid",
            Self::Condition { .. } => "ConditionFailed",
            Self::Busy { .. } => "ServiceBusy",
            Self::Unanswered { .. } => "ServiceSilent",
            Self::Garbled { .. } => "AnswerGarbled",
        }
    }

    /// The error that a service tells by `code`, with HTTP status `status`.
    ///
    /// Codes: the lists of common errors of DynamoDB, Secrets Manager and SNS, and the reasons of
    /// a cancelled transaction, which come as the codes in its text.
    pub(crate) fn told(call: Call, status: u16, code: &str, why: String) -> Self {
        match code {
            "AccessDeniedException"
            | "AccessDenied"
            | "AuthorizationError"
            | "AuthorizationErrorException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException"
            | "OptInRequired" => Self::Denied { call, why },
            "ResourceNotFoundException" | "NotFound" | "NotFoundException" => {
                Self::Missing { call, why }
            }
            "ConditionalCheckFailedException" => Self::Condition { call, why },
            "TransactionCanceledException" => Self::canceled(call, why),
            "TransactionConflictException"
            | "TransactionInProgressException"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "Throttling"
            | "Throttled"
            | "InternalServerError"
            | "InternalServiceError"
            | "InternalError"
            | "ServiceUnavailable" => Self::Busy { call, why },
            _ if status >= 500 || status == 429 => Self::Busy { call, why },
            _ => Self::Invalid { call, why },
        }
    }

    /// A cancelled transaction: of the reasons of its items the one that says most. A condition
    /// that failed is an answer; a conflict or throttle beside it changes nothing of that.
    fn canceled(call: Call, why: String) -> Self {
        if why.contains("ConditionalCheckFailed") {
            Self::Condition { call, why }
        } else if why.contains("ValidationError") || why.contains("ItemCollectionSizeLimitExceeded")
        {
            Self::Invalid { call, why }
        } else {
            Self::Busy { call, why }
        }
    }
}
