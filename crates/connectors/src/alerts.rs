//! Alerts to the log; [`crate::webhook`] sends them further.

use async_trait::async_trait;
use cycle::port::{Alert, AlertLevel, Alerts};

/// Writes every alert to the log, as loud as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogAlerts;

#[async_trait]
impl Alerts for LogAlerts {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        let (title, text) = (&alert.title, &alert.text);
        match alert.level {
            AlertLevel::Notice => tracing::info!(alert = "notice", %title, %text),
            AlertLevel::Warning => tracing::warn!(alert = "warning", %title, %text),
            AlertLevel::Critical => tracing::error!(alert = "critical", %title, %text),
        }
        Ok(())
    }
}
