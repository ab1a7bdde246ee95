"""alpaca-py reads bars, trades and quotes, and they are those that the venue plays."""

import unittest
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.data.requests import (
    StockBarsRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

from prices import HALF_HOUR, NEW_YORK, merged
from venue import VenueCase

HALF_HOURS = TimeFrame(30, TimeFrameUnit.Minute)


class DataCase(VenueCase):
    """A client of the data face, two days and some after the start."""

    def setUp(self):
        super().setUp()
        self.client = StockHistoricalDataClient("key", "secret", url_override=self.venue.url)
        self.start = self.venue.now() - timedelta(days=30)
        self.now = self.venue.advance(timedelta(days=2, hours=2, minutes=10))

    def bars(self, timeframe=HALF_HOURS, **fields):
        """The bars of TQQQ from the start on."""
        request = {"symbol_or_symbols": "TQQQ", "start": self.start} | fields
        request = StockBarsRequest(timeframe=timeframe, **request)
        return self.client.get_stock_bars(request).data.get("TQQQ", [])

    def halves(self):
        """The half hours that such a call shows, the last one as far as it has traded."""
        return [bar for bar in self.prices.seen(self.now) if bar.start >= self.start]

    def assert_same_prices(self, bars, expected):
        """Compares moments and prices."""
        self.assertEqual([row(bar) for bar in bars], [row(bar) for bar in expected])


def row(bar):
    """Moment and prices, of either side."""
    moment = bar.timestamp if hasattr(bar, "timestamp") else bar.start
    prices = [Decimal(str(price)) for price in (bar.open, bar.high, bar.low, bar.close)]
    return (moment.astimezone(timezone.utc), *prices)


def midnight(day):
    """The first moment of New York's day."""
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)


class Bars(DataCase):
    def test_half_hours_are_the_venue_s_bars_and_the_last_one_is_forming(self):
        bars = self.bars(feed=DataFeed.IEX, adjustment=Adjustment.SPLIT)
        self.assert_same_prices(bars, self.halves())
        self.assertLess(self.now, bars[-1].timestamp + HALF_HOUR)

    def test_the_whole_tape_has_the_whole_volume(self):
        end = self.now - HALF_HOUR
        bars = self.bars(feed=DataFeed.SIP, end=end)
        expected = [bar for bar in self.halves() if bar.start <= end]
        self.assert_same_prices(bars, expected)
        self.assertEqual([bar.volume for bar in bars], [bar.volume for bar in expected])

    def test_the_newest_quarter_of_an_hour_of_the_tape_is_not_in_the_free_plan(self):
        with self.assertRaises(APIError) as raised:
            self.bars(feed=DataFeed.SIP)
        self.assertEqual(raised.exception.status_code, 403)
        message = "subscription does not permit querying recent SIP data"
        self.assertEqual(raised.exception.message, message)

    def test_hours_begin_on_the_clock_hour_and_not_with_the_session(self):
        bars = self.bars(TimeFrame.Hour)
        self.assert_same_prices(bars, self.prices.clock_hours(self.halves()))
        self.assertEqual({bar.timestamp.minute for bar in bars}, {0})

    def test_days_are_whole_sessions_under_new_york_s_midnight(self):
        bars = self.bars(TimeFrame.Day, start=self.start.replace(hour=0))
        days = self.prices.days(self.halves())
        expected = [merged(midnight(day), halves) for day, halves in days.items()]
        self.assertGreater(len(bars), 20)
        self.assert_same_prices(bars, expected[-len(bars):])

    def test_newest_first_and_a_limit(self):
        bars = self.bars(sort=Sort.DESC, limit=4)
        self.assert_same_prices(bars, reversed(self.halves()[-4:]))

    def test_an_unknown_symbol_has_no_bars(self):
        self.assertEqual(self.bars(symbol_or_symbols="ZZZZQX"), [])

    def test_bars_make_a_data_frame(self):
        request = StockBarsRequest(
            symbol_or_symbols=["TQQQ", "QQQ"], timeframe=HALF_HOURS, start=self.start
        )
        frame = self.client.get_stock_bars(request).df.loc["TQQQ"]
        closes = [Decimal(str(close)) for close in frame["close"]]
        self.assertEqual(closes, [bar.close for bar in self.halves()])


class Latest(DataCase):
    def test_the_latest_trade_is_the_path_s_newest(self):
        request = StockLatestTradeRequest(symbol_or_symbols=["TQQQ", "ZZZZQX"])
        trades = self.client.get_stock_latest_trade(request)
        self.assertEqual(list(trades), ["TQQQ"])
        moment, price = self.prices.last_trade(self.now)
        self.assertEqual(trades["TQQQ"].timestamp, moment)
        self.assertEqual(Decimal(str(trades["TQQQ"].price)), price)

    def test_the_latest_quote_stands_around_it(self):
        request = StockLatestQuoteRequest(symbol_or_symbols="TQQQ", feed=DataFeed.IEX)
        quote = self.client.get_stock_latest_quote(request)["TQQQ"]
        self.assertEqual(Decimal(str(quote.bid_price)), self.prices.bid(self.now))
        self.assertEqual(Decimal(str(quote.ask_price)), self.prices.ask(self.now))
        self.assertEqual(quote.timestamp, self.prices.last_trade(self.now)[0])


if __name__ == "__main__":
    unittest.main()
