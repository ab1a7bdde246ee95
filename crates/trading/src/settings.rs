//! The configuration: what `tqqq.toml` may say, its defaults and its checks.
//!
//! Strict: an unknown key is an error that names the nearest known one. Secrets have no place
//! here. The same text configures the laptop and the Lambda.

mod error;
#[cfg(test)]
mod page;
pub mod sections;

use market::calendar::{Calendar, Override};
use serde::{Deserialize, Serialize};

use crate::record::Hash;

pub use error::SettingsError;
pub use sections::{
    AlertSettings, AlpacaFeed, DataSettings, LimitSettings, OrderSettings, OrderStyle,
    StrategySettings,
};

/// Which broker and which data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Venue {
    /// The exchange on this machine; no keys, no money.
    #[default]
    Local,
    /// Alpaca's paper account.
    AlpacaPaper,
    /// Alpaca, with real money.
    AlpacaLive,
}

impl std::fmt::Display for Venue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Local => "local",
            Self::AlpacaPaper => "alpaca-paper",
            Self::AlpacaLive => "alpaca-live",
        })
    }
}

/// Whether DynamoDB takes this as a table's name.
fn is_table(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (3..=255).contains(&name.len()) && name.chars().all(is_plain)
}

/// Usable sources an entry with real money asks for, at least and unless the configuration asks for
/// more.
const MIN_SOURCES_LIVE: u32 = 2;

/// Calendar overrides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarSettings {
    /// Closures and odd hours, each with its date.
    pub overrides: Vec<Override>,
}

/// The whole configuration, with every default filled in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whose account is traded.
    pub venue: Venue,
    /// One base address for all vendors' faces instead of their own hosts; with an account at Alpaca
    /// only one of this machine.
    pub venue_url: Option<String>,
    /// Where the journal is: `sqlite:PATH`, relative to this file, or `dynamodb:TABLE` in a build for
    /// AWS. A replay on this machine begins a numbered one in `tqqq-runs` when it is left out.
    pub journal: Option<String>,
    /// What is traded, on which signal.
    pub strategy: StrategySettings,
    /// Where data comes from and how good it must be.
    pub data: DataSettings,
    /// How orders are made and timed.
    pub orders: OrderSettings,
    /// How much may be risked.
    pub limits: LimitSettings,
    /// Who is told what.
    pub alerts: AlertSettings,
    /// What the NYSE does and its rules do not know.
    pub calendar: CalendarSettings,
}

impl Settings {
    /// Reads and checks a configuration file's text.
    ///
    /// # Errors
    /// [`SettingsError`] naming key, value, place and remedy.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self =
            toml::from_str(text).map_err(|error| SettingsError::unreadable(text, &error))?;
        settings.validate()?;
        Ok(settings)
    }

    /// Checks what types alone cannot.
    ///
    /// # Errors
    /// [`SettingsError`] naming the key, its value and what it may be.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.strategy.validate()?;
        self.data.validate()?;
        self.orders.validate()?;
        self.limits.validate()?;
        self.check_min_sources()?;
        self.check_live()?;
        self.check_journal()?;
        self.calendar()?;
        Ok(())
    }

    /// Usable sources an entry asks for: as configured, else two for real money and one otherwise.
    #[must_use]
    pub fn min_sources(&self) -> u32 {
        let default = match self.venue {
            Venue::AlpacaLive => MIN_SOURCES_LIVE,
            Venue::Local | Venue::AlpacaPaper => 1,
        };
        self.data.min_sources.unwrap_or(default)
    }

    fn check_min_sources(&self) -> Result<(), SettingsError> {
        let (least, configured) = (self.min_sources(), self.data.sources.len());
        if self.venue == Venue::AlpacaLive && least < MIN_SOURCES_LIVE {
            let why = "real money follows no single source";
            let (key, hint) = (
                "data.min_sources",
                "leave it out, and name two data.sources",
            );
            return Err(SettingsError::refused(key, &least, why, hint));
        }
        if least > 0 && least as usize <= configured {
            return Ok(());
        }
        let hint = match configured {
            1 if self.venue == Venue::AlpacaLive => {
                "name a second source in data.sources".to_owned()
            }
            1 => "write 1: one source is configured".to_owned(),
            more => format!("write a number from 1 to {more}, the sources configured"),
        };
        let why = "can never be reached";
        Err(SettingsError::refused(
            "data.min_sources",
            &least,
            why,
            &hint,
        ))
    }

    /// Real money is traded at its own address, in an account that cannot owe.
    fn check_live(&self) -> Result<(), SettingsError> {
        let elsewhere = self.venue_url.as_deref().filter(|url| !is_loopback(url));
        if let (Venue::AlpacaPaper | Venue::AlpacaLive, Some(url)) = (self.venue, elsewhere) {
            let why = "an account's keys go to no other address than its broker's";
            let hint = "leave it out, or name a venue on this machine: http://127.0.0.1:PORT";
            return Err(SettingsError::refused("venue_url", url, why, hint));
        }
        if self.venue != Venue::AlpacaLive {
            return Ok(());
        }
        if !self.limits.require_unlevered_account {
            let why = "with real money the broker must be the last fence";
            let (key, hint) = ("limits.require_unlevered_account", "leave it out");
            return Err(SettingsError::refused(key, "false", why, hint));
        }
        Ok(())
    }

    fn check_journal(&self) -> Result<(), SettingsError> {
        match self.journal.as_deref() {
            None => Ok(()),
            Some(text)
                if text
                    .strip_prefix("sqlite:")
                    .is_some_and(|path| !path.is_empty()) =>
            {
                Ok(())
            }
            Some(text) if text.strip_prefix("dynamodb:").is_some_and(is_table) => Ok(()),
            Some(text) => Err(SettingsError::refused(
                "journal",
                text,
                "names no store this program can open",
                "write `journal = \"sqlite:PATH\"`, or on AWS `journal = \"dynamodb:TABLE\"`",
            )),
        }
    }

    /// The NYSE calendar with this configuration's overrides.
    ///
    /// # Errors
    /// [`SettingsError`] for an override that makes no sense.
    pub fn calendar(&self) -> Result<Calendar, SettingsError> {
        Calendar::with_overrides(&self.calendar.overrides).map_err(|error| {
            SettingsError::refused(
                "calendar.overrides",
                "",
                &error.to_string(),
                "give a date of 1990-2035 and New York hours",
            )
        })
    }

    /// The effective configuration as text: sorted JSON with every default filled in.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let value = serde_json::to_value(self).expect("settings hold only text, numbers and lists");
        value.to_string()
    }

    /// The hash under which the effective configuration lies beside the chain.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.canonical_text().as_bytes())
    }
}

