"""alpaca-py trades on the venue, and every number it parses is the model's."""

import unittest
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from uuid import uuid4

from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    AccountStatus,
    AssetClass,
    AssetExchange,
    AssetStatus,
    OrderSide,
    OrderStatus,
    PositionSide,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.models import FailedClosePositionDetails, Order
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetCalendarRequest,
    GetOrdersRequest,
    GetPortfolioHistoryRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
)

from prices import NEW_YORK, SHARE_STEP
from venue import TO_FILL, VenueCase

# From an order's arrival to the first look at it.
FILL_DELAY = timedelta(milliseconds=50)


class TradingCase(VenueCase):
    """A client of the trading face."""

    def setUp(self):
        super().setUp()
        self.client = TradingClient("key", "secret", paper=True, url_override=self.venue.url)
        self.client._retry_wait = 0.01

    def order(self, side=OrderSide.BUY, **fields):
        """A market order for the day."""
        request = {"symbol": "TQQQ", "time_in_force": TimeInForce.DAY} | fields
        return self.client.submit_order(MarketOrderRequest(side=side, **request))

    def limit_order(self, limit, side=OrderSide.BUY, **fields):
        """A limit order for the day."""
        request = {"symbol": "TQQQ", "time_in_force": TimeInForce.DAY} | fields
        request = LimitOrderRequest(side=side, limit_price=limit, **request)
        return self.client.submit_order(request)

    def filled(self, order):
        """The order once it is filled."""
        self.venue.advance(TO_FILL)
        order = self.client.get_order_by_id(order.id)
        self.assertEqual(order.status, OrderStatus.FILLED)
        return order

    def refused(self, status, code, message):
        """Expects the error of such a body."""
        return Refused(self, status, code, message)


class Refused:
    """A block that ends with an error of the broker."""

    def __init__(self, case, *expected):
        self.case, self.expected = case, expected

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        self.case.assertIsInstance(error, APIError, "nothing was refused")
        self.case.assertEqual((error.status_code, error.code, error.message), self.expected)
        return True


class Account(TradingCase):
    def test_the_account_is_the_one_that_control_shows(self):
        account, model = self.client.get_account(), self.venue.account()
        self.assertEqual(str(account.id), model["id"])
        self.assertEqual(account.status, AccountStatus.ACTIVE)
        self.assertEqual(Decimal(account.cash), model["cash"])
        self.assertEqual(Decimal(account.equity), model["equity"])
        self.assertEqual(Decimal(account.buying_power), model["cash"])
        self.assertEqual(account.multiplier, "1")
        self.assertEqual(account.currency, "USD")
        self.assertEqual((account.trading_blocked, account.account_blocked), (False, False))
        # Removed by the broker on 2026-07-06.
        self.assertIsNone(account.pattern_day_trader)
        self.assertIsNone(account.daytrade_count)

    def test_the_account_follows_a_deposit(self):
        self.venue.control("transfer", {"amount": "1000.50"})
        account = self.client.get_account()
        self.assertEqual(Decimal(account.cash), Decimal("101000.50"))
        self.assertEqual(Decimal(account.equity), self.venue.account()["equity"])

    def test_the_removed_fields_come_back_where_the_venue_is_told_so(self):
        self.venue.fault("pdt-fields")
        account = self.client.get_account()
        self.assertIs(account.pattern_day_trader, False)
        self.assertEqual(account.daytrade_count, 0)

    def test_configurations_change_what_the_account_may_do(self):
        configuration = self.client.get_account_configurations()
        self.assertEqual(configuration.max_margin_multiplier, "1")
        self.assertTrue(configuration.no_shorting)
        configuration.max_margin_multiplier = "2"
        configuration.no_shorting = False
        changed = self.client.set_account_configurations(configuration)
        self.assertEqual(changed, configuration)
        self.assertEqual(self.client.get_account_configurations(), configuration)
        account = self.client.get_account()
        self.assertEqual(account.multiplier, "2")
        self.assertTrue(account.shorting_enabled)
        self.assertEqual(Decimal(account.buying_power), 2 * self.venue.account()["cash"])
        configuration.max_margin_multiplier = "3"
        with self.refused(422, 40010001, "invalid max_margin_multiplier 3"):
            self.client.set_account_configurations(configuration)


