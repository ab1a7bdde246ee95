"""backtrader: its own event loop and broker, market orders at the next open."""

import sys

import backtrader as bt
import pandas as pd


class Crossover(bt.Strategy):
    params = dict(fast=10, slow=20, warmup=20)

    def __init__(self):
        # backtrader seeds its EMA with a simple mean; ours begins at the first close.
        self.quick = self.slow_average = None
        self.closed = 0

    def notify_trade(self, trade):
        self.closed += trade.isclosed

    def next(self):
        close = self.data.close[0]
        blend = lambda span, old: close if old is None else 2 / (span + 1) * close + (1 - 2 / (span + 1)) * old
        self.quick = blend(self.p.fast, self.quick)
        self.slow_average = blend(self.p.slow, self.slow_average)
        if len(self) <= self.p.warmup:
            return
        if close > self.quick > self.slow_average and not self.position:
            self.buy(size=self.broker.get_cash() / self.data.open[1] if len(self.data) < self.data.buflen() else 0)
        elif close < self.quick < self.slow_average and self.position:
            self.close()


def run(path):
    bars = pd.read_csv(path)
    bars.index = pd.to_datetime(bars.pop("timestamp"), utc=True).dt.tz_localize(None)
    engine = bt.Cerebro(stdstats=False)
    engine.broker.set_cash(100_000.0)
    engine.broker.set_checksubmit(False)
    engine.adddata(bt.feeds.PandasData(dataname=bars))
    engine.addstrategy(Crossover)
    (strategy,) = engine.run()
    return strategy.closed, engine.broker.get_value()


if __name__ == "__main__":
    print(*run(sys.argv[1]))
