"""The causal engine on plain frames: discover, fit, sample, intervene, save."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import discover, fit_scm
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.errors import DataError, OptionError

from .conftest import messy_frame


def chain(n=600, seed=0):
    """treatment -> dose -> outcome; colour -> outcome; whole counts everywhere."""
    rng = np.random.default_rng(seed)
    treatment = rng.choice(["no", "yes"], n)
    colour = rng.choice(["red", "green", "blue"], n)
    dose = np.round(10 + 20 * (treatment == "yes") + 3 * rng.standard_normal(n)).astype(int)
    outcome = dose * 2.0 + 15 * (colour == "red") + 4 * rng.standard_normal(n)
    colours = pd.Categorical(colour, categories=["red", "green", "blue"])
    return pd.DataFrame({"treatment": treatment, "dose": dose, "outcome": outcome, "colour": colours})


EDGES = [("treatment", "dose"), ("dose", "outcome"), ("colour", "outcome")]


def test_discover_finds_the_chain_and_leaves_the_frame_alone():
    frame = chain()
    before = frame.copy(deep=True)
    graph = discover(frame, "outcome", n_resamples=10)
    pd.testing.assert_frame_equal(frame, before)
    joined = graph.edge_probabilities + graph.edge_probabilities.T
    assert all(joined.loc[a, b] > 0.9 for a, b in EDGES)
    assert joined.loc["treatment", "colour"] < 0.2
    assert set(graph.to_networkx(0.0).nodes) == set(frame.columns)
    strong = graph.to_networkx(0.4)
    assert all(data["probability"] > 0.4 for *_, data in strong.edges(data=True))


def test_the_same_seed_gives_the_same_graph():
    noise = pd.DataFrame(np.random.default_rng(0).standard_normal((60, 12)))
    one, two, three = (discover(noise, seed=seed, n_resamples=3).probabilities for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


def test_a_graph_is_saved_and_loaded(tmp_path):
    graph = discover(chain(200), "outcome", n_resamples=3, required_edges=[EDGES[0]], forbidden_edges=[EDGES[2]])
    graph.save(tmp_path / "graph.json")
    again = CausalGraph.load(tmp_path / "graph.json")
    pd.testing.assert_frame_equal(graph.edge_probabilities, again.edge_probabilities)
    for seed in range(5):
        one, two = (g.sample_dag(np.random.default_rng(seed)) for g in (graph, again))
        assert set(one.edges) == set(two.edges)
        assert one.has_edge(0, 1) and not one.has_edge(3, 2)
    with pytest.raises(DataError, match="Timestamp"):
        dated = pd.DataFrame({pd.Timestamp(0): [1.0, 2.0], "b": [1.0, 3.0]})
        discover(dated).save(tmp_path / "graph.json")


def test_rows_and_interventions():
    scm = fit_scm(chain(), nx.DiGraph(EDGES))
    rng = np.random.default_rng
    natural = scm.sample(4000, rng(0))
    treated = scm.intervene({"treatment": "yes"}, 4000, rng(0))
    assert set(treated["treatment"]) == {"yes"}
    assert abs(treated["dose"].mean() - 30) < 1.5
    assert abs(treated["outcome"].mean() - 65) < 4
    assert treated["colour"].value_counts(normalize=True).to_numpy() == pytest.approx(1 / 3, abs=0.05)
    shifted = scm.intervene({"dose": lambda x: x + 5}, 4000, rng(0))
    assert shifted["dose"].mean() - natural["dose"].mean() == pytest.approx(5, abs=0.01)
    assert 4 < shifted["outcome"].mean() - natural["outcome"].mean() < 14
    set_outcome = scm.intervene({"outcome": 1000.0}, 500, rng(0))
    assert (set_outcome["outcome"] == 1000).all()
    assert abs(set_outcome["dose"].mean() - natural["dose"].mean()) < 1.5, "causes are left as they are"
    for frame in (natural, treated, shifted):
        pd.testing.assert_series_equal(frame.dtypes, chain(10).dtypes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dos": 3}, ["'dos'", "'dose'"]),
        ({"treatment": "maybe"}, ["'maybe'", "yes"]),
        ({"dose": 2.5}, ["'dose'", "2.5"]),
        ({"dose": "many"}, ["'dose'", "'many'"]),
        ({"dose": lambda x: x / 0.0}, ["'dose'", "inf"]),
        ({"colour": lambda x: x}, ["'colour'", "categorical"]),
        ({"twin": 3}, ["'twin'", "repeats 'dose'"]),
        ({"dose": lambda x: [1.0, 2.0]}, ["'dose'", "(2,) values for 10 rows"]),
        ({"grade": "7"}, ["'grade' cannot be set to '7'", "[1, 2, 3]"]),
        ({"grade": 4}, ["'grade' cannot be set to 4: its values are [1, 2, 3]"]),
        ({"day": "rubbish"}, ["'day' is datetime64[ns] and cannot be set to 'rubbish'"]),
        ({"day": pd.Timestamp("2020-01-01", tz="UTC")}, ["'day' is datetime64[ns] and cannot be set to"]),
        ({"span": pd.Timedelta(hours=7)}, ["the nearest of its values are 0 days 06:00:00 and 0 days 08:00:00"]),
    ],
)
def test_impossible_interventions_say_so(changes, words):
    frame = chain(100).assign(twin=lambda t: t["dose"] * 2)
    k = np.random.default_rng(0).integers(0, 9, 100)
    frame["day"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(k, unit="D")).astype("datetime64[ns]")
    frame["span"] = pd.to_timedelta(np.roll(k, 1) * 2, unit="h")
    frame["grade"] = pd.Categorical(1 + np.roll(k, 2) % 3, categories=[1, 2, 3, 4])
    scm = fit_scm(frame, discover(frame, n_resamples=2))
    with np.errstate(divide="ignore"), pytest.raises(OptionError) as caught:
        scm.intervene(changes, 10, np.random.default_rng(0))
    for word in words:
        assert word in str(caught.value)


def test_a_copy_follows_its_original():
    frame = chain(200).assign(twin=lambda t: t["dose"] * 2)
    scm = fit_scm(frame, discover(frame, n_resamples=2))
    value = int(frame["dose"].iloc[0])
    rows = scm.intervene({"dose": value}, 20, np.random.default_rng(0))
    assert (rows["twin"] == 2 * value).all()


def test_dependent_noise_keeps_what_an_empty_graph_loses():
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal(800)
    frame = pd.DataFrame({"a": hidden + 0.3 * rng.standard_normal(800), "b": hidden + 0.3 * rng.standard_normal(800)})
    frame["c"] = np.where(hidden + 0.3 * rng.standard_normal(800) > 0, "up", "down")
    empty = discover(frame, forbidden_edges=[(x, y) for x in "abc" for y in "abc" if x != y])
    for noise, low, high in (("independent", -0.1, 0.1), ("dependent", 0.8, 1.0)):
        rows = fit_scm(frame, empty, noise=noise).sample(3000, rng)
        assert low < rows["a"].corr(rows["b"]) < high
        difference = rows.groupby("c")["a"].mean()
        assert (abs(difference["up"] - difference["down"]) > 0.8) == (noise == "dependent")


@pytest.mark.parametrize("noise", ["independent", "dependent"])
def test_a_messy_frame(noise):
    frame = messy_frame(60)
    graph = discover(frame, "label", categorical=("label",), n_resamples=3)
    scm = fit_scm(frame, graph, categorical=("label",), noise=noise)
    rows = scm.sample(200, np.random.default_rng(0))
    pd.testing.assert_frame_equal(rows, scm.sample(200, np.random.default_rng(0)))
    for name in frame.columns:
        assert set(rows[name].dropna()) <= set(frame[name].dropna()), name


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: discover(f, "outcom"), ["'outcom'", "'outcome'"]),
        (lambda f: discover(f, categorical=("colou",)), ["'colou'", "'colour'"]),
        (lambda f: fit_scm(f, nx.DiGraph([("a", "dose")])), ["'a'"]),
        (lambda f: fit_scm(f, discover(f[["dose", "outcome"]], n_resamples=2)), ["dose", "treatment"]),
        (lambda f: fit_scm(f, nx.DiGraph(EDGES), mechanism="forest"), ["mechanism='forest'", "tree"]),
        (lambda f: fit_scm(f, nx.DiGraph(EDGES), noise="white"), ["noise='white'", "dependent"]),
    ],
)
def test_mistakes_name_what_is_meant(call, words):
    with pytest.raises(OptionError) as caught:
        call(chain(50))
    for word in words:
        assert word in str(caught.value)


def test_pictures_of_narrow_and_wide_graphs(tmp_path):
    graph = discover(chain(200), "outcome", n_resamples=3, required_edges=[EDGES[0]])
    ax = graph.plot(tmp_path / "narrow.png")
    dashed = [patch for patch in ax.patches if patch.get_linestyle() in ("dashed", "--")]
    assert len(dashed) == 1, "the stated edge is marked"
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.standard_normal((300, 20)) @ rng.standard_normal((20, 60)))
    discover(wide, n_resamples=3).plot(tmp_path / "wide.png")
    assert (tmp_path / "wide.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"backend": "causallearn"}, "backend='causallearn' .*did you mean 'causal-learn'"),
        ({"n_resamples": 0}, "n_resamples=0 must be a whole number of at least 1"),
        ({"alpha": 5}, "alpha=5 must be a number from 1e-12 to 0.5"),
        ({"max_depth": -1}, "max_depth=-1 must be a whole number"),
        ({"time_limit": "soon"}, "time_limit='soon' must be a number"),
        ({"seed": "x"}, "seed='x' must be a whole number"),
        ({"categorical": "a"}, r"categorical='a' must be a list of columns: write \['a'\]"),
        ({"categorical": ["zz"]}, r"categorical: no column 'zz' in the frame; there is \['a', 'b'\]"),
        ({"target": "zz"}, r"target: no column 'zz' in the frame; there is \['a', 'b'\]"),
        ({"target": ["a"]}, "target: no column"),
        ({"roots": [["a"]]}, "without brackets"),
    ],
)
def test_discover_checks_every_option(options, words):
    with pytest.raises(OptionError, match=words):
        discover(pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) ** 2}), **options)


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": []}), pd.DataFrame(index=range(3))])
def test_a_frame_of_nothing_is_named(frame):
    for call in (discover, lambda f: fit_scm(f, [])):
        with pytest.raises(DataError, match="nothing to learn"):
            call(frame)


def test_a_fitted_model_draws_none_and_says_what_it_cannot_draw():
    frame = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) ** 2})
    rng = np.random.default_rng(0)
    scm = fit_scm(frame, [("a", "b")])
    empty = scm.sample(0, rng)
    assert len(empty) == 0 and list(empty.columns) == ["a", "b"] and (empty.dtypes == frame.dtypes).all()
    assert len(scm.intervene({"a": 1.0}, 0, rng)) == 0
    for call, words in (
        (lambda: scm.sample(5, 0), "rng=0 must be a NumPy generator"),
        (lambda: scm.sample(-1, rng), "n=-1 must be a whole number"),
        (lambda: scm.intervene([("a", 1.0)], 5, rng), "must be a dictionary"),
        (lambda: scm.intervene({"zz": 1.0}, 5, rng), r"no column 'zz' to intervene on; there is \['a', 'b'\]"),
        (lambda: fit_scm(frame, None), "graph=None: pass what discover"),
        (lambda: fit_scm(frame, 3), "graph=3 must be a list"),
        (lambda: fit_scm(frame, [("a", "b"), ("b", "a")]), "a -> b -> a"),
        (lambda: fit_scm(frame, [("a", "b")], mechanism="ridg"), "did you mean 'ridge'"),
    ):
        with pytest.raises(OptionError, match=words):
            call()


def test_a_discovered_graph_is_drawn_and_what_has_no_graph_is_named(tmp_path):
    from autogluon_causalmix import plot_graph

    frame = pd.DataFrame({"a": np.arange(30.0), "b": np.arange(30.0) ** 2, "c": np.arange(30.0) % 7})
    assert plot_graph(discover(frame, n_resamples=2), tmp_path / "graph.png").get_title()
    assert (tmp_path / "graph.png").stat().st_size > 1000
    for source, words in ((3, "source=3 has no graph to draw"), (frame, r"lacks the columns \['from'")):
        with pytest.raises(OptionError, match=words):
            plot_graph(source)


def test_a_column_is_not_set_to_what_its_dtype_cannot_hold():
    rng = np.random.default_rng(0)
    age = rng.integers(20, 90, 200)
    frame = pd.DataFrame({"age": age.astype("int8"), "b": age + rng.standard_normal(200)})
    for narrow in (frame, frame.astype({"age": "Int8"})):
        scm = fit_scm(narrow, [("age", "b")])
        assert (scm.intervene({"age": 100}, 3, rng)["age"] == 100).all()
        for change in (200, lambda x: x + 100):
            with pytest.raises(OptionError, match=r"'age' is [iI]nt8 and cannot hold 1?[0-9]{2,3}"):
                scm.intervene({"age": change}, 20, rng)


def test_threads_draw_what_they_would_draw_one_after_the_other():
    """DoWhy draws from NumPy's global state, of which there is one."""
    from concurrent.futures import ThreadPoolExecutor

    scm = fit_scm(chain(200), EDGES)
    before = np.random.get_state()[1].copy()

    def draw(seed):
        return scm.sample(5000, np.random.default_rng(seed))

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(draw, range(6)))
    for seed, rows in enumerate(together):
        pd.testing.assert_frame_equal(rows, draw(seed))
    np.testing.assert_array_equal(np.random.get_state()[1], before)
