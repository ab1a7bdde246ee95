//! How the faces behave, apart from the exchange behind them.

/// The pair of keys that the Alpaca face takes.
#[derive(Clone, PartialEq, Eq)]
pub struct AlpacaKeys {
    /// `APCA-API-KEY-ID`.
    pub id: String,
    /// `APCA-API-SECRET-KEY`.
    pub secret: String,
}

/// Never shows the keys.
impl std::fmt::Debug for AlpacaKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AlpacaKeys(..)")
    }
}

/// How the faces behave; limits count on the venue's clock.
#[derive(Clone)]
pub struct Faces {
    /// Keys the Alpaca face takes; any pair that is not empty when `None`.
    pub alpaca_keys: Option<AlpacaKeys>,
    /// Key the Twelve Data face takes; any that is not empty when `None`.
    pub twelve_data_key: Option<String>,
    /// Requests a minute to Alpaca's trading host. Default 200.
    pub alpaca_requests_a_minute: u32,
    /// Requests a minute to Alpaca's data host. Default 200, the free plan.
    pub alpaca_data_requests_a_minute: u32,
    /// Credits a wall-clock minute at Twelve Data. Default 8, the free plan.
    pub twelve_data_credits_a_minute: u32,
    /// Credits a UTC day at Twelve Data. Default 800, the free plan.
    pub twelve_data_credits_a_day: u32,
    /// Twelve Data answers errors with HTTP 200 and the body alone, as older reports say.
    pub errors_as_http_200: bool,
    /// The account still shows the fields that Alpaca removed on 2026-07-06.
    pub removed_account_fields: bool,
}

impl Default for Faces {
    fn default() -> Self {
        Self {
            alpaca_keys: None,
            twelve_data_key: None,
            alpaca_requests_a_minute: 200,
            alpaca_data_requests_a_minute: 200,
            twelve_data_credits_a_minute: 8,
            twelve_data_credits_a_day: 800,
            errors_as_http_200: false,
            removed_account_fields: false,
        }
    }
}

/// Never shows the keys.
impl std::fmt::Debug for Faces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faces")
            .field("alpaca_requests_a_minute", &self.alpaca_requests_a_minute)
            .field(
                "twelve_data_credits_a_minute",
                &self.twelve_data_credits_a_minute,
            )
            .field("twelve_data_credits_a_day", &self.twelve_data_credits_a_day)
            .field("errors_as_http_200", &self.errors_as_http_200)
            .finish_non_exhaustive()
    }
}
