"""How fast are discovery and SCM fitting beside causal-learn and DoWhy, and how do ours grow?

    python -m benchmarks.causal.speed compare   # beside causal-learn and DoWhy, which are stopped at 120 s
    python -m benchmarks.causal.speed growth    # by columns and rows, with a picture

One thread each. Ours: PC and anytime FCI on one skeleton, at level .05. Upstream: `pc` and `fci` of
causal-learn (fisherz on codes, gsq where every column is a class) at the same level. Both on 20
bootstraps, as in the paper, and both on 20 half-samples, our default, which have fewer rows and so
fewer edges to test. Ours is the median of 3 runs, upstream a single one, stopped at 120 s and counted
as that.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from autogluon_causalmix.causal.colliders import told_apart
from autogluon_causalmix.causal.discovery import FALSE_NEIGHBOURS, DiscoveryOptions, discover_edges, fast_skeleton
from autogluon_causalmix.causal.independence import embed
from autogluon_causalmix.causal.orientation import edge_votes, orient_fci, orient_pc, unshielded_colliders
from autogluon_causalmix.causal.scm import fit_mechanisms
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable
from benchmarks.costs import fresh
from benchmarks.grid.machine import describe
from benchmarks.protocol.tables import TARGET, load
from benchmarks.report.writer import RESULTS, markdown, save_figure, write_markdown

TABLES = ("heart", "german", "ionosphere", "sonar", "spambase", "optdigits", "splice", "200 columns", "500 columns")
#: Small enough to run on both kinds of resamples; the max_depth of wide tables is not cut here.
SMALL = ("heart", "german", "ionosphere")
#: Tables of the comparison of one SCM.
SCM_TABLES = ("heart", "german", "sonar")
STOP = 120.0
REPEATS = 3

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Seconds of the causal part, one thread.")
Out = Annotated[Path, typer.Option(help="Folder of the report.")]


def upstream_discovery(name: str, resamples: str) -> float:
    """Seconds of causal-learn's PC and FCI on 20 resamples; for a fresh process."""
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.search.ConstraintBased.PC import pc

    t = table(name)
    test = "gsq" if all(c.is_discrete for c in t.columns) else "fisherz"
    values = np.nan_to_num(t.values)
    rng = np.random.default_rng(0)
    halves = resamples == "half-samples"
    began = time.perf_counter()
    for _ in range(20):
        n = len(values) // 2 if halves else len(values)
        rows = values[rng.choice(len(values), n, replace=not halves)]
        rows = rows[:, rows.std(axis=0) > 0]
        with contextlib.redirect_stdout(io.StringIO()):
            pc(rows, 0.05, test, show_progress=False)
            fci(rows, test, 0.05, show_progress=False, verbose=False)
    return time.perf_counter() - began


def upstream_scm(name: str) -> float:
    """Seconds of DoWhy's automatic mechanisms, fit and 1,000 rows; for a fresh process."""
    import networkx as nx
    from dowhy import gcm

    t = table(name)
    frame = t.to_frame()
    for column in t.columns:
        frame[column.name] = frame[column.name].astype(str) if column.is_discrete else frame[column.name].astype(float)
    gcm.config.disable_progress_bars()
    model = gcm.StructuralCausalModel(nx.relabel_nodes(dag_of(t), dict(enumerate(t.names))))
    began = time.perf_counter()
    gcm.auto.assign_causal_mechanisms(model, frame, quality=gcm.auto.AssignmentQuality.GOOD)
    gcm.fit(model, frame)
    gcm.draw_samples(model, 1000)
    return time.perf_counter() - began


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
        triples = unshielded_colliders(adjacent, separators)
        colliders, untold = told_apart(blocks, rows, triples, separators, alpha)
        edge_votes(orient_pc(adjacent, colliders, untold))
        edge_votes(orient_fci(adjacent, colliders, untold))


