"""The exchange under test: `tqqq venue` as a process of its own, with its control face."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import urllib.request
from datetime import datetime, timedelta
from decimal import Decimal

from prices import Prices

# The same bars for every test, and the same draws of partial fills.
SEED = "1"
# Longer than any order needs to fill by looks 50 ms apart, one in ten of which fills a part.
TO_FILL = timedelta(seconds=2)


def program():
    """The `tqqq` to test."""
    path = os.environ.get("TQQQ")
    if not path:
        raise SystemExit("TQQQ is not set; run `cargo xtask clients`, or set it to the program")
    return path


class Venue:
    """A venue on a free port of this machine, its clock standing until a test moves it."""

    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [program(), "venue", "--seed", SEED, "--listen", "127.0.0.1:0", *arguments],
            cwd=self.folder.name,
            stdout=subprocess.PIPE,
            text=True,
        )
        first = self.process.stdout.readline()
        found = re.search(r"http://[0-9.]+:\d+", first)
        if not found:
            self.close()
            raise RuntimeError(f"the venue did not say where it listens: {first!r}")
        self.url = found.group()

    def close(self):
        """Ends the process."""
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def control(self, path, body=None):
        """What `/control/PATH` answers; a body is posted."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/control/{path}", data)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def account(self):
        """Cash and equity as the model counts them."""
        account = self.control("account")
        return {name: Decimal(account[name]) for name in ("cash", "equity")} | {
            "id": account["account_id"]
        }

    def now(self):
        """Where the clock stands."""
        return datetime.fromisoformat(self.control("clock")["now"])

    def advance(self, by):
        """Moves the clock on, through all that falls due on the way."""
        return self.advance_to(self.now() + by)

    def advance_to(self, moment):
        """Moves the clock to a moment."""
        self.control("advance", {"to": moment.isoformat()})
        return moment

    def fault(self, text):
        """Lets something go wrong: NAME[=VALUE][@SCOPE][*COUNT][%PROBABILITY]."""
        self.control("faults", {"set": text})


class VenueCase(unittest.TestCase):
    """Tests that each have a venue of their own."""

    @classmethod
    def setUpClass(cls):
        cls.prices = Prices.exported(program(), SEED)

    def setUp(self):
        self.venue = Venue()
        self.addCleanup(self.venue.close)
