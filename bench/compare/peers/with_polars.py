"""Polars for reading and averages, a loop over its columns for the position."""

import sys

import polars as pl


def run(path, fast=10, slow=20, warmup=20):
    average = lambda span: pl.col("close").ewm_mean(span=span, adjust=False)
    bars = pl.read_csv(path, columns=["open", "close"]).with_columns(
        quick=average(fast), slow=average(slow)
    )
    up = (pl.col("close") > pl.col("quick")) & (pl.col("quick") > pl.col("slow"))
    down = (pl.col("close") < pl.col("quick")) & (pl.col("quick") < pl.col("slow"))
    bars = bars.with_columns(signal=up.cast(pl.Int8) - down.cast(pl.Int8))
    opens, closes, signals = (bars[name].to_list() for name in ("open", "close", "signal"))
    cash, shares, trades = 100_000.0, 0.0, 0
    for at in range(warmup + 1, len(opens)):
        signal = signals[at - 1]
        if signal > 0 and shares == 0:
            shares, cash = cash / opens[at], 0.0
        elif signal < 0 and shares > 0:
            cash, shares, trades = shares * opens[at], 0.0, trades + 1
    return trades, cash + shares * closes[-1]


if __name__ == "__main__":
    print(*run(sys.argv[1]))
