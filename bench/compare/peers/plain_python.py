"""A loop in plain Python over csv: what anybody would write first."""

import csv
import sys


def run(path, fast=10, slow=20, warmup=20):
    rise, drop = 2 / (fast + 1), 2 / (slow + 1)
    cash, shares, trades, pending = 100_000.0, 0.0, 0, None
    quick = slow_average = None
    close = 0.0
    with open(path, newline="", encoding="ascii") as source:
        for at, row in enumerate(csv.DictReader(source)):
            bar_open, close = float(row["open"]), float(row["close"])
            if pending == "buy" and shares == 0:
                shares, cash = cash / bar_open, 0.0
            elif pending == "sell" and shares > 0:
                cash, shares, trades = shares * bar_open, 0.0, trades + 1
            quick = close if quick is None else rise * close + (1 - rise) * quick
            slow_average = close if slow_average is None else drop * close + (1 - drop) * slow_average
            pending = None
            if at >= warmup:
                if close > quick > slow_average:
                    pending = "buy"
                elif close < quick < slow_average:
                    pending = "sell"
    return trades, cash + shares * close


if __name__ == "__main__":
    print(*run(sys.argv[1]))