class Market(TradingCase):
    def test_the_clock_stands_where_the_venue_s_does(self):
        clock = self.client.get_clock()
        self.assertEqual(clock.timestamp, self.venue.now())
        self.assertTrue(clock.is_open)
        today = self.prices.day(clock.timestamp)
        self.assertEqual(clock.next_close, new_york(today, 16))
        evening = self.venue.advance_to(new_york(today, 20))
        clock = self.client.get_clock()
        self.assertEqual(clock.timestamp, evening)
        self.assertFalse(clock.is_open)
        tomorrow = self.prices.day(clock.next_open)
        self.assertEqual(clock.next_open, new_york(tomorrow, 9, 30))
        self.assertIn(tomorrow, self.prices.days(self.prices.bars))

    def test_the_calendar_knows_holidays_and_half_days(self):
        week = GetCalendarRequest(start=date(2024, 11, 25), end=date(2024, 11, 29))
        days = self.client.get_calendar(week)
        closes = {day.date.day: (day.open.hour, day.close.hour) for day in days}
        self.assertEqual(closes, {25: (9, 16), 26: (9, 16), 27: (9, 16), 29: (9, 13)})
        year = GetCalendarRequest(start=date(2024, 1, 1), end=date(2024, 12, 31))
        self.assertEqual(len(self.client.get_calendar(year)), 252)

    def test_an_asset_is_found_by_symbol_and_by_id(self):
        asset = self.client.get_asset("TQQQ")
        self.assertEqual(asset.symbol, "TQQQ")
        self.assertEqual(asset.asset_class, AssetClass.US_EQUITY)
        self.assertEqual(asset.exchange, AssetExchange.NASDAQ)
        self.assertEqual(asset.status, AssetStatus.ACTIVE)
        self.assertEqual((asset.tradable, asset.fractionable), (True, True))
        self.assertEqual(self.client.get_asset(asset.id), asset)
        with self.refused(404, 40410000, "asset not found for ZZZZQX"):
            self.client.get_asset("ZZZZQX")


