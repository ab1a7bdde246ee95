"""backtesting.py: market orders at the next open; whole units of a tenth of a thousandth share."""

import sys
import warnings

import pandas as pd
from backtesting import Backtest, Strategy

UNIT = 10_000


def average(values, span):
    return pd.Series(values).ewm(span=span, adjust=False).mean()


class Crossover(Strategy):
    fast, slow, warmup = 10, 20, 20

    def init(self):
        self.quick = self.I(average, self.data.Close, self.fast)
        self.slow_average = self.I(average, self.data.Close, self.slow)

    def next(self):
        if len(self.data) <= self.warmup:
            return
        close, quick, slow = self.data.Close[-1], self.quick[-1], self.slow_average[-1]
        if close > quick > slow and not self.position:
            self.buy()
        elif close < quick < slow and self.position:
            self.position.close()


def run(path):
    bars = pd.read_csv(path).rename(columns=str.capitalize)
    bars[["Open", "High", "Low", "Close"]] /= UNIT
    warnings.simplefilter("ignore")
    result = Backtest(bars, Crossover, cash=100_000.0, finalize_trades=False).run()
    return len(result["_trades"]), float(result["Equity Final [$]"])


if __name__ == "__main__":
    print(*run(sys.argv[1]))
