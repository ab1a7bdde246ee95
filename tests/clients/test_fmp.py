"""fmp-data reads the venue, and what it reads is what the venue plays."""

import logging
import unittest
from datetime import timedelta
from decimal import Decimal

from fmp_data import FMPDataClient
from fmp_data.exceptions import AuthenticationError, FMPError, RateLimitError

from prices import NEW_YORK
from venue import VenueCase

# The package tells of every client it opens and of every error it raises.
logging.disable(logging.CRITICAL)


class FmpCase(VenueCase):
    """A client of the face, two days and some after the start."""

    def setUp(self):
        super().setUp()
        self.client = FMPDataClient(api_key="demo", base_url=self.venue.url, max_retries=1)
        self.addCleanup(self.client.close)
        self.now = self.venue.advance(timedelta(days=2, hours=2, minutes=10))


def row(price):
    """Moment and prices as the package parsed them; the text has no zone."""
    moment = price.date.replace(tzinfo=NEW_YORK)
    return moment, *(Decimal(str(p)) for p in (price.open, price.high, price.low, price.close))


def expected(bar):
    """The same of a bar."""
    return bar.start, bar.open, bar.high, bar.low, bar.close


class Charts(FmpCase):
    def test_hours_come_newest_first_and_the_newest_is_forming(self):
        rows = self.client.company.get_intraday_prices("TQQQ", interval="1hour")
        self.assertGreater(len(rows), 200)
        hours = self.prices.session_hours(self.prices.seen(self.now))[-len(rows) :]
        hours.reverse()
        self.assertEqual([row(price) for price in rows], [expected(hour) for hour in hours])
        volumes = [price.volume for price in rows[1:]]
        self.assertEqual(volumes, [hour.volume for hour in hours[1:]])
        self.assertLess(self.now, row(rows[0])[0] + timedelta(hours=1))

    def test_a_range_of_days_holds_both(self):
        days = list(self.prices.days(self.prices.bars).items())[3:6]
        rows = self.client.company.get_intraday_prices(
            "TQQQ", interval="30min", from_date=days[0][0], to_date=days[-1][0], nonadjusted=True
        )
        halves = [half for _, day in days for half in day]
        self.assertEqual([row(p) for p in rows], [expected(half) for half in reversed(halves)])

    def test_an_unknown_symbol_has_no_rows_nor_has_an_interval_that_is_not_served(self):
        for symbol, interval in [("ZZZZQX", "1hour"), ("TQQQ", "4hour")]:
            with self.subTest(symbol=symbol, interval=interval):
                rows = self.client.company.get_intraday_prices(symbol, interval=interval)
                self.assertEqual(rows, [])


class Quotes(FmpCase):
    def test_the_quote_is_the_session_so_far(self):
        quote = self.client.company.get_quote("TQQQ")
        [*_, before, today] = self.prices.days(self.prices.seen(self.now)).values()
        price, previous = self.prices.price(self.now), before[-1].close
        self.assertEqual(quote.symbol, "TQQQ")
        for field, value in [
            ("price", price),
            ("open_price", today[0].open),
            ("previous_close", previous),
            ("change", price - previous),
            ("change_percentage", round((price - previous) / previous * 100, 5)),
        ]:
            with self.subTest(field=field):
                self.assertEqual(Decimal(str(getattr(quote, field))), value)
        self.assertEqual(quote.timestamp, self.prices.last_trade(self.now)[0])

    def test_the_short_quote_says_the_same(self):
        quote = self.client.company.get_quote("TQQQ")
        short = self.client.company.get_simple_quote("TQQQ")
        self.assertEqual((short.symbol, short.price), ("TQQQ", quote.price))
        self.assertEqual((short.change, short.volume), (quote.change, quote.volume))

    def test_an_unknown_symbol_has_no_quote(self):
        with self.assertRaises(ValueError):
            self.client.company.get_quote("ZZZZQX")

    def test_several_quotes_leave_the_unknown_out(self):
        quotes = self.client.batch.get_quotes(["TQQQ", "ZZZZQX"])
        [quote] = quotes
        self.assertEqual(Decimal(str(quote.price)), self.prices.price(self.now))


class Errors(FmpCase):
    def test_refusals_come_in_the_package_s_own_kinds(self):
        for fault, kind in [
            ("401@fmp*1", AuthenticationError),
            ("402@fmp*1", FMPError),
            ("429@fmp*1", RateLimitError),
        ]:
            with self.subTest(fault=fault):
                self.venue.fault(fault)
                with self.assertRaises(kind) as raised:
                    self.client.company.get_quote("TQQQ")
                self.assertEqual(str(raised.exception.status_code), fault[:3])

    def test_an_error_under_http_200_is_an_error(self):
        self.venue.fault("errors-as-200@fmp")
        self.venue.fault("401@fmp*1")
        with self.assertRaises(FMPError) as raised:
            self.client.company.get_quote("TQQQ")
        self.assertIn("Invalid API KEY", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
