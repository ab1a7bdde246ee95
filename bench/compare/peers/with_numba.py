"""numba: a sweep as it is usually written, one compiled scan a pair; the compilation apart."""

import sys
import time

import numba
import numpy as np


@numba.njit(parallel=True, fastmath=False)
def sweep(opens, closes, fasts, slows):
    totals = np.empty(len(fasts))
    for pair in numba.prange(len(fasts)):
        rise, drop, warmup = 2 / (fasts[pair] + 1), 2 / (slows[pair] + 1), slows[pair]
        quick = slow = closes[0]
        level, entry, pending = 1.0, 0.0, 0
        top, fall, total, squares, before = 1.0, 0.0, 0.0, 0.0, 1.0
        for at in range(len(closes)):
            if pending > 0 and entry == 0.0:
                entry = opens[at]
            elif pending < 0 and entry > 0.0:
                level, entry = level * opens[at] / entry, 0.0
            if at > 0:
                quick = rise * closes[at] + (1 - rise) * quick
                slow = drop * closes[at] + (1 - drop) * slow
            equity = level if entry == 0.0 else level * closes[at] / entry
            change = equity / before - 1
            total, squares, before = total + change, squares + change * change, equity
            top = max(top, equity)
            fall = max(fall, 1 - equity / top)
            pending = 0
            if at >= warmup:
                if closes[at] > quick and quick > slow:
                    pending = 1
                elif closes[at] < quick and quick < slow:
                    pending = -1
        totals[pair] = equity - 1 + 0 * (fall + squares + total)
    return totals


def run(path):
    opens, closes = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 4), unpack=True)
    pairs = [(fast, slow) for fast in range(2, 51) for slow in range(3, 201) if fast < slow]
    fasts, slows = (np.array(column) for column in zip(*pairs))
    sweep(opens[:300], closes[:300], fasts, slows)
    begun = time.perf_counter()
    totals = sweep(opens, closes, fasts, slows)
    return time.perf_counter() - begun, float(totals[pairs.index((10, 20))])


if __name__ == "__main__":
    print(*run(sys.argv[1]))
