"""Are the edges right and their probabilities calibrated, beside causal-learn's PC?

    python -m benchmarks.causal.ground_truth ours      # all networks, 5 seeds, n = 300 and 1,000
    python -m benchmarks.causal.ground_truth upstream   # causal-learn's PC on the same half-samples
    python -m benchmarks.causal.ground_truth tune      # choose resampling, alpha, depth on half of the networks

Against known graphs: skeleton and direction F1, structural Hamming distance, calibration.

Threshold at n = 1,000: skeleton F1 of `THRESHOLDS`; expected calibration error at most .08 over non-zero pairs.
Insurance's error has been above that since colliders have to be seen (.097): doubtful pairs have a second arrow less
often, which halved what was said of them. The error is taken over the pairs of all seeds; `asia` has seven such pairs a
table, so that 40 seeds are needed there to tell miscalibration from chance (`ECE_SEEDS`).
"""

from __future__ import annotations

import contextlib
import io
import itertools
import sys
import time
import warnings
from pathlib import Path
from typing import Annotated

import networkx as nx
import numpy as np
import pandas as pd
import typer

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.independence import embed
from autogluon_causalmix.causal.orientation import edge_votes
from autogluon_causalmix.table import TypedTable
from benchmarks.grid.machine import describe
from benchmarks.protocol.networks import NETWORKS, mixed_network, published_network
from benchmarks.report.writer import RESULTS, markdown, write_markdown

THRESHOLDS = {"asia": 0.65, "sachs": 0.85, "alarm": 0.84, "insurance": 0.63, "mixed40": 0.88}
#: Options are chosen on these; the others report.
TUNED_ON = ("asia", "insurance")
N_SEEDS = 5
SEEDS = range(N_SEEDS)
ECE_SEEDS = {"asia": 40, "sachs": 20}
UPSTREAM_SECONDS = 120.0

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Discovery against known graphs.")
Networks = Annotated[str, typer.Option(help="Networks, with commas between.")]
ALL_NETWORKS = ",".join(NETWORKS)
FOLDER = RESULTS / "ground_truth"
Seeds = Annotated[int, typer.Option(help="Tables drawn of each network.", min=1)]
Out = Annotated[Path, typer.Option(help="Folder of the report.")]


def draw(name: str, n: int, seed: int) -> tuple[pd.DataFrame, nx.DiGraph]:
    rng = np.random.default_rng(seed)
    if name == "mixed40":
        return mixed_network(n, rng)
    network = published_network(name)
    return network.sample(n, rng), network.graph


def judge(probabilities: np.ndarray, truth: np.ndarray) -> dict:
    """Compare edge probabilities ``(p, p)`` with the true edges ``(p, p)``, cause in rows."""
    i, j = np.triu_indices(len(truth), 1)
    joined = np.minimum(probabilities[i, j] + probabilities[j, i], 1.0)
    real = truth[i, j] | truth[j, i]
    chosen = joined > 0.5
    forward = chosen & (probabilities[i, j] >= probabilities[j, i])
    backward = chosen & ~forward
    right = (forward & truth[i, j]).sum() + (backward & truth[j, i]).sum()
    both = (chosen & real).sum()
    return {
        "skeleton F1": _f1(both, chosen.sum(), real.sum()),
        "direction F1": _f1(right, chosen.sum(), real.sum()),
        "SHD": int((chosen != real).sum() + both - right),
        "pairs": (joined[joined > 0], real[joined > 0]),
    }


def _f1(hits: float, claimed: float, real: float) -> float:
    return 2 * hits / max(1, claimed + real)


def calibration_error(stated: np.ndarray, true: np.ndarray, n_bins: int = 10) -> float:
    """Expected calibration error: mean distance of stated and true shares over bins, by their size."""
    bins = np.minimum((stated * n_bins).astype(int), n_bins - 1)
    parts = [(bins == b).mean() * abs(stated[bins == b].mean() - true[bins == b].mean()) for b in np.unique(bins)]
    return float(np.sum(parts))


def ours_on(frame: pd.DataFrame, seed: int, options: DiscoveryOptions) -> np.ndarray:
    return discover_edges(TypedTable.from_frame(frame), np.random.default_rng(seed), options).probabilities


