"""Every slot's signal from a file of 30-minute bars, by the rules alone.

An independent second opinion: standard library only, and it shares no code, table or constant with
the program it checks.

    python3 tests/reference/signals.py BARS.csv

BARS.csv holds `timestamp,open,high,low,close[,volume]` with an offset in every timestamp, regular
session only. For every 30-minute bar the slot is the bar's start. One JSON line a slot goes to
stdout:

    {"slot": "2025-05-12T09:30-04:00", "state": "warmup", "price": "34.31", "fast": null, "slow": null}

Rules: hours are anchored at 09:30 New York, 60 minutes long, and the last of a day ends with the
day's last bar. The averages see the newest 230 hours (or all, when fewer) that ended by the slot,
seeded with the first close among them. Fewer than 200 closed hours are a warm-up. The price is the
open of the bar that starts at the slot. Bullish: price > EMA10 > EMA20; bearish: price < EMA10 <
EMA20; anything else is neutral.
"""

import csv
import json
import sys
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
SESSION_OPEN = time(9, 30)
BAR = timedelta(minutes=30)
HOUR = timedelta(minutes=60)
FAST, SLOW = 10, 20
WARMUP_HOURS = 200
WINDOW_HOURS = 230


def read_bars(path):
    """The bars as (start in New York, open text, close text), oldest first."""
    with open(path, newline="", encoding="utf-8") as lines:
        bars = []
        for row in csv.DictReader(lines):
            start = datetime.fromisoformat(row["timestamp"])
            if start.tzinfo is None:
                sys.exit(f"{path}: {row['timestamp']} has no offset")
            bars.append((start.astimezone(NEW_YORK), row["open"], row["close"]))
    bars.sort(key=lambda bar: bar[0])
    return bars


def hour_start(start):
    """The start of the session hour in which a bar lies."""
    opened = datetime.combine(start.date(), SESSION_OPEN, tzinfo=NEW_YORK)
    return opened + (start - opened) // HOUR * HOUR


def build_hours(bars):
    """The hours as (end, close), oldest first; an hour ends with the last bar it has."""
    hours = {}
    for start, _, close in bars:
        hours[hour_start(start)] = (start + BAR, float(close))
    return [hours[start] for start in sorted(hours)]


def ema(closes, span):
    """a*x + (1-a)*previous with a = 2/(span+1), seeded with the first close."""
    alpha = 2.0 / (span + 1.0)
    value = closes[0]
    for close in closes[1:]:
        value = alpha * close + (1.0 - alpha) * value
    return value


def signal(price, fast, slow):
    """The state of one slot after the warm-up."""
    if price > fast > slow:
        return "bullish"
    if price < fast < slow:
        return "bearish"
    return "neutral"


def slots(bars):
    """One record a bar."""
    hours = build_hours(bars)
    closed = 0
    for start, price, _ in bars:
        while closed < len(hours) and hours[closed][0] <= start:
            closed += 1
        record = {
            "slot": start.isoformat(timespec="minutes"),
            "state": "warmup",
            "price": price,
            "fast": None,
            "slow": None,
        }
        if closed >= WARMUP_HOURS:
            closes = [close for _, close in hours[max(0, closed - WINDOW_HOURS) : closed]]
            fast, slow = ema(closes, FAST), ema(closes, SLOW)
            record["state"] = signal(float(price), fast, slow)
            record["fast"], record["slow"] = fast, slow
        yield record


def main():
    """Reads the file named on the command line and prints its slots."""
    if len(sys.argv) != 2:
        sys.exit("usage: signals.py BARS.csv")
    for record in slots(read_bars(sys.argv[1])):
        print(json.dumps(record))


if __name__ == "__main__":
    main()
