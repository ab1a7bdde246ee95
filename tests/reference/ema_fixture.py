"""Writes crates/strategy/tests/fixtures/ema_pandas.csv, the averages as pandas computes them.

Made once with pandas 3.1.1 and numpy 2.4.6 in a throw-away environment; the tests read only the
file. To make it again:

    python3 -m venv VENV && VENV/bin/pip install pandas
    VENV/bin/python tests/reference/ema_fixture.py > crates/strategy/tests/fixtures/ema_pandas.csv

The closes are synthetic: a seeded walk written with two to four decimals, opening with a constant
stretch and holding repeats, for there the two products of the formula would round away from the
series. Averages are the bits of a double in hexadecimal.
"""

import random
import struct

import pandas

SPANS = [1, 2, 9, 10, 20, 50, 200, 1000]
CLOSES = 240


def closes():
    """Decimal texts of a walk with constant stretches and one halving."""
    source = random.Random(20251120)
    price, texts = 0.63, []
    for index in range(CLOSES):
        if index == 12:
            price = 61.17
        if index == 150:
            price /= 2.0
        if index > 12 and index % 17 > 2:
            price *= 1.0 + source.gauss(0.0, 0.02)
        texts.append(f"{price:.{2 + index % 3}f}")
    texts[40:60] = [texts[40]] * 20
    return texts


def bits(value):
    """The double's bits, most significant first."""
    return struct.pack(">d", value).hex()


def main():
    """Prints the fixture."""
    texts = closes()
    series = pandas.Series([float(text) for text in texts])
    columns = {span: series.ewm(span=span, adjust=False).mean() for span in SPANS}
    print("close," + ",".join(str(span) for span in SPANS))
    for index, text in enumerate(texts):
        print(text + "," + ",".join(bits(columns[span][index]) for span in SPANS))


if __name__ == "__main__":
    main()
