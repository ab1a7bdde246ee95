//! Word to the owner. A failed alert never stops a cycle.

use async_trait::async_trait;

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertLevel {
    /// Worth knowing.
    Notice,
    /// Worth a look today.
    Warning,
    /// Act now.
    Critical,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// How loud.
    pub level: AlertLevel,
    /// One line.
    pub title: String,
    /// The rest, ending in the chain's head.
    pub text: String,
}

/// Where alerts go.
#[async_trait]
pub trait Alerts: Send + Sync {
    /// Sends one; an error is for the log.
    ///
    /// # Errors
    /// What kept it from being delivered.
    async fn send(&self, alert: &Alert) -> Result<(), String>;
}