class Orders(TradingCase):
    def test_a_market_order_waits_and_then_fills_at_the_quote(self):
        sent = self.venue.now()
        order = self.order(qty=100, client_order_id="mine-1")
        self.assertEqual(order.status, OrderStatus.PENDING_NEW)
        self.assertEqual((order.created_at, order.submitted_at), (sent, sent))
        self.assertEqual(Decimal(order.filled_qty), 0)
        self.assertIsNone(order.filled_avg_price)
        self.assertEqual(order.expires_at, new_york(self.prices.day(sent), 16))
        ask = self.prices.ask(sent + FILL_DELAY)
        filled = self.filled(order)
        self.assertEqual(Decimal(filled.qty), 100)
        self.assertEqual(Decimal(filled.filled_qty), 100)
        self.assertEqual(Decimal(filled.filled_avg_price), ask)
        self.assertEqual(filled.client_order_id, "mine-1")
        self.assertEqual(self.client.get_order_by_client_id("mine-1"), filled)
        cash = 100_000 - 100 * ask
        self.assertEqual(self.venue.account()["cash"], cash)
        account = self.client.get_account()
        self.assertEqual(Decimal(account.cash), cash)
        worth = 100 * self.prices.price(self.venue.now())
        self.assertEqual(Decimal(account.long_market_value), worth)
        self.assertEqual(Decimal(account.equity), cash + worth)

    def test_a_notional_order_has_no_quantity_and_buys_all_its_dollars_can(self):
        order = self.order(notional=12_345.67)
        self.assertEqual(Decimal(order.notional), Decimal("12345.67"))
        ask = self.prices.ask(self.venue.now() + FILL_DELAY)
        filled = self.filled(order)
        self.assertIsNone(filled.qty)
        shares = (Decimal("12345.67") / ask).quantize(SHARE_STEP, ROUND_FLOOR)
        # What a part leaves over is floored again, so that several parts may lose a step each.
        self.assertLessEqual(abs(Decimal(filled.filled_qty) - shares), 5 * SHARE_STEP)
        cash = self.venue.account()["cash"]
        self.assertEqual(cash, 100_000 - Decimal(filled.filled_qty) * ask)
        position = self.client.get_open_position("TQQQ")
        self.assertEqual(position.qty, filled.filled_qty)

    def test_a_limit_order_rests_until_it_is_canceled_and_takes_the_quote_when_it_may(self):
        order = self.limit_order(qty=5, limit=10.55, time_in_force=TimeInForce.GTC)
        self.venue.advance(TO_FILL)
        [open_order] = self.client.get_orders()
        self.assertEqual(open_order.id, order.id)
        self.assertEqual(open_order.status, OrderStatus.NEW)
        self.assertEqual(Decimal(open_order.limit_price), Decimal("10.55"))
        self.client.cancel_order_by_id(order.id)
        asked = self.client.get_order_by_id(order.id)
        self.assertEqual(asked.status, OrderStatus.PENDING_CANCEL)
        self.venue.advance(TO_FILL)
        canceled = self.client.get_order_by_id(order.id)
        self.assertEqual(canceled.status, OrderStatus.CANCELED)
        self.assertIsNotNone(canceled.canceled_at)
        self.assertEqual(self.client.get_orders(), [])
        ask = self.prices.ask(self.venue.now() + FILL_DELAY)
        filled = self.filled(self.limit_order(qty=5, limit=float(round(ask + 1, 2))))
        self.assertEqual(Decimal(filled.filled_avg_price), ask)

    def test_a_replaced_order_names_its_successor(self):
        order = self.limit_order(qty=5, limit=10)
        self.venue.advance(TO_FILL)
        change = ReplaceOrderRequest(qty=7, limit_price=11)
        successor = self.client.replace_order_by_id(order.id, change)
        self.assertNotEqual(successor.id, order.id)
        self.assertEqual(successor.replaces, order.id)
        self.assertEqual((Decimal(successor.qty), Decimal(successor.limit_price)), (7, 11))
        replaced = self.client.get_order_by_id(order.id)
        self.assertEqual(replaced.status, OrderStatus.REPLACED)
        self.assertEqual(replaced.replaced_by, successor.id)

    def test_a_client_order_id_is_taken_once_and_for_ever(self):
        first = self.order(qty=1, client_order_id="once")
        for _ in range(2):
            with self.refused(422, 40010001, "client_order_id must be unique"):
                self.order(qty=2, client_order_id="once")
            self.filled(first)
        self.assertEqual(self.client.get_order_by_client_id("once").id, first.id)
        self.assertEqual(len(self.client.get_orders(every_order())), 1)

    def test_what_is_not_there_is_not_found(self):
        unknown = uuid4()
        with self.refused(404, 40410000, f"order not found for {unknown}"):
            self.client.get_order_by_id(unknown)
        with self.refused(404, 40410000, "order not found for nobody"):
            self.client.get_order_by_client_id("nobody")
        with self.refused(404, 40410000, f"order not found for {unknown}"):
            self.client.cancel_order_by_id(unknown)

    def test_a_filled_order_cannot_be_canceled(self):
        order = self.filled(self.order(qty=1))
        with self.refused(422, 42210000, 'order is already in "filled" state'):
            self.client.cancel_order_by_id(order.id)

    def test_what_the_account_cannot_do_is_refused_with_the_broker_s_codes(self):
        with self.refused(403, 40310000, "insufficient buying power"):
            self.order(notional=100_000.01)
        with self.refused(403, 40310000, "account is not allowed to short"):
            self.order(side=OrderSide.SELL, qty=1)
        with self.refused(422, 40010001, "notional must be >= 1.00"):
            self.order(notional=0.5)
        with self.refused(422, 42210000, "fractional orders must be DAY orders"):
            self.order(qty=0.5, time_in_force=TimeInForce.GTC)
        with self.refused(404, 40410000, "asset not found for ZZZZQX"):
            self.order(qty=1, symbol="ZZZZQX")
        self.assertEqual(self.client.get_orders(every_order()), [])

    def test_orders_are_listed_by_status_side_symbol_window_and_limit(self):
        bought = self.filled(self.order(qty=3))
        between = self.venue.now()
        self.venue.advance(timedelta(seconds=1))
        sold = self.filled(self.order(side=OrderSide.SELL, qty=1))
        resting = self.limit_order(qty=1, limit=10)
        self.venue.advance(TO_FILL)
        for expected, asked in [
            ([resting, sold, bought], {"status": QueryOrderStatus.ALL}),
            ([resting], {"status": QueryOrderStatus.OPEN}),
            ([bought, sold], {"status": QueryOrderStatus.CLOSED, "direction": Sort.ASC}),
            ([sold], {"status": QueryOrderStatus.ALL, "side": OrderSide.SELL}),
            ([resting, sold], {"status": QueryOrderStatus.ALL, "after": between}),
            ([bought], {"status": QueryOrderStatus.ALL, "until": between}),
            ([resting], {"status": QueryOrderStatus.ALL, "limit": 1}),
            ([], {"status": QueryOrderStatus.ALL, "symbols": ["QQQ", "SPY"]}),
            ([resting], {"nested": True, "symbols": ["TQQQ", "QQQ"]}),
        ]:
            with self.subTest(asked=asked):
                orders = self.client.get_orders(GetOrdersRequest(**asked))
                self.assertEqual([order.id for order in orders], [order.id for order in expected])

    def test_all_open_orders_are_canceled_at_once(self):
        resting = [self.limit_order(qty=1, limit=limit) for limit in (10, 11)]
        self.venue.advance(TO_FILL)
        answers = self.client.cancel_orders()
        self.assertEqual({answer.id for answer in answers}, {order.id for order in resting})
        self.assertEqual([answer.status for answer in answers], [200, 200])
        self.venue.advance(TO_FILL)
        self.assertEqual(self.client.get_orders(), [])


