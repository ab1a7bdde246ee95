//! Word to the owner.

use async_trait::async_trait;
use cycle::port::{Alert, Alerts};

use super::Seat;
use crate::fate::Fault;

/// The owner's ear.
pub(crate) struct Word(pub(crate) Seat);

#[async_trait]
impl Alerts for Word {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        self.0.before("send an alert").await;
        let failed = {
            let mut state = self.0.state();
            let text = format!("alert, {:?}: {}: {}", alert.level, alert.title, alert.text);
            state.note(|_| text);
            state.witness.told(alert);
            state.fate.strikes(Fault::AlertFails).is_some()
        };
        self.0.after("send an alert").await;
        if failed {
            Err("nobody listens".to_owned())
        } else {
            Ok(())
        }
    }
}
