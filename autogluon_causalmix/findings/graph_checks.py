"""CM3xx: the causal graph: what was stated, how sure it is, and whether there was time for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from autogluon_causalmix.causal.discovery import WIDE
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.findings.finding import Folds, Tab, Verdict, check

__all__ = ["agrees_with_knowledge", "all_resamples", "rests_on_all_folds"]

#: An edge counts as found above this.
FOUND = 0.5
#: One fold carries an edge if the mean without it falls below `FOUND` by so much at least: less is a mean
#: that happens to lie at the boundary.
CARRIED = 0.1
#: Of two folds, each one carries every mean.
MIN_FOLDS = 3


@check(
    "CM301",
    "No edge contradicts what was stated of the graph",
    "The generator does not follow the stated knowledge: read it from its constructor's `knowledge`, or drop "
    "the statement.",
)
def agrees_with_knowledge(folds: Folds) -> Verdict | None:
    """An edge that contradicts stated knowledge.

    Edges with any probability, and edges of fitted DAGs, that the options rule out (``forbidden_edges``,
    ``known_tiers``, ``known_roots``, ``known_sinks``, ``known_graph``, the reverse of ``required_edges``), and
    stated edges that a DAG lacks. The built-in generators follow what is stated; one of your own may not.
    """
    against: dict[str, int] = {}
    looked_at = False
    for report in folds.values():
        knowledge = _knowledge(report)
        if not knowledge or not (report["edges"] or report["dags"]):
            continue
        looked_at = True
        for text in _contradictions(knowledge, report):
            against[text] = against.get(text, 0) + 1
    if not looked_at:
        return None
    if not against:
        return Verdict(Tab.PASSED, "Every edge agrees with the stated knowledge.")
    named = "; ".join(f"{text} ({n} of {len(folds)} fits)" for text, n in list(against.items())[:5])
    more = f"; and {len(against) - 5} more" if len(against) > 5 else ""
    return Verdict(Tab.ISSUE, f"{named}{more}.")


def _knowledge(report: Mapping[str, Any]) -> Knowledge:
    """What the options state, columns by their names as the report writes them."""
    options = report["options"]

    def pairs(name: str) -> list:
        return [[str(a), str(b)] for a, b in options.get(name) or ()]

    def columns(names: Any) -> list:
        return [str(name) for name in names or ()]

    graph = options.get("known_graph")
    stated = Knowledge.of(
        required_edges=pairs("required_edges"),
        forbidden_edges=pairs("forbidden_edges"),
        tiers=[columns(tier) for tier in options.get("known_tiers") or ()],
        roots=columns(options.get("known_roots")),
        sinks=columns(options.get("known_sinks")),
        graph=None if graph is None else pairs("known_graph"),
    )
    return dataclasses.replace(stated, unstated=tuple(report.get("columns_unstated", ())))


def _contradictions(knowledge: Knowledge, report: Mapping[str, Any]) -> list[str]:
    dags = [{(str(a), str(b)) for a, b in dag} for dag in report["dags"]]
    likely = {(edge["from"], edge["to"]) for edge in report["edges"] if edge["probability"] > 0}
    present = likely.union(*dags)
    names = sorted({name for pair in present for name in pair} | knowledge.names)
    rules, at = knowledge.rules(names), {name: k for k, name in enumerate(names)}
    ruled_out = [f"{a} -> {b} is ruled out" for a, b in sorted(present) if not rules.allowed[at[a], at[b]]]
    required = sorted((*knowledge.required, *(knowledge.edges or ())))
    lacking = [f"{a} -> {b} is stated, and a DAG lacks it" for a, b in required if any((a, b) not in d for d in dags)]
    return ruled_out + lacking


@check(
    "CM302",
    "No edge hinges on one fold",
    "Do not read these edges as findings. More rows or more folds may settle them; if you know the answer, state it.",
)
def rests_on_all_folds(folds: Folds) -> Verdict | None:
    """An edge probability that hinges on one fold.

    Edges whose mean probability over the folds is above .5, and without one of the folds at most .4. A tip.
    Needs graphs of at least three folds; stated edges are left out.
    """
    graphs = {fold: report for fold, report in folds.items() if report["graph_resamples"]}  # none if it was stated
    if len(graphs) < MIN_FOLDS:
        return None
    values: dict[tuple[str, str], dict[str, float]] = {}
    for fold, report in graphs.items():
        for edge in report["edges"]:
            if not edge["stated"]:
                values.setdefault((edge["from"], edge["to"]), {})[fold] = edge["probability"]
    found, hinging = 0, []
    for (cause, effect), known in values.items():
        total, fold = sum(known.values()), max(known, key=known.get)
        mean, without = total / len(graphs), (total - known[fold]) / (len(graphs) - 1)
        found += mean > FOUND
        if mean > FOUND and without <= FOUND - CARRIED:
            hinging.append(f"{cause} -> {effect} ({mean:.2f}; {without:.2f} without {fold})")
    if not hinging:
        return Verdict(
            Tab.PASSED,
            f"None of {found} edges above {FOUND} falls to {FOUND - CARRIED:g} or below without one of "
            f"{len(graphs)} folds.",
        )
    more = f"; and {len(hinging) - 5} more" if len(hinging) > 5 else ""
    return Verdict(Tab.TIP, f"{len(hinging)} of {found} edges: {'; '.join(hinging[:5])}{more}.")


@check(
    "CM303",
    "Discovery had time for all resamples",
    "Probabilities of few resamples are coarse: raise time_limit (or synthesis_time_limit, where it is less than 30 % "
    "of that), or lower discovery_resamples or discovery_max_depth.",
)
def all_resamples(folds: Folds) -> Verdict | None:
    """Fewer resamples than asked because of time.

    Resamples that discovery took, against ``discovery_resamples``, or the fewer ones that a table of more than
    40 columns gets. A tip; an issue if a fold had fewer than half.
    """
    shares = {}
    for fold, report in folds.items():
        asked, n_columns = report["options"].get("discovery_resamples"), report.get("columns")
        if report["graph_resamples"] and asked and n_columns:
            # Constant columns and copies are not counted by discovery: it may have been meant to take more.
            most = next((n for least, n, _ in WIDE if n_columns > least), asked)
            shares[fold] = (report["graph_resamples"], min(asked, most))
    if not shares:
        return None
    done, meant = min(shares.values(), key=lambda pair: pair[0] / pair[1])
    fewer = sum(taken < asked for taken, asked in shares.values())
    if not fewer:
        return Verdict(Tab.PASSED, f"At least {done} resamples in every fit.")
    text = f"{fewer} of {len(shares)} fits took fewer resamples than asked, the worst {done} of {meant}."
    return Verdict(Tab.ISSUE if 2 * done < meant else Tab.TIP, text)