class Positions(TradingCase):
    def test_a_position_is_what_was_bought_at_what_it_trades_at_now(self):
        self.assertEqual(self.client.get_all_positions(), [])
        with self.refused(404, 40410000, "position does not exist"):
            self.client.get_open_position("TQQQ")
        bought = self.filled(self.order(qty=10.5))
        self.venue.advance(timedelta(hours=2))
        position = self.client.get_open_position("TQQQ")
        entry, price = Decimal(bought.filled_avg_price), self.prices.price(self.venue.now())
        self.assertNotEqual(entry, price)
        self.assertEqual(position.side, PositionSide.LONG)
        self.assertEqual(position.exchange, AssetExchange.NASDAQ)
        shares = Decimal("10.5")
        for field, expected in [
            ("qty", shares),
            ("qty_available", shares),
            ("avg_entry_price", entry),
            ("current_price", price),
            ("market_value", shares * price),
            ("cost_basis", shares * entry),
            ("unrealized_pl", shares * (price - entry)),
            ("lastday_price", self.prices.closed(bought.created_at)[-1].close),
        ]:
            with self.subTest(field=field):
                self.assertEqual(Decimal(getattr(position, field)), expected)
        self.assertEqual(self.client.get_all_positions(), [position])
        asset = self.client.get_asset("TQQQ")
        self.assertEqual(self.client.get_open_position(asset.id), position)

    def test_a_part_and_then_the_rest_is_closed_at_the_market(self):
        self.filled(self.order(qty=10))
        half = self.client.close_position("TQQQ", ClosePositionRequest(percentage="50"))
        self.assertEqual((half.side, Decimal(half.qty)), (OrderSide.SELL, 5))
        bid = self.prices.bid(self.venue.now() + FILL_DELAY)
        self.assertEqual(Decimal(self.filled(half).filled_avg_price), bid)
        self.assertEqual(Decimal(self.client.get_open_position("TQQQ").qty), 5)
        some = self.client.close_position("TQQQ", ClosePositionRequest(qty="1.25"))
        self.filled(some)
        rest = self.client.close_position("TQQQ")
        self.assertEqual(Decimal(rest.qty), Decimal("3.75"))
        self.filled(rest)
        self.assertEqual(self.client.get_all_positions(), [])
        self.assertEqual(self.venue.account()["cash"], self.venue.account()["equity"])
        with self.refused(404, 40410000, "position does not exist"):
            self.client.close_position("TQQQ")

    def test_shares_that_an_order_holds_are_not_closed_unless_it_is_canceled(self):
        self.assertEqual(self.client.close_all_positions(cancel_orders=True), [])
        self.filled(self.order(qty=10))
        resting = self.limit_order(side=OrderSide.SELL, qty=4, limit=900)
        self.venue.advance(TO_FILL)
        self.assertEqual(Decimal(self.client.get_open_position("TQQQ").qty_available), 6)
        [held] = self.client.close_all_positions()
        self.assertEqual((held.symbol, held.status), ("TQQQ", 403))
        self.assertIsInstance(held.body, FailedClosePositionDetails)
        self.assertEqual(held.body.code, 40310000)
        self.assertEqual((held.body.available, held.body.held_for_orders), (6, 4))
        self.client.cancel_order_by_id(resting.id)
        self.venue.advance(TO_FILL)
        [closed] = self.client.close_all_positions(cancel_orders=True)
        self.assertEqual((closed.symbol, closed.status), ("TQQQ", 200))
        self.assertIsInstance(closed.body, Order)
        self.filled(closed.body)
        self.assertEqual(self.client.get_all_positions(), [])