/// Whether a base address is of this machine.
fn is_loopback(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    };
    let is_local = |host: &str| {
        let address = host.parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    !authority.contains('@') && host.is_some_and(is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Settings::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_every_default() {
        let settings = Settings::parse("").unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!((settings.strategy.fast, settings.strategy.slow), (10, 20));
    }

    #[test]
    fn the_effective_configuration_reads_back_as_itself() {
        let settings =
            Settings::parse("[strategy]\nfast = 5\n[orders]\norder = \"limit\"").unwrap();
        let again: Settings = serde_json::from_str(&settings.canonical_text()).unwrap();
        assert_eq!(again, settings);
        assert_ne!(settings.hash(), Settings::default().hash());
    }

    #[test]
    fn mistakes_of_writing_name_the_line_and_what_may_stand_there() {
        insta::assert_snapshot!(refusal("[strategy]\nfsat = 5"), @"
        line 2, `fsat`: unknown field `fsat`, expected one of `symbol`, `signal_symbol`, `fast`, `slow`, `hours`, `exit`
        hint: did you mean `fast`?
        ");
        insta::assert_snapshot!(refusal("[orders]\ncash_bufer_bps = 5"), @"
        line 2, `cash_bufer_bps`: unknown field `cash_bufer_bps`, expected one of `order`, `collar_bps`, `cash_buffer_bps`, `rebalance_band_bps`, `leg_timeout_s`, `try_timeout_s`, `max_slot_age_s`
        hint: did you mean `cash_buffer_bps`?
        ");
        insta::assert_snapshot!(refusal("[limit]\norders_per_day = 5"), @"
        line 1, `[limit]`: unknown field `limit`, expected one of `venue`, `venue_url`, `journal`, `strategy`, `data`, `orders`, `limits`, `alerts`, `calendar`
        hint: did you mean `limits`?
        ");
        insta::assert_snapshot!(refusal("venue = \"nyse\""), @"
        line 1, `venue`: unknown variant `nyse`
        hint: write one of `local`, `alpaca-paper`, `alpaca-live`
        ");
        insta::assert_snapshot!(refusal("venue = \"alpaca_paper\""), @"
        line 1, `venue`: unknown variant `alpaca_paper`, expected one of `local`, `alpaca-paper`, `alpaca-live`
        hint: did you mean `alpaca-paper`?
        ");
        insta::assert_snapshot!(refusal("[strategy]\nslow = 20\nfast = \"ten\""), @r#"
        line 3, `fast`: invalid type: string "ten", expected a whole number from 1 to 999
        hint: write digits, without quotes
        "#);
        insta::assert_snapshot!(refusal("[orders]\ncollar_bps = -5"), @"
        line 2, `collar_bps`: invalid value: integer `-5`, expected a whole number from 1 to 500
        hint: write a number from 1 to 500, without a fraction
        ");
        insta::assert_snapshot!(refusal("[orders]\ncollar_bps = 5000000000"), @"
        line 2, `collar_bps`: invalid value: integer `5000000000`, expected a whole number from 1 to 500
        hint: write a number from 1 to 500, without a fraction
        ");
        insta::assert_snapshot!(refusal("[strategy]\nsymbol = \"tqqq\""), @"
        line 2, `symbol`: `tqqq` is not a symbol: 1 to 32 upper-case letters, digits, `.`, `-`, `/` or `_`
        hint: write it in capitals: TQQQ
        ");
        insta::assert_snapshot!(refusal("venue = "), @"
        line 1, `venue`: string values must be quoted, expected literal string
        hint: put the value between double quotes
        ");
        insta::assert_snapshot!(refusal("[data]\nsources = \"twelve-data\""), @r#"
        line 2, `sources`: invalid type: string "twelve-data", expected a list in `[` and `]`
        hint: write it like `["one", "another"]`
        "#);
    }

    #[test]
    fn whatever_is_wrong_has_a_hint_and_a_number_its_range() {
        insta::assert_snapshot!(refusal("[limits]\nexposure_max_pct = 50.5"), @"
        line 2, `exposure_max_pct`: invalid type: floating point `50.5`, expected a whole number from 1 to 100
        hint: write a number from 1 to 100, without a fraction
        ");
        insta::assert_snapshot!(refusal("venue = \"local\"\n\n[limits]\nspread_max_bps = 9\nexposure_max_pct = -1"), @"
        line 5, `exposure_max_pct`: invalid value: integer `-1`, expected a whole number from 1 to 100
        hint: write a number from 1 to 100, without a fraction
        ");
        insta::assert_snapshot!(refusal("limits.exposure_max_pct = -1"), @"
        line 1, `limits.exposure_max_pct`: invalid value: integer `-1`, expected a whole number from 1 to 100
        hint: write a number from 1 to 100, without a fraction
        ");
        insta::assert_snapshot!(refusal("[strategy]\nfast = true"), @"
        line 2, `fast`: invalid type: boolean `true`, expected a whole number from 1 to 999
        hint: write a number from 1 to 999, without a fraction
        ");
        insta::assert_snapshot!(refusal("[alerts]\nwebhook = \"https://example.com\""), @"
        line 2, `webhook`: unknown field `webhook`
        hint: write one of `preset`, `also`, `leave_out`, `daily_summary`
        ");
        insta::assert_snapshot!(refusal("[strategy\nfast = 5"), @"
        line 1, `[strategy`: unclosed table, expected `]`
        hint: end it with `]`, like `[strategy]`
        ");
        insta::assert_snapshot!(refusal("[calendar]\noverrides = [{ date = \"2026-07-02\" }]"), @r#"
        line 2, `overrides`: calendar override of 2026-07-02: give either `closed = true` or `close` (and `open`)
        hint: write `closed = true`, or `close = "13:00"` on a short day, each time in New York
        "#);
        insta::assert_snapshot!(refusal("[calendar]\noverrides = [{ date = \"July\", closed = true }]"), @r#"
        line 2, `overrides`: failed to parse four digit integer as year: invalid digit, expected 0-9 but got J
        hint: write dates like "2026-07-02" and times like "13:00"
        "#);
        insta::assert_snapshot!(refusal("fast 5"), @"
        line 1: key with no value, expected `=`
        hint: this is TOML: `key = value`, one a line, below the `[section]` it belongs to
        ");
        insta::assert_snapshot!(refusal("[data]\nsplits = [{ symbol = \"TQQQ\", date = \"2025-11-20\" }]"), @"
        line 2, `splits`: missing field `ratio`
        hint: add `ratio`
        ");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        let text = refusal("alpaca_secret_key = \"hunter2\"");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn values_that_make_no_sense_name_the_key_and_what_may_stand_there() {
        insta::assert_snapshot!(refusal("[strategy]\nfast = 30"), @"
        strategy.fast = 30: fast = 30 must be below slow = 20
        hint: the usual pair is fast = 10, slow = 20
        ");
        insta::assert_snapshot!(refusal("[strategy]\nslow = 1001"), @"
        strategy.slow = 1001: slow = 1001 must be at most 1000 hours
        hint: the usual pair is fast = 10, slow = 20
        ");
        insta::assert_snapshot!(refusal("[orders]\ncash_buffer_bps = 150"), @"
        orders.rebalance_band_bps = 200: the band must be at least the cash buffer + 100 bps, or a full portfolio keeps buying
        hint: write rebalance_band_bps = 250 or more
        ");
        insta::assert_snapshot!(refusal("[orders]\nrebalance_band_bps = 20000"), @"
        orders.rebalance_band_bps = 20000: out of range
        hint: write a number from 150 to 10000
        ");
        insta::assert_snapshot!(refusal("[data]\nsources = []"), @"
        data.sources = []: at least one source is needed
        hint: known sources: `twelve-data`, `fmp`, `alpaca`
        ");
        insta::assert_snapshot!(refusal("[data]\nsources = [\"bloomberg\"]"), @"
        data.sources = bloomberg: no such source
        hint: known sources: `twelve-data`, `fmp`, `alpaca`
        ");
        insta::assert_snapshot!(refusal("[data]\nsources = [\"twelve-data\", \"twelve-data\"]\nmin_sources = 2"), @"
        data.sources = twelve-data: named twice
        hint: known sources: `twelve-data`, `fmp`, `alpaca`
        ");
        insta::assert_snapshot!(refusal("[data]\nmin_sources = 3"), @"
        data.min_sources = 3: can never be reached
        hint: write 1: one source is configured
        ");
        insta::assert_snapshot!(refusal("[data]\nmax_price_age_s = 3600"), @"
        data.max_price_age_s = 3600: out of range
        hint: write a number from 1 to 300
        ");
        insta::assert_snapshot!(refusal("[limits]\nexposure_max_pct = 300"), @"
        limits.exposure_max_pct = 300: out of range
        hint: write a number from 1 to 100
        ");
        insta::assert_snapshot!(refusal("journal = \"x.db\""), @r#"
        journal = x.db: names no store this program can open
        hint: write `journal = "sqlite:PATH"`, or on AWS `journal = "dynamodb:TABLE"`
        "#);
        for table in ["dynamodb:x", "dynamodb:", "dynamodb:a b c"] {
            assert!(Settings::parse(&format!("journal = \"{table}\"")).is_err());
        }
        assert!(Settings::parse("journal = \"dynamodb:tqqq-journal\"").is_ok());
    }

    #[test]
    fn real_money_asks_for_two_sources_its_own_address_and_no_leverage() {
        let live = |rest: &str| {
            let sources = "[data]\nsources = [\"twelve-data\", \"fmp\"]\n";
            Settings::parse(&format!("venue = \"alpaca-live\"\n{rest}\n{sources}"))
        };
        assert_eq!(live("").unwrap().min_sources(), 2);
        assert_eq!(Settings::default().min_sources(), 1);
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost/",
            "https://[::1]:1",
        ] {
            assert!(live(&format!("venue_url = \"{url}\"")).is_ok(), "{url}");
        }
        for url in [
            "https://example.com",
            "http://127.0.0.1@example.com",
            "http://127.0.0.1.example.com",
            "localhost",
        ] {
            assert!(live(&format!("venue_url = \"{url}\"")).is_err(), "{url}");
        }
        insta::assert_snapshot!(live("venue_url = \"https://example.com\"").unwrap_err(), @"
        venue_url = https://example.com: an account's keys go to no other address than its broker's
        hint: leave it out, or name a venue on this machine: http://127.0.0.1:PORT
        ");
        insta::assert_snapshot!(live("limits.require_unlevered_account = false").unwrap_err(), @"
        limits.require_unlevered_account = false: with real money the broker must be the last fence
        hint: leave it out
        ");
        insta::assert_snapshot!(refusal("venue = \"alpaca-live\"\n[data]\nmin_sources = 1"), @"
        data.min_sources = 1: real money follows no single source
        hint: leave it out, and name two data.sources
        ");
        insta::assert_snapshot!(refusal("venue = \"alpaca-live\""), @"
        data.min_sources = 2: can never be reached
        hint: name a second source in data.sources
        ");
    }

    #[test]
    fn known_splits_are_told_by_symbol() {
        let text = "[data]\nsplits = [\n{ symbol = \"TQQQ\", date = \"2025-11-20\", ratio = \"2\" },\n{ symbol = \"QQQ\", date = \"2000-03-20\", ratio = \"2\" },\n]";
        let data = Settings::parse(text).unwrap().data;
        let of_tqqq: Vec<String> = data
            .splits_of(&"TQQQ".parse().unwrap())
            .map(|split| split.to_string())
            .collect();
        assert_eq!(of_tqqq, ["2025-11-20:2"]);
        insta::assert_snapshot!(refusal("[data]\nsplits = [{ symbol = \"TQQQ\", date = \"2025-11-20\", ratio = \"0\" }]"), @"
        line 2, `splits`: `0` is no ratio of a split: write new shares for one old like 2, 3/2 or 1/10, from 1/100 to 100
        hint: config/paper.toml shows every key with its default
        ");
    }
}
