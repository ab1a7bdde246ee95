"""nautilus_trader: its low-level engine with a cash account.

Its exchange fills a market order at the close it was decided on, in whole shares, and two percent of
the cash are kept back for the difference: its equity is near that of the others, not equal.
"""

import sys
from decimal import Decimal

import pandas as pd
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.objects import Money
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy


class Crossover(Strategy):
    def __init__(self, instrument, bar_type, fast=10, slow=20, warmup=20):
        super().__init__()
        self.instrument, self.bar_type = instrument, bar_type
        self.fast, self.slow, self.warmup = fast, slow, warmup
        self.quick = self.slow_average = None
        self.seen = self.sold = 0

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        close = float(bar.close)
        blend = lambda span, old: close if old is None else 2 / (span + 1) * close + (1 - 2 / (span + 1)) * old
        self.quick = blend(self.fast, self.quick)
        self.slow_average = blend(self.slow, self.slow_average)
        self.seen += 1
        if self.seen <= self.warmup:
            return
        holding = self.portfolio.is_net_long(self.instrument.id)
        if close > self.quick > self.slow_average and not holding:
            cash = float(self.portfolio.account(self.instrument.id.venue).balance_free(USD))
            self.order(OrderSide.BUY, int(cash * 0.98 / close))
        elif close < self.quick < self.slow_average and holding:
            self.sold += 1
            self.order(OrderSide.SELL, self.portfolio.net_position(self.instrument.id))

    def order(self, side, quantity):
        quantity = self.instrument.make_qty(Decimal(quantity))
        self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))


def run(path):
    instrument = TestInstrumentProvider.equity(symbol="BARS", venue="XNAS")
    bar_type = BarType.from_str(f"{instrument.id}-1-HOUR-LAST-EXTERNAL")
    bars = pd.read_csv(path)
    bars.index = pd.to_datetime(bars.pop("timestamp"), utc=True)
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(log_level="ERROR")))
    engine.add_venue(Venue("XNAS"), OmsType.NETTING, AccountType.CASH, [Money(100_000, USD)], USD)
    engine.add_instrument(instrument)
    engine.add_data(BarDataWrangler(bar_type, instrument).process(bars))
    strategy = Crossover(instrument, bar_type)
    engine.add_strategy(strategy)
    engine.run()
    account = engine.portfolio.account(Venue("XNAS"))
    held = engine.portfolio.net_position(instrument.id)
    return strategy.sold, float(account.balance_total(USD)) + float(held) * float(bars["close"].iloc[-1])


if __name__ == "__main__":
    print(*run(sys.argv[1]))