class Records(TradingCase):
    def test_every_fill_is_an_activity_under_its_order(self):
        bought = self.filled(self.order(qty=10))
        sold = self.filled(self.order(side=OrderSide.SELL, qty=4))
        self.venue.control("transfer", {"amount": "250"})
        fills = self.client.get("/account/activities/FILL", {"direction": "asc"})
        for order, side in [(bought, "buy"), (sold, "sell")]:
            own = [fill for fill in fills if fill["order_id"] == str(order.id)]
            with self.subTest(side=side):
                self.assertEqual({fill["side"] for fill in own}, {side})
                shares = sum(Decimal(fill["qty"]) for fill in own)
                dollars = sum(Decimal(fill["qty"]) * Decimal(fill["price"]) for fill in own)
                self.assertEqual(shares, Decimal(order.filled_qty))
                self.assertEqual(dollars, shares * Decimal(order.filled_avg_price))
                self.assertEqual(own[-1]["leaves_qty"], "0")
                self.assertEqual(own[-1]["order_status"], "filled")
        [newest] = self.client.get("/account/activities", {"page_size": 1})
        self.assertEqual(newest["activity_type"], "CSD")
        self.assertEqual(Decimal(newest["net_amount"]), 250)
        page = self.client.get("/account/activities", {"page_token": newest["id"]})
        self.assertEqual([row["id"] for row in page], [fill["id"] for fill in reversed(fills)])

    def test_the_history_counts_every_close(self):
        self.filled(self.order(qty=1000))
        cash = self.venue.account()["cash"]
        first = self.venue.now()
        self.venue.advance(timedelta(days=3))
        history = self.client.get_portfolio_history()
        self.assertEqual(history.timeframe, "1D")
        self.assertEqual(history.base_value, 100_000)
        halves = [bar for bar in self.prices.closed(self.venue.now()) if bar.start >= first]
        closes = [day[-1].close for day in self.prices.days(halves).values()]
        self.assertEqual(len(closes), 3)
        self.assertEqual(history.equity, [float(round(cash + 1000 * c, 2)) for c in closes])


    def test_the_history_within_days_is_what_was_held_at_the_prices_of_then(self):
        self.filled(self.order(qty=1000))
        cash = self.venue.account()["cash"]
        opened = self.venue.now().replace(minute=30, second=0)
        self.venue.advance_to(opened + timedelta(days=1, minutes=50))
        asked = GetPortfolioHistoryRequest(period="1W", timeframe="15Min")
        history = self.client.get_portfolio_history(asked)
        self.assertEqual(history.timeframe, "15Min")
        quarter, session = timedelta(minutes=15), timedelta(hours=6.5)
        first = [opened + quarter * nth for nth in range(session // quarter)]
        second = [opened + timedelta(days=1) + quarter * nth for nth in range(4)]
        starts = first + second
        self.assertEqual(history.timestamp, [int(start.timestamp()) for start in starts])
        ends = [min(start + quarter, self.venue.now()) for start in starts]
        worth = [cash + 1000 * self.prices.price(end) for end in ends]
        self.assertEqual(history.equity, [float(round(dollars, 2)) for dollars in worth])
        self.assertEqual(Decimal(str(history.equity[-1])), round(self.venue.account()["equity"], 2))


class Trouble(TradingCase):
    def test_too_many_requests_are_tried_again_by_the_client(self):
        self.venue.fault("429@alpaca*2")
        self.assertEqual(Decimal(self.client.get_account().cash), self.venue.account()["cash"])
        [fault] = self.venue.control("faults")
        self.assertEqual((fault["struck"], fault["active"]), (2, False))

    def test_a_blind_retry_meets_the_order_it_thought_lost(self):
        # The client sends a POST again when its answer is a 504, although the order was taken.
        self.venue.fault("lost-answer=504@POST:/v2/orders*1")
        with self.refused(422, 40010001, "client_order_id must be unique"):
            self.order(qty=1, client_order_id="lost")
        self.filled(self.client.get_order_by_client_id("lost"))

    def test_a_blind_retry_without_an_id_of_its_own_makes_two_orders(self):
        self.venue.fault("lost-answer=504@POST:/v2/orders*1")
        self.order(qty=1)
        self.assertEqual(len(self.client.get_orders(every_order())), 2)

    def test_a_gateway_s_page_is_an_error_without_a_code(self):
        self.venue.fault("401@/v2/clock*1")
        with self.assertRaises(APIError) as raised:
            self.client.get_clock()
        self.assertEqual(raised.exception.status_code, 401)
        self.assertIn("<html>", str(raised.exception))
        # The client reads the code out of JSON, and this is a page.
        with self.assertRaises(ValueError):
            _ = raised.exception.code


def new_york(day, hour, minute=0):
    """A moment of New York's wall time."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


def every_order():
    """Open and closed ones."""
    return GetOrdersRequest(status=QueryOrderStatus.ALL)


if __name__ == "__main__":
    unittest.main()
