"""Does mix_ratio="auto" choose well? Beside fixed ratios, and what label source and schedule do.

    python -m benchmarks.mix_ratio [--datasets heart german ...] [--seeds 0 1] [--minutes 30]

The ablation's protocol: 160 training and 40 validation rows, tests on the rest, test ROC-AUC
normalised against the untuned bundled checkpoint. Resumes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.ablation import measure_settings, summarise
from benchmarks.grid.machine import describe

DATASETS = "heart german tae contraceptive pima bupa wine phoneme crx wdbc ionosphere tic-tac-toe".split()
SETTINGS = {
    "untuned": {"fine_tune": False},
    "mix 0": {"mix_ratio": 0.0},
    "mix .25": {"mix_ratio": 0.25},
    "mix .5": {"mix_ratio": 0.5},
    "mix .75": {"mix_ratio": 0.75},
    "mix 1": {"mix_ratio": 1.0},
    "mix auto": {"mix_ratio": "auto"},
    "mix auto, marginals": {"mix_ratio": "auto", "generator": "marginals"},
    "mix auto, bootstrap": {"mix_ratio": "auto", "generator": "bootstrap"},
    "mix .5, model's labels": {"label_source": "model"},
    "mix 1, model's labels": {"mix_ratio": 1.0, "label_source": "model"},
    "mix .5, falling": {"mix_schedule": "falling"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="*", default=DATASETS)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/mix_ratio"))
    arguments = parser.parse_args()
    table = measure_settings(SETTINGS, arguments)
    gain, summary = summarise(table)
    key = list(gain.index.names)
    summary["mean ratio"] = table.set_index(key).loc[gain.index].groupby("setting")["mix_ratio"].mean()
    auto = table[table["setting"].str.startswith("mix auto")]
    chosen = auto.pivot_table(index="dataset", columns="setting", values=["mix_ratio", "two_sample_auc"]).round(2)
    relation = table[table["setting"] == "mix .5"].set_index(key)["two_sample_auc"].reindex(gain.index)
    correlation = relation.corr(gain["mix .5"] - gain["mix 0"], method="spearman")
    text = (
        f"# Mix ratios: {gain.index.get_level_values(0).nunique()} tables, {len(gain)} runs a setting\n\n"
        f"Normalised test ROC-AUC against the untuned bundled checkpoint, `scm` rows unless named. {describe()}\n\n"
        f"{summary.round(3).sort_values('mean rank').to_markdown()}\n\n"
        f"Rank correlation of the rows' two-sample ROC-AUC with the gain of mixing .5 over mixing 0: "
        f"{correlation:.2f} ({len(gain)} pairs).\n\nWhat auto chose:\n\n{chosen.to_markdown()}\n"
    )
    arguments.out.with_suffix(".md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
