//! Alerts kept to be looked at.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::{CrashPoints, lock};
use crate::port::{Alert, Alerts};

/// Keeps every alert; can be told to fail.
pub struct FakeAlerts {
    sent: Mutex<Vec<Alert>>,
    broken: Mutex<bool>,
    crash: Arc<CrashPoints>,
}

impl FakeAlerts {
    /// One that delivers.
    #[must_use]
    pub fn new(crash: Arc<CrashPoints>) -> Self {
        Self {
            sent: Mutex::default(),
            broken: Mutex::new(false),
            crash,
        }
    }

    /// What was sent so far, failed deliveries included.
    #[must_use]
    pub fn sent(&self) -> Vec<Alert> {
        lock(&self.sent).clone()
    }

    /// From now on nothing is delivered.
    pub fn break_down(&self) {
        *lock(&self.broken) = true;
    }
}

#[async_trait]
impl Alerts for FakeAlerts {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        self.crash.moment().await;
        lock(&self.sent).push(alert.clone());
        let broken = *lock(&self.broken);
        self.crash.moment().await;
        if broken {
            Err("the alert service is down".to_owned())
        } else {
            Ok(())
        }
    }
}
