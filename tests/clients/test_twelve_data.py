"""The official twelvedata package reads the venue, and what it reads is what the venue plays."""

import unittest
from datetime import datetime, timedelta
from decimal import Decimal

from twelvedata import TDClient
from twelvedata.exceptions import (
    BadRequestError,
    InternalServerError,
    InvalidApiKeyError,
    TwelveDataError,
)
from twelvedata.utils import patch_endpoints_meta

from prices import NEW_YORK
from venue import VenueCase

MINUTE = timedelta(minutes=1)
# Credits of the free plan, a minute.
CREDITS = 8
# Periods of history that the venue's average goes back beyond the rows asked for.
HISTORY_PERIODS = 12


class TwelveDataCase(VenueCase):
    """A client of the face, two days and some after the start."""

    def setUp(self):
        super().setUp()
        self.client = TDClient(apikey="demo", base_url=self.venue.url)
        self.now = self.venue.advance(timedelta(days=2, hours=2, minutes=10))

    def rows(self, interval="1h", outputsize=120, **fields):
        """The rows of TQQQ as the package reads them, oldest first."""
        request = {"symbol": "TQQQ", "timezone": "America/New_York", "order": "ASC"} | fields
        series = self.client.time_series(interval=interval, outputsize=outputsize, **request)
        return series.as_json()

    def hours(self):
        """The hours by now, the one under way as far as it has traded."""
        return self.prices.session_hours(self.prices.seen(self.now))


def numbers(row, names=("open", "high", "low", "close")):
    """The prices of a row."""
    return [Decimal(row[name]) for name in names]


def expected(bar):
    """The same of a bar."""
    return [bar.open, bar.high, bar.low, bar.close]


def moment(row, zone=NEW_YORK):
    """The moment of a row, which has no zone."""
    return datetime.fromisoformat(row["datetime"]).replace(tzinfo=zone)


class TimeSeries(TwelveDataCase):
    def test_hours_are_counted_from_the_open_and_the_newest_is_forming(self):
        rows, hours = self.rows(), self.hours()[-120:]
        self.assertEqual([moment(row) for row in rows], [hour.start for hour in hours])
        self.assertEqual([numbers(row) for row in rows], [expected(hour) for hour in hours])
        volumes = [int(row["volume"]) for row in rows[:-1]]
        self.assertEqual(volumes, [hour.volume for hour in hours[:-1]])
        self.assertLess(self.now, moment(rows[-1]) + timedelta(hours=1))
        self.assertEqual({start.strftime("%M") for start in map(moment, rows)}, {"30"})

    def test_half_hours_of_a_window_include_both_ends(self):
        day = next(iter(self.prices.days(self.prices.bars)))
        rows = self.rows("30min", start_date=f"{day} 09:30:00", end_date=f"{day} 15:30:00")
        halves = self.prices.days(self.prices.bars)[day]
        self.assertEqual(len(rows), 13)
        self.assertEqual([numbers(row) for row in rows], [expected(half) for half in halves])

    def test_another_zone_moves_the_text_and_not_the_moment(self):
        [local] = self.rows(outputsize=1)
        [universal] = self.rows(outputsize=1, timezone="UTC")
        self.assertEqual(moment(universal, zone=self.now.tzinfo), moment(local))

    def test_newest_first_where_nothing_else_is_asked_for(self):
        rows = self.rows(order=None, outputsize=10)
        self.assertEqual(list(reversed(rows)), list(self.rows(outputsize=10)))

    def test_the_decimals_asked_for_are_shown(self):
        [row] = self.rows(outputsize=1, dp=2)
        self.assertEqual(row["close"], f"{self.prices.price(self.now):.2f}")

    def test_rows_make_a_data_frame(self):
        series = self.client.time_series(symbol="TQQQ", interval="1h", outputsize=5)
        closes = [Decimal(str(close)) for close in series.as_pandas()["close"]]
        self.assertEqual(closes, [hour.close for hour in reversed(self.hours()[-5:])])

    def test_a_batch_answers_by_symbol_and_leaves_the_failed_one_out(self):
        batch = self.rows(symbol="TQQQ,ZZZZQX", outputsize=3)
        self.assertEqual(list(batch), ["TQQQ"])
        self.assertEqual(list(batch["TQQQ"]), list(self.rows(outputsize=3)))

    def test_an_average_is_joined_to_its_rows(self):
        period, count = 20, 30
        series = self.client.time_series(
            symbol="TQQQ", interval="1h", outputsize=count, order="ASC"
        )
        rows = series.with_ema(time_period=period).as_json()
        closes = [hour.close for hour in self.hours()]
        averages = ema(closes[-(count + HISTORY_PERIODS * period) :], period)[-count:]
        self.assertEqual([row["ema"] for row in rows], [f"{average:.5f}" for average in averages])
        self.assertEqual([Decimal(row["close"]) for row in rows], closes[-count:])


