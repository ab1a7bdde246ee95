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

/// What an FMP key may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FmpPlan {
    /// Quotes of listed symbols; charts within a day answer 402.
    Free,
    /// Charts too.
    #[default]
    Starter,
}

/// How the faces behave; limits count on the venue's clock.
#[derive(Clone)]
pub struct Faces {
    /// Keys the Alpaca face takes; any pair that is not empty when `None`.
    pub alpaca_keys: Option<AlpacaKeys>,
    /// Key the Twelve Data face takes; any that is not empty when `None`.
    pub twelve_data_key: Option<String>,
    /// Key the FMP face takes; any that is not empty when `None`.
    pub fmp_key: Option<String>,
    /// What that key may ask for.
    pub fmp_plan: FmpPlan,
    /// The account is old enough for `/api/v3`; else it answers 403. Default no.
    pub fmp_legacy: bool,
    /// Calls a minute to FMP. Default 300.
    pub fmp_calls_a_minute: u32,
    /// Calls a UTC day to FMP; when it resets is not documented. Default 250 on the free plan and
    /// no limit on others.
    pub fmp_calls_a_day: Option<u32>,
    /// The Alpaca plan shows the newest quarter of an hour of the consolidated tape. Default no:
    /// `feed=sip` then answers 403 unless the window ends earlier, and `feed=iex` is the default.
    pub alpaca_sip: bool,
    /// Requests a minute to Alpaca's trading host. Default 200.
    pub alpaca_requests_a_minute: u32,
    /// Requests a minute to Alpaca's data host. Default 200, the free plan.
    pub alpaca_data_requests_a_minute: u32,
    /// Credits a wall-clock minute at Twelve Data. Default 8, the free plan.
    pub twelve_data_credits_a_minute: u32,
    /// Credits a UTC day at Twelve Data. Default 800, the free plan.
    pub twelve_data_credits_a_day: u32,
    /// Twelve Data and FMP answer errors with HTTP 200 and the body alone, as older reports say.
    pub errors_as_http_200: bool,
    /// The account still shows the fields that Alpaca removed on 2026-07-06.
    pub removed_account_fields: bool,
}

impl Faces {
    /// The day's limit of the FMP key.
    pub(super) fn fmp_day_limit(&self) -> u32 {
        const FREE: u32 = 250;
        let by_plan = match self.fmp_plan {
            FmpPlan::Free => FREE,
            FmpPlan::Starter => u32::MAX,
        };
        self.fmp_calls_a_day.unwrap_or(by_plan)
    }
}

impl Default for Faces {
    fn default() -> Self {
        Self {
            alpaca_keys: None,
            twelve_data_key: None,
            fmp_key: None,
            fmp_plan: FmpPlan::default(),
            fmp_legacy: false,
            fmp_calls_a_minute: 300,
            fmp_calls_a_day: None,
            alpaca_sip: false,
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
            .field("fmp_plan", &self.fmp_plan)
            .field("alpaca_sip", &self.alpaca_sip)
            .field("errors_as_http_200", &self.errors_as_http_200)
            .finish_non_exhaustive()
    }
}
