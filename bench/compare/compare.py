"""Runs `tqqq` and its peers over the same bars and prints a table.

    python3 bench/compare/compare.py --tqqq target/release/tqqq [--environment FOLDER] [--install]

Every peer is a process of its own: time from its start to its end, most memory resident, the least
of several runs. Those whose packages are not installed are named and left out. `--install` makes
environments in FOLDER (default: a folder of the system's temporary one, never the repository) with
the versions pinned below. Nothing but the standard library here.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bars

HERE = Path(__file__).parent
# nautilus_trader and vectorbt want different pandas, so each family has its own environment.
ENVIRONMENTS = {
    "nautilus": ["nautilus_trader==1.221.0"],
    "others": [
        "backtesting==0.6.6",
        "backtrader==1.9.78.123",
        "numba==0.68.1",
        "polars==2.1.0",
        "vectorbt==1.2.0",
    ],
}
# Name, script, environment, the package that must be there.
PEERS = [
    ("plain Python", "plain_python.py", None, None),
    ("polars", "with_polars.py", "others", "polars"),
    ("backtesting.py", "with_backtesting.py", "others", "backtesting"),
    ("backtrader", "with_backtrader.py", "others", "backtrader"),
    ("vectorbt", "with_vectorbt.py", "others", "vectorbt"),
    ("nautilus_trader", "with_nautilus.py", "nautilus", "nautilus_trader"),
]
SIZES = [3_500, 35_000]
RUNS = 3
TIMEOUT_S = 600


def interpreter(folder, name):
    return sys.executable if name is None else str(folder / name / "bin" / "python")


def install(folder):
    for name, packages in ENVIRONMENTS.items():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        pip = [interpreter(folder, name), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(pip, check=True)


def is_installed(python, package):
    if package is None:
        return True
    if not Path(python).exists():
        return False
    return subprocess.run([python, "-c", f"import {package}"], capture_output=True).returncode == 0


def measure(command):
    """Seconds from start to end, most resident bytes, and what it printed, of the fastest run."""
    best = None
    for _ in range(RUNS):
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            begun = time.perf_counter()
            child = subprocess.Popen(command, stdout=out, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - begun
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            errors.seek(0)
            if child.returncode != 0:
                raise RuntimeError(f"{command[0]} failed: {errors.read().strip()[-300:]}")
            found = (took, usage.ru_maxrss * 1024, out.read().strip())
        best = found if best is None else min(best, found)
    return best


def own(tqqq, path):
    took, memory, text = measure(
        [tqqq, "backtest", str(path), "--warmup", "20", "--json"]
    )
    view = json.loads(text)
    return took, memory, view["trade_count"], view["final_equity"]


def row(name, took, memory, trades, equity):
    print(f"{name:<18} {took * 1000:>10.1f} ms {memory / 1e6:>8.1f} MB {trades:>7} {equity:>14.2f}")


def backtests(options, folder, data):
    for count in SIZES:
        path = data / f"hours_{count}.csv"
        bars.hours(options.tqqq, path, count)
        print(f"\n10/20 over {count} hours, process start to end, least of {RUNS} runs")
        print(f"{'':<18} {'time':>13} {'memory':>11} {'trades':>7} {'final equity':>14}")
        row("tqqq backtest", *own(options.tqqq, path))
        for name, script, environment, package in PEERS:
            python = interpreter(folder, environment)
            if not is_installed(python, package):
                print(f"{name:<18} not installed; --install does it")
                continue
            try:
                took, memory, text = measure([python, str(HERE / "peers" / script), str(path)])
                trades, equity = text.split()[-2:]
                row(name, took, memory, trades, float(equity))
            except (RuntimeError, ValueError) as error:
                print(f"{name:<18} {error}")


def sweeps(options, folder, data):
    path = data / f"hours_{SIZES[-1]}.csv"
    print(f"\n8,526 pairs over {SIZES[-1]} hours, least of {RUNS} runs")
    took, memory, text = measure([options.tqqq, "sweep", str(path)])
    print(f"{'tqqq sweep':<18} {took * 1000:>10.1f} ms {memory / 1e6:>8.1f} MB   start to end")
    print("  " + next(line.strip() for line in text.splitlines() if line.startswith("  work")))
    python = interpreter(folder, "others")
    if is_installed(python, "numba"):
        took, memory, text = measure([python, str(HERE / "peers" / "with_numba.py"), str(path)])
        inner = float(text.split()[0])
        print(f"{'numba':<18} {took * 1000:>10.1f} ms {memory / 1e6:>8.1f} MB   {inner * 1000:.1f} ms of it the scan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tqqq", required=True, help="the command, built with --release")
    parser.add_argument("--environment", default=str(Path(tempfile.gettempdir()) / "tqqq-compare"))
    parser.add_argument("--install", action="store_true", help="make the environments first")
    options = parser.parse_args()
    folder = Path(options.environment)
    if options.install:
        install(folder)
    with tempfile.TemporaryDirectory() as data:
        backtests(options, folder, Path(data))
        sweeps(options, folder, Path(data))


if __name__ == "__main__":
    main()
