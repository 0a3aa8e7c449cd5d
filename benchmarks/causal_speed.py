"""Discovery and SCM fitting beside causal-learn and DoWhy's own ways, and how ours grows.

    python -m benchmarks.causal_speed            # tables and growth; stock is stopped at 120 s
    python -m benchmarks.causal_speed --only growth

One thread each. Ours: PC and anytime FCI on one skeleton, at level .05. Stock: `pc` and `fci` of
causal-learn (fisherz on codes, gsq where every column is a class) at the same level. Both on 20
bootstraps, as in the paper, and both on 20 half-samples, our default, which have fewer rows and so
fewer edges to test. Ours is the median of 3 runs, stock a single one, stopped at 120 s and counted
as that.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from autogluon_causalmix.causal.discovery import FALSE_NEIGHBOURS, DiscoveryOptions, discover_edges, fast_skeleton
from autogluon_causalmix.causal.independence import embed
from autogluon_causalmix.causal.orientation import edge_votes, orient_fci, orient_pc, unshielded_colliders
from autogluon_causalmix.causal.scm import fit_mechanisms
from autogluon_causalmix.generators.scm import SCMGenerator
from autogluon_causalmix.table import TypedTable
from benchmarks.datasets import TARGET, load
from benchmarks.grid.machine import describe

TABLES = ("heart", "german", "ionosphere", "sonar", "spambase", "optdigits", "splice", "200 columns", "500 columns")
#: Small enough to run on both kinds of resamples; the max_depth of wide tables is not cut here.
SMALL = ("heart", "german", "ionosphere")
STOP = 120.0
REPEATS = 3
RESULTS = Path("benchmarks/results")

STOCK_DISCOVERY = """
import contextlib, io, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from causallearn.search.ConstraintBased.FCI import fci
from causallearn.search.ConstraintBased.PC import pc
from benchmarks.causal_speed import table
t = table(sys.argv[1])
test = "gsq" if all(c.is_discrete for c in t.columns) else "fisherz"
values = np.nan_to_num(t.values)
rng = np.random.default_rng(0)
began = time.perf_counter()
for _ in range(20):
    halves = sys.argv[2] == "half-samples"
    n = len(values) // 2 if halves else len(values)
    rows = values[rng.choice(len(values), n, replace=not halves)]
    rows = rows[:, rows.std(axis=0) > 0]
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            pc(rows, 0.05, test, show_progress=False)
            fci(rows, test, 0.05, show_progress=False, verbose=False)
        except ValueError as error:
            sys.stderr.write(f"failed: {error}")
            raise SystemExit(3)
print(time.perf_counter() - began)
"""

STOCK_SCM = """
import sys, time, warnings
warnings.simplefilter("ignore")
import networkx as nx, numpy as np
from dowhy import gcm
from benchmarks.causal_speed import dag_of, table
t = table(sys.argv[1])
frame = t.to_frame()
for column in t.columns:
    frame[column.name] = frame[column.name].astype(str) if column.is_discrete else frame[column.name].astype(float)
gcm.config.disable_progress_bars()
model = gcm.StructuralCausalModel(nx.relabel_nodes(dag_of(t), dict(enumerate(t.names))))
began = time.perf_counter()
gcm.auto.assign_causal_mechanisms(model, frame, quality=gcm.auto.AssignmentQuality.GOOD)
gcm.fit(model, frame)
gcm.draw_samples(model, 1000)
print(time.perf_counter() - began)
"""


def table(name: str) -> TypedTable:
    """A KEEL table, all rows, or factors with noise and the target's sign."""
    if name.endswith("columns"):
        return simulated(1000, int(name.split()[0]))
    return TypedTable.from_frame(load(name), categorical=(TARGET,))


def simulated(n: int, p: int) -> TypedTable:
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((n, max(2, p // 10)))
    x = factors @ rng.standard_normal((factors.shape[1], p - 1)) + rng.standard_normal((n, p - 1))
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(p - 1)])
    frame.iloc[:, ::5] = (frame.iloc[:, ::5] > 0).astype(int)
    return TypedTable.from_frame(frame.assign(**{TARGET: x[:, 1] > 0}), categorical=(TARGET,))


def dag_of(t: TypedTable):
    """One DAG of the table, the same for everybody."""
    graph = discover_edges(t, np.random.default_rng(0), DiscoveryOptions(n_resamples=5), target=TARGET)
    return graph.sample_dag(np.random.default_rng(0))


def ours_on_bootstraps(t: TypedTable, options: DiscoveryOptions) -> None:
    """What `discover_edges` does with its half-samples, on bootstraps."""
    rng = np.random.default_rng(0)
    varied = [j for j in range(len(t.columns)) if len(np.unique(t.values[:, j])) > 1]
    blocks = embed(TypedTable(tuple(t.columns[j] for j in varied), t.values[:, varied]))
    alpha = min(options.alpha, FALSE_NEIGHBOURS / len(varied))
    for _ in range(options.n_resamples):
        rows = rng.choice(len(t), len(t))
        adjacent, separators = fast_skeleton(blocks, rows, alpha, options.max_depth)
        colliders = unshielded_colliders(adjacent, separators)
        edge_votes(orient_pc(adjacent, colliders))
        edge_votes(orient_fci(adjacent, colliders))


def median_seconds(work, repeats: int = REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def stock_seconds(code: str, *arguments: str) -> tuple[float | None, str]:
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=STOP + 15
        )
    except subprocess.TimeoutExpired:
        return STOP, "stopped"
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ["failed"])[-1][-60:]
    seconds = float(done.stdout.split()[-1])
    return min(seconds, STOP), "stopped" if seconds > STOP else "ended"


