"""Synthetic bars on the exchange's own sessions, from a seed: the same file for every peer.

`hours(tqqq, path, count)` and `minutes(...)` write `timestamp,open,high,low,close,volume`. Sessions
come from `tqqq calendar --json`, prices from a random walk with regimes. Nothing but the standard
library.
"""

import json
import random
import subprocess
from datetime import datetime, timedelta

FIRST, LAST = "2000-01-03", "2021-12-31"
SEED = 6
BARS_A_REGIME = 400


def sessions(tqqq):
    """(open, close) of every session, as naive New York readings, with the date's offset."""
    shown = subprocess.run(
        [tqqq, "calendar", "--from", FIRST, "--to", LAST, "--json"],
        check=True, capture_output=True, text=True,
    )
    for day in json.loads(shown.stdout)["sessions"]:
        reading = lambda time: datetime.fromisoformat(f"{day['date']}T{time}")
        yield reading(day["open"]), reading(day["close"])


def offset(day):
    """New York's offset by the rules of 1987 to 2006 and from 2007 on, for times in a session."""
    sunday = lambda month, nth: nth_sunday(day.year, month, nth)
    if day.year >= 2007:
        summer = sunday(3, 2) <= day.date() < sunday(11, 1)
    else:
        summer = sunday(4, 1) <= day.date() < last_sunday(day.year, 10)
    return "-04:00" if summer else "-05:00"


def nth_sunday(year, month, nth):
    first = datetime(year, month, 1)
    return (first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))).date()


def last_sunday(year, month):
    last = datetime(year, month + 1, 1) - timedelta(days=1)
    return (last - timedelta(days=(last.weekday() + 1) % 7)).date()


def write(tqqq, path, count, step):
    draw = random.Random(SEED).random
    price, drift, written = 50.0, 0.0, 0
    size = 0.03 * (step / 60) ** 0.5
    with open(path, "w", encoding="ascii") as out:
        out.write("timestamp,open,high,low,close,volume\n")
        for begin, end in sessions(tqqq):
            zone = offset(begin)
            at = begin
            while at < end:
                if written == count:
                    return
                if written % BARS_A_REGIME == 0:
                    drift = (draw() - 0.5) * size / 15
                bar_open = round(price, 2)
                # Drawn back to 50 dollars, so that a million bars neither vanish nor explode.
                price *= 1 + drift + (draw() - 0.5) * size - 0.0005 * (price / 50 - 1)
                close = round(price, 2)
                high, low = max(bar_open, close), min(bar_open, close)
                out.write(f"{at.isoformat()}{zone},{bar_open:.2f},{high:.2f},{low:.2f},{close:.2f},1000\n")
                written += 1
                at += timedelta(minutes=step)
    raise SystemExit(f"only {written} bars from {FIRST} to {LAST}, not {count}")


def hours(tqqq, path, count):
    write(tqqq, path, count, 60)


def minutes(tqqq, path, count):
    write(tqqq, path, count, 1)