def median_seconds(work, repeats: int = REPEATS) -> float:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def upstream_seconds(function: str, *arguments: str) -> tuple[float | None, str]:
    """Seconds of a function of this module in a fresh process, and how it ended; None if it failed."""
    try:
        seconds = fresh.call(f"benchmarks.causal.speed:{function}", *arguments, timeout=STOP + 15)
    except subprocess.TimeoutExpired:
        return STOP, "stopped"
    except fresh.FreshError as error:
        return None, f"failed: {str(error)[-60:]}"
    return min(seconds, STOP), "stopped" if seconds > STOP else "ended"


@app.command()
def compare(
    tables: Annotated[str, typer.Option(help="Tables, with commas between.")] = ",".join(TABLES),
    out: Out = RESULTS / "causal_speed",
) -> None:
    """Discovery and SCM fitting beside causal-learn and DoWhy."""
    import dowhy.gcm  # noqa: F401  (its import is not what is measured)

    discovery, scm = [], []
    names = tables.split(",")
    options = DiscoveryOptions(n_resamples=20, alpha=0.05)
    for name in names:
        t = table(name)
        ours = median_seconds(lambda t=t: discover_edges(t, np.random.default_rng(0), options))
        row = {"table": name, "rows": len(t), "columns": len(t.columns), "ours, half-samples": round(ours, 3)}
        times = {"half-samples": ours}
        if name in SMALL:
            times["bootstraps"] = median_seconds(lambda t=t: ours_on_bootstraps(t, options))
            row["ours, bootstraps"] = round(times["bootstraps"], 3)
        for resamples, seconds in times.items():
            upstream, how = upstream_seconds("upstream_discovery", name, resamples)
            row |= {f"causal-learn, {resamples}": how if upstream is None else f"{upstream:.1f} ({how})"}
            row |= {f"ratio, {resamples}": None if upstream is None else round(upstream / seconds)}
        discovery.append(row)
        sys.stderr.write(f"{discovery[-1]}\n")
    for name in (name for name in SCM_TABLES if name in names):
        t, rng = table(name), np.random.default_rng(0)
        dag = dag_of(t)
        ours = median_seconds(lambda t=t, d=dag, rng=rng: fit_mechanisms(t, d, rng).draw(1000, rng))
        upstream, how = upstream_seconds("upstream_scm", name)
        scm.append({"table": name, "ours": round(ours, 3), "DoWhy": upstream, "DoWhy run": how,
                    "DoWhy / ours": None if upstream is None else round(upstream / ours)})  # fmt: skip
        sys.stderr.write(f"{scm[-1]}\n")
    text = write_markdown(
        out / "report.md",
        "# Causal work beside causal-learn and DoWhy: seconds",
        describe(),
        "## 20 resamples of PC and FCI",
        markdown(pd.DataFrame(discovery), index=False),
        "## One SCM: mechanisms, fit, 1,000 rows; DoWhy's `auto` GOOD",
        markdown(pd.DataFrame(scm), index=False),
    )
    typer.echo(text)


def all_stages(t: TypedTable) -> None:
    """Discovery, SCMs and 1,000 rows with the default options."""
    SCMGenerator(TARGET).fit(t).sample(1000, np.random.default_rng(0))


@app.command()
def growth(
    largest: Annotated[int, typer.Option(help="Leave out more columns or rows than this.")] = 5000,
    out: Out = RESULTS / "causal_growth",
) -> None:
    """Seconds of all stages by columns at 1,000 rows and by rows at 20 columns, with a picture."""
    import dowhy.gcm  # noqa: F401  (its import is not what is measured)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    rows = []
    for ax, what, sizes in (
        (axes[0], "columns", (10, 20, 40, 80, 160, 320, 500)),
        (axes[1], "rows", (100, 200, 500, 1000, 2000, 5000)),
    ):
        seconds, sizes = [], [size for size in sizes if size <= largest]
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
    save_figure(figure, out / "growth.png")
    note = f"One thread, default options. {describe()}"
    table_of_growth = markdown(pd.DataFrame(rows), index=False)
    typer.echo(write_markdown(out / "report.md", "# All causal stages by size", note, table_of_growth))


if __name__ == "__main__":
    app()