def compare() -> list[pd.DataFrame]:
    discovery, scm = [], []
    options = DiscoveryOptions(n_resamples=20, alpha=0.05)
    for name in TABLES:
        t = table(name)
        ours = median_seconds(lambda t=t: discover_edges(t, np.random.default_rng(0), options))
        row = {"table": name, "rows": len(t), "columns": len(t.columns), "ours, half-samples": round(ours, 3)}
        times = {"half-samples": ours}
        if name in SMALL:
            times["bootstraps"] = median_seconds(lambda t=t: ours_on_bootstraps(t, options))
            row["ours, bootstraps"] = round(times["bootstraps"], 3)
        for resamples, seconds in times.items():
            stock, how = stock_seconds(STOCK_DISCOVERY, name, resamples)
            row |= {f"stock, {resamples}": how if stock is None else f"{stock:.1f} ({how})"}
            row |= {f"ratio, {resamples}": None if stock is None else round(stock / seconds)}
        discovery.append(row)
        sys.stderr.write(f"{discovery[-1]}\n")
    for name in ("heart", "german", "sonar"):
        t, rng = table(name), np.random.default_rng(0)
        dag = dag_of(t)
        ours = median_seconds(lambda t=t, d=dag, rng=rng: fit_mechanisms(t, d, rng).draw(1000, rng))
        stock, how = stock_seconds(STOCK_SCM, name)
        scm.append({"table": name, "ours": round(ours, 3), "stock": stock, "stock run": how,
                    "stock / ours": None if stock is None else round(stock / ours)})  # fmt: skip
        sys.stderr.write(f"{scm[-1]}\n")
    return [pd.DataFrame(discovery), pd.DataFrame(scm)]


def all_stages(t: TypedTable) -> None:
    """Discovery, SCMs and 1,000 rows with the default options."""
    SCMGenerator(TARGET).fit(t).sample(1000, np.random.default_rng(0))


def growth() -> pd.DataFrame:
    """Seconds of all stages by columns at 1,000 rows and by rows at 20 columns, with a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    rows = []
    for ax, what, sizes in (
        (axes[0], "columns", (10, 20, 40, 80, 160, 320, 500)),
        (axes[1], "rows", (100, 200, 500, 1000, 2000, 5000)),
    ):
        seconds = []
        for size in sizes:
            t = simulated(1000, size) if what == "columns" else simulated(size, 20)
            seconds.append(
                median_seconds(lambda t=t: all_stages(t), 1 if size >= 320 and what == "columns" else REPEATS)
            )
            sys.stderr.write(f"{what} {size}: {seconds[-1]:.2f} s\n")
        exponent, offset = np.polyfit(np.log(sizes), np.log(seconds), 1)
        ax.loglog(sizes, seconds, "o-", color="#1f5a8a")
        ax.loglog(sizes, np.exp(offset) * np.array(sizes, float) ** exponent, "--", color="#888888")
        ax.set_xlabel(what)
        ax.set_title(f"seconds ~ {what}^{exponent:.2f}", fontsize=10)
        rows += [
            {"by": what, "size": s, "seconds": round(v, 3), "exponent": round(float(exponent), 2)}
            for s, v in zip(sizes, seconds, strict=True)
        ]
    axes[0].set_ylabel("seconds, one core")
    figure.savefig(RESULTS / "causal_growth.png", dpi=130)
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["compare", "growth"])
    arguments = parser.parse_args()
    import dowhy.gcm  # noqa: F401  (its import is not what is measured)

    RESULTS.mkdir(parents=True, exist_ok=True)
    if arguments.only != "compare":
        table_of_growth = growth().to_markdown(index=False)
        text = f"# All causal stages by size\n\nOne thread, default options. {describe()}\n\n{table_of_growth}\n"
        (RESULTS / "causal_growth.md").write_text(text)
        sys.stdout.write(text)
    if arguments.only != "growth":
        discovery, scm = compare()
        text = (
            f"# Causal work beside stock: seconds\n\n{describe()}\n\n## 20 resamples of PC and FCI\n\n"
            f"{discovery.to_markdown(index=False)}\n\n## One SCM: mechanisms, fit, 1,000 rows; DoWhy's `auto` GOOD\n\n"
            f"{scm.to_markdown(index=False)}\n"
        )
        (RESULTS / "causal_speed.md").write_text(text)
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
