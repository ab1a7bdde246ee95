//! `tqqq alerts test`: whether word would reach the owner.

use std::sync::Arc;

use connectors::clock::SystemClock;
use cycle::port::{Alert, AlertLevel, Alerts, Clock};

use super::Context;
use crate::arguments::AlertsCommand;
use crate::exit::Exit;
use crate::fault::{Fault, Outcome};
use crate::herald::lines;
use crate::output::{Paint, print};

pub(super) async fn run(command: &AlertsCommand, context: &Context) -> Outcome<Exit> {
    match command {
        AlertsCommand::Test => test(context).await,
    }
}

async fn test(context: &Context) -> Outcome<Exit> {
    let configuration = context.configuration()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let settings = &configuration.settings.alerts;
    let (webhook, ping) = lines(&context.environment, settings, &clock)?;
    if webhook.is_none() && ping.is_none() {
        return Err(Fault::input("nobody would be told: no address is given")
            .hint("set TQQQ_ALERT_URL to a webhook's address, TQQQ_PING_URL to one that is called after every slot"));
    }
    let mut all = true;
    if let Some(webhook) = webhook {
        let alert = Alert {
            level: AlertLevel::Notice,
            title: "test".to_owned(),
            text: "asked for by `tqqq alerts test`; nothing has happened".to_owned(),
        };
        all &= say("webhook", &webhook.send(&alert).await, context)?;
    }
    if let Some(ping) = ping {
        all &= say("ping", &ping.send("test\n").await, context)?;
    }
    Ok(if all { Exit::Done } else { Exit::SaidNo })
}

/// Says whether it was taken.
fn say(what: &str, sent: &Result<(), String>, context: &Context) -> Outcome<bool> {
    let terminal = context.terminal;
    let word = match sent {
        Ok(()) => terminal.paint(Paint::Good, "taken"),
        Err(error) => format!("{}: {error}", terminal.paint(Paint::Bad, "not taken")),
    };
    print(&format!("{what:<8} {word}"))?;
    Ok(sent.is_ok())
}
