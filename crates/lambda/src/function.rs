//! Which function this is, and what both have: configuration, table, alerts.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use aws::{Client, Table, Topic};
use connectors::alerts::LogAlerts;
use connectors::clock::SystemClock;
use cycle::port::{Alert, AlertLevel, Alerts, Clock};
use futures_util::FutureExt;
use journal::Chain;
use market::Calendar;
use serde_json::Value;
use trading::settings::Settings;

use crate::environment::Environment;
use crate::event::{Task, Wish};
use crate::failure::Failure;
use crate::operator::Operator;
use crate::trader::Trader;

/// What answers events.
pub(crate) enum Function {
    /// Carries slots through and looks days over.
    Trader(Box<Trader>),
    /// Answers the owner.
    Operator(Box<Operator>),
    /// Could not be set up: every event is answered with why.
    Broken {
        /// Why, and its name.
        why: String,
        /// Where it is told.
        alerts: Arc<dyn Alerts>,
    },
}

/// What both functions stand on.
pub(crate) struct Ground {
    /// The effective configuration.
    pub(crate) settings: Settings,
    /// Its calendar.
    pub(crate) calendar: Calendar,
    /// AWS.
    pub(crate) client: Client,
    /// The journal's table.
    pub(crate) table: Table,
    /// The wall's time.
    pub(crate) wall: Arc<dyn Clock>,
    /// Word to the owner.
    pub(crate) alerts: Arc<dyn Alerts>,
}

impl Function {
    /// The function that the environment asks for. Nothing is asked of anybody yet.
    pub(crate) fn new(environment: Environment) -> Self {
        let wall: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let client = match environment.access.clone() {
            Ok(access) => Client::new(access, Arc::clone(&wall)).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let client = match client {
            Ok(client) => client,
            Err(why) => {
                let alerts = Arc::new(LogAlerts);
                return Self::Broken { why, alerts };
            }
        };
        let topic = environment.topic.clone();
        let alerts: Arc<dyn Alerts> = Arc::new(Told {
            topic: topic.map(|arn| Topic::new(client.clone(), arn)),
        });
        match Self::made(environment, client, wall, Arc::clone(&alerts)) {
            Ok(function) => function,
            Err(why) => Self::Broken { why, alerts },
        }
    }

    fn made(
        environment: Environment,
        client: Client,
        wall: Arc<dyn Clock>,
        alerts: Arc<dyn Alerts>,
    ) -> Result<Self, String> {
        let unset = |name: &str| format!("{name} is not set\nhint: deploy the stack again");
        let text = environment.config.ok_or_else(|| unset("TQQQ_CONFIG"))?;
        let table = environment.table.ok_or_else(|| unset("TQQQ_TABLE"))?;
        let settings = Settings::parse(&text).map_err(|error| format!("TQQQ_CONFIG: {error}"))?;
        let named = format!("dynamodb:{table}");
        if let Some(journal) = settings.journal.as_ref().filter(|it| **it != named) {
            return Err(format!(
                "journal = \"{journal}\", and the function's table is {table}\nhint: write journal = \"{named}\" or leave it out"
            ));
        }
        let calendar = settings
            .calendar()
            .map_err(|error| format!("TQQQ_CONFIG: {error}"))?;
        let ground = Ground {
            settings,
            calendar,
            table: Table::new(client.clone(), table),
            client,
            wall,
            alerts,
        };
        match environment.function.as_deref() {
            Some("trader") => {
                let secret = environment.secret;
                Ok(Self::Trader(Box::new(Trader::new(ground, secret))))
            }
            Some("operator") => Ok(Self::Operator(Box::new(Operator::new(ground)))),
            other => Err(format!(
                "TQQQ_FUNCTION = {}: there is no such function\nhint: trader or operator",
                other.unwrap_or_default()
            )),
        }
    }

    /// Answers one event; `deadline_ms` is when Lambda ends the process, in milliseconds of 1970.
    ///
    /// # Errors
    /// [`Failure`], which was told to the owner where it is not the engine's to tell. A panic is
    /// one too: reported like every other, and the process goes on.
    pub(crate) async fn answer(
        &mut self,
        event: &Value,
        deadline_ms: u64,
    ) -> Result<Value, Failure> {
        let answered = AssertUnwindSafe(self.task(event, deadline_ms)).catch_unwind();
        let answer = answered.await.unwrap_or_else(|panic| {
            if let Self::Trader(trader) = self {
                trader.doubt();
            }
            Err(Failure::Panicked(words(panic.as_ref()).to_owned()))
        });
        if let (Err(failure), Some(alerts)) = (&answer, self.alerts()) {
            tell(alerts.as_ref(), failure).await;
        }
        answer
    }

    async fn task(&mut self, event: &Value, deadline_ms: u64) -> Result<Value, Failure> {
        match self {
            Self::Trader(trader) => match Task::of(event)? {
                Task::Slot(moment) => trader.slot(moment, deadline_ms).await,
                Task::CheckDay => trader.check_day().await,
            },
            Self::Operator(operator) => operator.grant(Wish::of(event)?).await,
            Self::Broken { why, .. } => Err(Failure::Configuration(why.clone())),
        }
    }

    /// Where failures are told; whoever asks the operator is told already.
    fn alerts(&self) -> Option<Arc<dyn Alerts>> {
        match self {
            Self::Trader(trader) => Some(trader.alerts()),
            Self::Broken { alerts, .. } => Some(Arc::clone(alerts)),
            Self::Operator(_) => None,
        }
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}

/// Tells the owner of a failure; the engine has told of tries and slots itself.
async fn tell(alerts: &dyn Alerts, failure: &Failure) {
    tracing::error!(name = failure.name(), "{failure}");
    if matches!(
        failure,
        Failure::TryFailed { .. } | Failure::SlotFailed { .. }
    ) {
        return;
    }
    let alert = Alert {
        level: AlertLevel::Critical,
        title: failure.name().to_owned(),
        text: format!("{failure}\n{}", what_was_sent(failure)),
    };
    if let Err(error) = alerts.send(&alert).await {
        tracing::error!(error, "an alert was not delivered");
    }
}

/// Only before a cycle begins is it certain that no order left.
fn what_was_sent(failure: &Failure) -> &'static str {
    match failure {
        Failure::Configuration(_) => "No order was sent for this event.",
        _ => "Whether an order was sent `tqqq status` and the broker's own list tell.",
    }
}

impl Ground {
    /// The journal.
    pub(crate) fn chain(&self) -> Chain<Table> {
        Chain::new(self.table.clone(), Arc::clone(&self.wall))
    }
}

/// Alerts to the log, and to the topic where there is one.
struct Told {
    topic: Option<Topic>,
}

#[async_trait]
impl Alerts for Told {
    async fn send(&self, alert: &Alert) -> Result<(), String> {
        LogAlerts.send(alert).await?;
        match &self.topic {
            Some(topic) => topic.send(alert).await,
            None => Ok(()),
        }
    }
}
