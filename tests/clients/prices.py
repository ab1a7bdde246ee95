"""What the market does, told from the bars alone: an oracle that shares no code with the venue.

A bar trades four times: its open at its start; its low and high, the low first when it closes at or
above its open, after a third and two thirds of its span; its close one second before its end. The
quote lies a basis point on either side of the last trade, to four decimals, away from the taker.
"""

import csv
import subprocess
import tempfile
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
HALF_HOUR = timedelta(minutes=30)
HALF_SPREAD = Decimal("0.0001")
QUOTE_STEP = Decimal("0.0001")
SHARE_STEP = Decimal("0.000000001")


@dataclass(frozen=True)
class Bar:
    """Half an hour, or what is made of several."""

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int | None

    def seen(self, at):
        """What has traded by then, its volume left out; `None` before the first trade."""
        if self.start + HALF_HOUR <= at:
            return self
        prices = [price for moment, price in self.trades() if moment <= at]
        if not prices:
            return None
        return Bar(self.start, prices[0], max(prices), min(prices), prices[-1], volume=None)

    def trades(self):
        """Its four trades: moments and prices."""
        rises = self.close >= self.open
        first, second = (self.low, self.high) if rises else (self.high, self.low)
        return [
            (self.start, self.open),
            (self.start + HALF_HOUR / 3, first),
            (self.start + HALF_HOUR * 2 / 3, second),
            (self.start + HALF_HOUR - timedelta(seconds=1), self.close),
        ]


def merged(start, bars):
    """One bar of several, under a start of its own."""
    return Bar(
        start=start,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        close=bars[-1].close,
        volume=None if bars[-1].volume is None else sum(bar.volume for bar in bars),
    )


class Prices:
    """Half hours of regular sessions, oldest first."""

    def __init__(self, bars):
        self.bars = bars
        self.trades = [trade for bar in bars for trade in bar.trades()]

    @classmethod
    def exported(cls, program, seed):
        """The bars that a venue of this seed plays, as the program writes them into a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bars.csv"
            command = [program, "venue", "--seed", seed, "--export", str(path)]
            subprocess.run(command, check=True, cwd=folder)
            with path.open(newline="") as file:
                return cls([cls.bar(row) for row in csv.DictReader(file)])

    @staticmethod
    def bar(row):
        """One line of the file."""
        numbers = {name: Decimal(row[name]) for name in ("open", "high", "low", "close")}
        start = datetime.fromisoformat(row["timestamp"])
        return Bar(start=start, volume=int(row["volume"]), **numbers)

    def last_trade(self, at):
        """Moment and price of the newest trade."""
        newest = bisect_right(self.trades, at, key=lambda trade: trade[0])
        return self.trades[newest - 1]

    def price(self, at):
        """What it last traded at."""
        return self.last_trade(at)[1]

    def bid(self, at):
        """What a seller gets."""
        return (self.price(at) * (1 - HALF_SPREAD)).quantize(QUOTE_STEP, ROUND_FLOOR)

    def ask(self, at):
        """What a buyer pays."""
        return (self.price(at) * (1 + HALF_SPREAD)).quantize(QUOTE_STEP, ROUND_CEILING)

    def seen(self, at):
        """The bars by then, the last one as far as it has traded."""
        bars = (bar.seen(at) for bar in self.bars)
        return [bar for bar in bars if bar]

    def closed(self, at):
        """The bars whose end has passed."""
        return [bar for bar in self.bars if bar.start + HALF_HOUR <= at]

    @staticmethod
    def day(moment):
        """New York's date."""
        return moment.astimezone(NEW_YORK).date()

    def days(self, bars):
        """Half hours by New York's date."""
        by_day = {}
        for bar in bars:
            by_day.setdefault(self.day(bar.start), []).append(bar)
        return by_day

    def session_hours(self, bars):
        """Hours counted from the open; the last one of a full session has one half alone."""
        hours = []
        for halves in self.days(bars).values():
            pairs = [halves[place : place + 2] for place in range(0, len(halves), 2)]
            hours += [merged(pair[0].start, pair) for pair in pairs]
        return hours

    def clock_hours(self, bars):
        """Hours of the clock; that of the open has its second half alone."""
        by_hour = {}
        for bar in bars:
            by_hour.setdefault(bar.start.replace(minute=0), []).append(bar)
        return [merged(start, halves) for start, halves in by_hour.items()]