def ema(closes, period):
    """The average of the first closes, then a part of the way to each later one."""
    closes = [float(close) for close in closes]
    averages = [sum(closes[:period]) / period]
    for close in closes[period:]:
        averages.append(averages[-1] + 2 / (period + 1) * (close - averages[-1]))
    return averages


class Now(TwelveDataCase):
    def test_the_price_is_the_last_trade(self):
        price = self.client.price(symbol="TQQQ").as_json()
        self.assertEqual(Decimal(price["price"]), self.prices.price(self.now))

    def test_prices_of_several_symbols_come_under_their_names(self):
        prices = self.client.price(symbol="TQQQ,ZZZZQX").as_json()
        self.assertEqual(Decimal(prices["TQQQ"]["price"]), self.prices.price(self.now))
        self.assertEqual((prices["ZZZZQX"]["code"], prices["ZZZZQX"]["status"]), (404, "error"))

    def test_the_quote_is_the_session_so_far(self):
        quote = self.client.quote(symbol="TQQQ").as_json()
        [*_, before, today] = self.prices.days(self.prices.seen(self.now)).values()
        self.assertEqual(quote["symbol"], "TQQQ")
        self.assertEqual(quote["datetime"], str(self.prices.day(self.now)))
        self.assertEqual(Decimal(quote["open"]), today[0].open)
        self.assertEqual(Decimal(quote["close"]), self.prices.price(self.now))
        self.assertEqual(Decimal(quote["previous_close"]), before[-1].close)
        change = self.prices.price(self.now) - before[-1].close
        self.assertEqual(Decimal(quote["change"]), change)
        self.assertTrue(quote["is_market_open"])
        # The minute of the last trade.
        last = self.prices.last_trade(self.now)[0].replace(second=0, microsecond=0)
        self.assertEqual(quote["last_quote_at"], int(last.timestamp()))

    def test_the_market_s_state_counts_from_the_open(self):
        [state] = self.client.get_market_state(exchange="NASDAQ").as_json()
        opened = self.now.astimezone(NEW_YORK).replace(hour=9, minute=30, second=0)
        self.assertTrue(state["is_market_open"])
        self.assertEqual(state["time_after_open"], f"0{self.now - opened}")

    def test_the_first_client_of_a_process_costs_a_credit_before_it_asks_anything(self):
        self.venue.advance(MINUTE)
        del patch_endpoints_meta.patched
        client = TDClient(apikey="demo", base_url=self.venue.url)
        TDClient(apikey="demo", base_url=self.venue.url)
        self.assertEqual(client.api_usage().as_json()["current_usage"], 1)

    def test_the_usage_is_what_was_asked(self):
        self.venue.advance(MINUTE)
        self.client.price(symbol="TQQQ,QQQ").as_json()
        usage = self.client.api_usage().as_json()
        self.assertEqual((usage["current_usage"], usage["plan_limit"]), (2, CREDITS))


class Errors(TwelveDataCase):
    def test_errors_come_in_the_package_s_own_kinds(self):
        day = {"start_date": "2024-02-03", "end_date": "2024-02-04"}
        cases = [
            (TwelveDataError, "**symbol**", lambda: self.rows(symbol="ZZZZQX")),
            (BadRequestError, "No data is available", lambda: self.rows(**day)),
            (BadRequestError, "**interval**", lambda: self.rows("60min")),
        ]
        for kind, text, ask in cases:
            with self.subTest(text=text), self.assertRaises(kind) as raised:
                ask()
            self.assertIn(text, str(raised.exception))

    def test_a_missing_key_is_named(self):
        with self.assertRaises(InvalidApiKeyError) as raised:
            TDClient(apikey="", base_url=self.venue.url).price(symbol="TQQQ").as_json()
        self.assertIn("**apikey**", str(raised.exception))

    def test_the_ninth_credit_of_a_minute_is_refused_and_the_next_minute_is_not(self):
        self.venue.advance(MINUTE)
        for _ in range(CREDITS):
            self.client.price(symbol="TQQQ").as_json()
        with self.assertRaises(TwelveDataError) as raised:
            self.client.price(symbol="TQQQ").as_json()
        self.assertIn("9 API credits were used", str(raised.exception))
        self.venue.advance(MINUTE)
        self.client.price(symbol="TQQQ").as_json()

    def test_an_error_under_http_200_is_an_error(self):
        self.venue.fault("errors-as-200@twelve-data")
        with self.assertRaises(TwelveDataError) as raised:
            self.client.price(symbol="ZZZZQX").as_json()
        self.assertIn("**symbol**", str(raised.exception))

    def test_a_vendor_that_is_down_says_so(self):
        self.venue.fault("5xx=500@twelve-data*1")
        with self.assertRaises(InternalServerError):
            self.client.price(symbol="TQQQ").as_json()


if __name__ == "__main__":
    unittest.main()
