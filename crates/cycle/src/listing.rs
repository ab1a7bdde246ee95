//! What the broker lists: a symbol that nobody knows is a mistake of the configuration, and is
//! called so before anything else is asked about it.

use market::Symbol;
use trading::observation::Asset;
use trading::settings::{Settings, SettingsError};

use crate::deadline::READ_TIMEOUT;
use crate::error::{CycleError, Step};
use crate::observing::Bodies;
use crate::port::{Broker, ReadError, clock};
use crate::runner::Ports;
use crate::slot_try::SlotTry;

/// Refuses a traded symbol that the broker does not know, before anything is written or asked
/// about it. A broker that cannot tell now is asked again in every slot.
///
/// # Errors
/// [`CycleError::Settings`].
pub(crate) async fn check_symbol(ports: &Ports, settings: &Settings) -> Result<(), CycleError> {
    let symbol = &settings.strategy.symbol;
    let asked = clock::timeout(
        ports.clock.as_ref(),
        READ_TIMEOUT,
        ports.broker.asset(symbol),
    );
    match asked.await {
        Ok(Ok(reply)) if reply.value.is_none() => {
            Err(unknown(ports.broker.as_ref(), symbol).into())
        }
        _ => Ok(()),
    }
}

fn unknown(broker: &dyn Broker, symbol: &Symbol) -> SettingsError {
    SettingsError::Refused {
        key: "strategy.symbol",
        value: symbol.to_string(),
        why: format!("the broker at {} knows no such symbol", broker.host()),
        hint: "check its spelling; an exchange on this machine lists only what it was started with"
            .to_owned(),
    }
}

impl SlotTry<'_> {
    /// What the broker says of the traded symbol.
    ///
    /// # Errors
    /// Permanent when it knows none of that name.
    pub(crate) async fn asset(&self, bodies: &mut Bodies) -> Result<Asset, CycleError> {
        let symbol = &self.settings.strategy.symbol;
        let listed = self.listed(symbol, bodies).await?;
        listed.ok_or_else(|| CycleError::Permanent {
            step: Step::Observe,
            why: format!("{symbol} is unknown to the broker; check `strategy.symbol`"),
        })
    }

    /// Told only where no source will ever have a price of `symbol`, for the reasons in `errors`:
    /// whether nobody knows a symbol that is not traded but gives the signal. The broker alone
    /// would not tell, since an index is no asset.
    ///
    /// # Errors
    /// Permanent when the broker knows none of that name either.
    pub(crate) async fn check_signal_symbol(
        &self,
        symbol: &Symbol,
        errors: &[(String, ReadError)],
        bodies: &mut Bodies,
    ) -> Result<(), CycleError> {
        let traded = symbol == &self.settings.strategy.symbol;
        if traded || self.listed(symbol, bodies).await?.is_some() {
            return Ok(());
        }
        let said: Vec<String> = errors
            .iter()
            .map(|(what, error)| format!("{what}: {error}"))
            .collect();
        let said = match said.is_empty() {
            true => "nobody has a price of it".to_owned(),
            false => said.join("; "),
        };
        let why = format!(
            "{symbol} is unknown to the broker and to all sources of prices; check `strategy.signal_symbol` ({said})"
        );
        let step = Step::Observe;
        Err(CycleError::Permanent { step, why })
    }

    async fn listed(
        &self,
        symbol: &Symbol,
        bodies: &mut Bodies,
    ) -> Result<Option<Asset>, CycleError> {
        let asked = self.read(self.ports.broker.asset(symbol)).await;
        let wrong = |error: ReadError| CycleError::reading(Step::Observe, "asset", &error);
        Ok(bodies.keep(asked.map_err(wrong)?))
    }
}
