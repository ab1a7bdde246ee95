"""alpaca-py hears on `/stream` what becomes of its orders."""

import queue
import threading
import unittest
from decimal import Decimal

from alpaca.trading.enums import OrderSide, TradeEvent
from alpaca.trading.stream import TradingStream

from test_alpaca_trading import FILL_DELAY, TradingCase
from venue import TO_FILL

# Longest wait for a message that must come, in seconds.
PATIENCE_S = 30


class Stream(TradingStream):
    """One that tells when the venue has begun to tell."""

    def __init__(self, url):
        address = url.replace("http://", "ws://") + "/stream"
        super().__init__("key", "secret", paper=True, url_override=address)
        self.updates = queue.Queue()
        self.is_listening = threading.Event()
        self.subscribe_trade_updates(self.keep)

    async def keep(self, update):
        """Puts an update where the test finds it."""
        self.updates.put(update)

    async def _dispatch(self, msg):
        if msg.get("stream") == "listening":
            self.is_listening.set()
        await super()._dispatch(msg)

    def until(self, event):
        """The updates up to one of that event."""
        seen = []
        while not seen or seen[-1].event != event:
            seen.append(self.updates.get(timeout=PATIENCE_S))
        return seen


class Updates(TradingCase):
    def setUp(self):
        super().setUp()
        self.stream = Stream(self.venue.url)
        self.thread = threading.Thread(target=self.stream.run, daemon=True)
        self.thread.start()
        self.addCleanup(self.end)
        self.assertTrue(self.stream.is_listening.wait(PATIENCE_S), "never told to listen")

    def end(self):
        """Stops the stream, which looks up only when something comes."""
        self.stream.stop()
        self.limit_order(qty=1, limit=5)
        self.thread.join(PATIENCE_S)
        self.assertFalse(self.thread.is_alive())

    def test_a_market_order_is_told_from_its_arrival_to_its_fill(self):
        ask = self.prices.ask(self.venue.now() + FILL_DELAY)
        order = self.filled(self.order(qty=100))
        updates = self.stream.until(TradeEvent.FILL)
        first, *_, last = updates
        self.assertEqual((first.event, first.order.status), ("pending_new", "pending_new"))
        self.assertEqual(updates[1].event, TradeEvent.NEW)
        self.assertEqual({update.order.id for update in updates}, {order.id})
        self.assertEqual(last.order, order)
        self.assertEqual(last.timestamp, order.filled_at)
        fills = [update for update in updates if update.price is not None]
        self.assertEqual({Decimal(str(fill.price)) for fill in fills}, {ask})
        self.assertEqual(sum(fill.qty for fill in fills), 100)
        self.assertEqual(last.position_qty, 100)

    def test_a_cancel_is_told_before_and_after_it_is_done(self):
        order = self.limit_order(qty=3, limit=10)
        self.venue.advance(TO_FILL)
        self.client.cancel_order_by_id(order.id)
        self.venue.advance(TO_FILL)
        told = [update.event for update in self.stream.until(TradeEvent.CANCELED)]
        self.assertEqual(told, ["pending_new", "new", "pending_cancel", "canceled"])

    def test_a_closing_order_leaves_nothing_held(self):
        self.filled(self.order(qty=10))
        self.stream.until(TradeEvent.FILL)
        self.client.close_position("TQQQ")
        self.venue.advance(TO_FILL)
        last = self.stream.until(TradeEvent.FILL)[-1]
        self.assertEqual((last.order.side, last.position_qty), (OrderSide.SELL, 0))


if __name__ == "__main__":
    unittest.main()
