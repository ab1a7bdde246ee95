"""vectorbt: averages by pandas, the portfolio by Portfolio.from_signals."""

import sys

import pandas as pd
import vectorbt as vbt


def run(path, fast=10, slow=20, warmup=20):
    bars = pd.read_csv(path)
    close = bars["close"]
    quick = close.ewm(span=fast, adjust=False).mean()
    slow_average = close.ewm(span=slow, adjust=False).mean()
    warm = bars.index >= warmup
    buy = (close > quick) & (quick > slow_average) & warm
    sell = (close < quick) & (quick < slow_average) & warm
    # Decided at a close, filled at the next open.
    portfolio = vbt.Portfolio.from_signals(
        close,
        buy.shift(1, fill_value=False),
        sell.shift(1, fill_value=False),
        price=bars["open"],
        init_cash=100_000.0,
        freq="1h",
    )
    return int(portfolio.trades.closed.count()), float(portfolio.final_value())


if __name__ == "__main__":
    print(*run(sys.argv[1]))