def upstream_on(frame: pd.DataFrame, seed: int, n_resamples: int) -> np.ndarray | None:
    """causal-learn's PC over half-samples, until the time ends; None if not one was done.

    Its test is gsq on classes, and fisherz on our coordinates where columns are mixed (its own
    mixed-data test is not affordable).
    """
    from causallearn.search.ConstraintBased.PC import pc

    from autogluon_causalmix.causal.discovery import _from_causal_learn

    table = TypedTable.from_frame(frame)
    blocks = embed(table)
    all_classes = all(column.is_discrete for column in table.columns)
    data = table.values if all_classes else blocks.coordinates[:, blocks.starts]
    rng, began = np.random.default_rng(seed), time.monotonic()
    votes, done = np.zeros((data.shape[1],) * 2), 0
    for _ in range(n_resamples):
        rows = rng.choice(len(data), len(data) // 2, replace=False)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            varying = np.flatnonzero(data[rows].std(axis=0) > 0)
            result = pc(data[np.ix_(rows, varying)], 0.01, "gsq" if all_classes else "fisherz", show_progress=False)
        votes[np.ix_(varying, varying)] += edge_votes(_from_causal_learn(result.G.graph))
        done += 1
        if time.monotonic() - began > UPSTREAM_SECONDS:
            break
    return votes / done


def measure(names, sizes, seeds, method, more_seeds: bool = True) -> pd.DataFrame:
    """One row per network and size: means over the seeds, calibration over all their pairs."""
    rows = []
    for name, n in itertools.product(names, sizes):
        runs = []
        for seed in range(ECE_SEEDS.get(name, 0)) if more_seeds and name in ECE_SEEDS else seeds:
            frame, graph = draw(name, n, seed)
            truth = nx.to_numpy_array(graph, nodelist=list(frame.columns), weight=None).astype(bool)
            began = time.monotonic()
            probabilities = method(frame, seed)
            runs.append(judge(probabilities, truth) | {"seed": seed, "seconds": time.monotonic() - began})
        stated, true = (np.concatenate([run["pairs"][k] for run in runs]) for k in (0, 1))
        counted = pd.DataFrame([run for run in runs if run["seed"] in seeds]).drop(columns=["pairs", "seed"])
        rows.append(
            {"network": name, "n": n, **counted.mean().round(3).to_dict()}
            | {"ECE": round(calibration_error(stated, true), 3), "pairs": len(stated)}
        )
    return pd.DataFrame(rows)


@app.command()
def tune(out: Out = FOLDER) -> None:
    """Choose resampling, alpha and depth on half of the networks."""
    rows = []
    for alpha, depth, n_resamples in itertools.product((0.01, 0.05, 0.1), (2, 3), (20, 50)):
        options = DiscoveryOptions(n_resamples=n_resamples, alpha=alpha, max_depth=depth)
        table = measure(TUNED_ON, (300, 1000), SEEDS, lambda f, s, o=options: ours_on(f, s, o), more_seeds=False)
        means = table[["skeleton F1", "direction F1", "ECE", "seconds"]].mean().round(3).to_dict()
        rows.append({"alpha": alpha, "depth": depth, "resamples": n_resamples, **means})
        sys.stderr.write(f"{rows[-1]}\n")
    title = f"# Choice of discovery options on {', '.join(TUNED_ON)}"
    typer.echo(write_markdown(out / "tuning.md", title, describe(), markdown(pd.DataFrame(rows), index=False)))


@app.command()
def upstream(networks: Networks = ALL_NETWORKS, seeds: Seeds = N_SEEDS, out: Out = FOLDER) -> None:
    """causal-learn's PC on the same half-samples."""
    method = lambda frame, seed: upstream_on(frame, seed, 20)  # noqa: E731
    table = measure(networks.split(","), (1000,), range(seeds), method, more_seeds=False)
    title = f"# causal-learn's PC at level .01, 20 half-samples or {UPSTREAM_SECONDS:g} s"
    typer.echo(write_markdown(out / "upstream.md", title, _about(seeds), markdown(table, index=False)))


@app.command()
def ours(networks: Networks = ALL_NETWORKS, seeds: Seeds = N_SEEDS, out: Out = FOLDER) -> None:
    """All networks at n = 300 and 1,000; with all seeds, fails below the threshold."""
    options = DiscoveryOptions()
    method = lambda frame, seed: ours_on(frame, seed, options)  # noqa: E731
    # Fewer seeds than usual are a try-out: then the many that calibration needs are left out as well.
    table = measure(networks.split(","), (300, 1000), range(seeds), method, more_seeds=seeds >= N_SEEDS)
    title = f"# Discovery against known graphs, {options.n_resamples} half-samples of PC and FCI"
    typer.echo(write_markdown(out / "report.md", title, _about(seeds), markdown(table, index=False)))
    large = table[table["n"] == 1000].set_index("network")
    missed = [
        name
        for name in large.index
        if large.loc[name, "skeleton F1"] < THRESHOLDS[name] or large.loc[name, "ECE"] > 0.08
    ]
    if missed and seeds >= N_SEEDS:
        raise SystemExit(f"below the threshold: {missed}")


def _about(seeds: int) -> str:
    return (
        f"Means of {seeds} seeds; a pair counts as joined above .5. "
        f"Options were chosen on {', '.join(TUNED_ON)}. {describe()}"
    )


if __name__ == "__main__":
    app()
