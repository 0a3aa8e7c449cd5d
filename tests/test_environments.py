"""Episodes by the user's own domain column: whose rows are where, what a query row shows, and AutoGluon's part."""

import logging

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import report
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.finetune.environments import DomainRows, split_by_domain
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions

from .conftest import blobs, estimator, fit, small

SITES = ("north", "south", "east", "west")


def split(domains, y=None, n_support=60, n_query=20, seed=0):
    return split_by_domain(np.asarray(domains), y, n_support, n_query, np.random.default_rng(seed))


@pytest.mark.parametrize("sizes", [(40, 40), (25, 25, 25, 25), (90, 10), (60, 20, 15, 5), (1,) * 50])
def test_support_and_query_have_no_domain_in_common_and_the_support_keeps_half(sizes):
    domains = np.repeat(np.arange(len(sizes)), sizes)
    y = np.arange(len(domains)) % 3
    asked = set()
    for seed in range(60):
        support, query = split(domains, y, seed=seed)
        assert not set(domains[support]) & set(domains[query]) and len(query) and len(support)
        assert len(np.unique(support)) == len(support) <= 60 and len(np.unique(query)) == len(query) <= 20
        left = np.isin(domains, domains[query], invert=True).sum()
        assert left >= len(domains) / 2 and len(support) == min(60, left)
        asked |= set(domains[query])
    assert asked == {k for k, size in enumerate(sizes) if size <= sum(sizes) / 2}, "each in its turn"


def test_every_class_is_left_to_the_support_if_it_can_be():
    domains = np.repeat([0, 1, 2], [40, 30, 30])
    y = np.zeros(100, dtype=int)
    y[::2], y[95] = 1, 2  # the only row of class 2 is of domain 2
    for seed in range(40):
        support, query = split(domains, y, n_support=90, seed=seed)
        assert set(y[support]) == {0, 1, 2} and 2 not in set(domains[query])


def test_no_row_is_asked_about_whose_class_the_support_lacks():
    domains = np.repeat([0, 1], 50)
    y = np.where(domains == 0, 0, 1)
    y[:10] = 2
    y[50:60] = 2
    for seed in range(20):
        support, query = split(domains, y, seed=seed)
        assert set(y[query]) == {2} and set(y[query]) <= set(y[support])


def test_without_a_domain_to_ask_about_there_is_no_such_episode():
    assert split(np.zeros(50, dtype=int)) is None
    domains = np.repeat([0, 1], 25)
    assert split(domains, domains.copy()) is None, "each domain has a class of its own"
    assert split(domains, None) is not None, "a regression has no classes"


def test_the_same_seed_gives_the_same_episode():
    domains = np.random.default_rng(0).integers(0, 6, 200)
    first, again, other = (split(domains, domains % 2, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_a_sampler_of_one_domain_makes_ordinary_episodes():
    x, y = np.arange(50.0)[:, None], np.arange(50) % 2
    size = EpisodeSize(0.2)

    def made(domains):
        return EpisodeSampler(x, y, size, Mixing(), np.random.default_rng(0), stratify=True, domains=domains).next()

    plain, one = made(None), made(DomainRows(np.zeros(50, dtype=int), x))
    for a, b in zip(plain.__dict__.values(), one.__dict__.values(), strict=True):
        np.testing.assert_array_equal(a, b)


def sites(n=120, seed=0, n_classes=2):
    """`blobs` with a site, and a number that tells the row."""
    X, y = blobs(n, seed, n_classes)
    X["site"] = pd.Categorical(np.array(SITES)[np.arange(n) % 4], SITES)
    X["row"] = np.arange(float(n))
    return X, y


@pytest.fixture
def episodes(monkeypatch):
    seen, gradients = [], InContextModel.compute_gradients

    def spy(self, episode):
        seen.append(episode)
        return gradients(self, episode)

    monkeypatch.setattr(InContextModel, "compute_gradients", spy)
    return seen


def rows_of(part, X):
    """Positions of an episode's rows; features are encoded less their mean."""
    return np.round(part[:, list(X).index("row")] + X["row"].mean()).astype(int)


@pytest.mark.parametrize("n_estimators", [1, 2])
def test_nothing_of_the_querys_domain_is_in_the_support_and_no_row_in_both(tiny_classifier, episodes, n_estimators):
    X, y = sites()
    options = {"environment_column": "site", "mix_ratio": 0, "fine_tune_steps": 12, "random_mirror_x": False}
    estimator(tiny_classifier, n_estimators=n_estimators, shuffle_classes=False, **options).fit(X, y)
    at, asked = list(X).index("site"), set()
    assert len(episodes) == 12 * n_estimators
    for episode in episodes:
        support, query = rows_of(episode.x_support, X), rows_of(episode.x_query, X)
        assert not set(support) & set(query), "the label of a query row is never among those that are seen"
        of_support, of_query = set(X["site"].iloc[support]), set(X["site"].iloc[query])
        assert of_query and not of_support & of_query
        np.testing.assert_array_equal(episode.y_support, y.to_numpy()[support])
        np.testing.assert_array_equal(episode.y_query, y.to_numpy()[query])
        assert len(np.unique(episode.x_query[:, at])) == 1, "a query row shows no site"
        assert len(np.unique(episode.x_support[:, at])) == len(of_support)
        asked |= of_query
    assert asked == set(SITES)


def test_a_query_row_shows_what_a_row_of_a_new_domain_shows_in_predictions(tiny_classifier, episodes):
    X, y = sites()
    fitted = estimator(tiny_classifier, environment_column="site", mix_ratio=0).fit(X, y)
    new = fitted.reader.encode(X[:1].assign(site=pd.Categorical(["abroad"])))
    at = list(X).index("site")
    assert {float(value) for episode in episodes for value in episode.x_query[:, at]} == {float(new[0, at])}


def test_a_domain_that_only_validation_rows_have_is_read_as_a_new_one(tiny_classifier, episodes):
    X, y = sites()
    X["site"] = X["site"].cat.add_categories("abroad")  # as AutoGluon hands over the levels of all rows
    fitted = estimator(tiny_classifier, environment_column="site", mix_ratio=0).fit(X, y)
    at = list(X).index("site")
    others = pd.Categorical(["abroad"], dtype=X["site"].dtype), pd.Categorical(["mars"])
    abroad, mars = (float(fitted.reader.encode(X[:1].assign(site=one))[0, at]) for one in others)
    assert {float(value) for episode in episodes for value in episode.x_query[:, at]} == {abroad} == {mars}


@pytest.mark.parametrize("rare", [False, True])
def test_a_hidden_domain_is_what_autogluon_makes_of_a_new_one(tiny_classifier, episodes, rare):
    """A missing level, which has a code of its own where training has one, too: AutoGluon drops a site of one row."""
    from autogluon.features import AutoMLPipelineFeatureGenerator

    X, y = sites()
    X["site"] = X["site"].astype(object).where(np.arange(len(X)) > 0, "rare" if rare else X["site"][1])
    generator = AutoMLPipelineFeatureGenerator(verbosity=0)
    later = X[:1].assign(site="mars")
    X, later = generator.fit_transform(X), generator.transform(later)
    assert X["site"].isna().sum() == rare and later["site"].isna().all()
    options = {"environment_column": "site", "mix_ratio": 0.5, "fine_tune_steps": 8, "random_mirror_x": False}
    fitted = estimator(tiny_classifier, **options).fit(X, y)
    assert not fitted.report.fallbacks
    at = list(X).index("site")
    mars = float(fitted.reader.encode(later)[0, at])
    assert {float(value) for episode in episodes for value in episode.x_query[:, at]} == {mars}
    known = {float(value) for episode in episodes for value in episode.x_support[:, at]}
    assert (mars in known) == rare


def test_synthetic_rows_of_one_domain_make_ordinary_episodes(tiny_classifier, episodes):
    """A rare domain, which most draws of rows lack: synthetic rows go on, and query rows hide their domain."""
    X, y = sites()
    X["site"] = pd.Categorical(np.where(np.arange(120) < 2, "rare", "common"))
    options = {"environment_column": "site", "mix_ratio": 1.0, "generator": "bootstrap", "fine_tune_steps": 20}
    report = estimator(tiny_classifier, **options).fit(X, y).report
    assert not report.fallbacks and all(episode.n_synthetic for episode in episodes)
    at = list(X).index("site")
    assert all(len(np.unique(episode.x_query[:, at])) == 1 for episode in episodes)


def test_a_number_is_shown_and_each_value_is_a_domain(tiny_classifier, episodes):
    X, y = sites()
    X["year"] = 2000 + np.arange(120) % 5
    estimator(tiny_classifier, environment_column="year", mix_ratio=0, fine_tune_steps=6).fit(X, y)
    at = list(X).index("year")
    for episode in episodes:
        support, query = (set(np.unique(part[:, at])) for part in (episode.x_support, episode.x_query))
        assert query and not support & query


def test_missing_is_a_domain_of_its_own(tiny_classifier, episodes):
    X, y = sites()
    X["site"] = X["site"].where(X["site"] != "east")
    estimator(tiny_classifier, environment_column="site", mix_ratio=0, fine_tune_steps=10).fit(X, y)
    of_rows = X["site"].astype(object).fillna("missing")
    for episode in episodes:
        parts = [set(of_rows.iloc[rows_of(part, X)]) for part in (episode.x_support, episode.x_query)]
        assert not parts[0] & parts[1]


@pytest.mark.parametrize("generator", ["scm", "bootstrap", "mixup"])
def test_synthetic_episodes_are_told_apart_too_and_keep_their_size(tiny_classifier, monkeypatch, generator):
    X, y = sites()
    taken, original = [], EpisodeSampler._take

    def spy(self, k, k_query):
        drawn = original(self, k, k_query)
        taken.append((k, k_query, drawn[0]))
        return drawn

    monkeypatch.setattr(EpisodeSampler, "_take", spy)
    options = {"environment_column": "site", "mix_ratio": 1.0, "generator": generator, "random_mirror_x": False}
    report = estimator(tiny_classifier, fine_tune_steps=8, **options).fit(X, y).report
    assert not report.fallbacks and len(taken) == 8
    at = list(X).index("site")
    for k, k_query, x in taken:
        assert len(x) == k + k_query and len(np.unique(x[k:, at])) == 1
    numbers = estimator(tiny_classifier, fine_tune_steps=8, **options).fit(X.assign(site=X["site"].cat.codes * 10), y)
    assert not numbers.report.fallbacks
    for k, _, x in taken[8:]:
        assert not set(x[:k, at]) & set(x[k:, at])


def test_with_worlds_the_column_rules_the_real_episodes(tiny_classifier, episodes):
    X, y = sites()
    options = {"environment_column": "site", "environments": True, "mix_ratio": 0.5, "fine_tune_steps": 16}
    assert not estimator(tiny_classifier, **options).fit(X, y).report.fallbacks
    at, real = list(X).index("site"), [episode for episode in episodes if not episode.n_synthetic]
    assert 0 < len(real) < 16
    for episode in real:
        assert len(np.unique(episode.x_query[:, at])) == 1
    shown = [len(np.unique(episode.x_query[:, at])) for episode in episodes if episode.n_synthetic]
    assert max(shown) > 1, "worlds hide no column"


def test_held_out_rows_and_the_support_of_predictions_are_what_they_are_without(tiny_classifier):
    X, y = sites()
    plain, by_site = (
        estimator(tiny_classifier, mix_ratio=0, environment_column=name).fit(X, y) for name in (None, "site")
    )
    np.testing.assert_array_equal(plain.support.x, by_site.support.x)
    first = [one.report.validation_scores[0][0] for one in (plain, by_site)]
    assert first[0] == first[1], "step 0 is the untuned model, validated on the same rows as they are"
    assert not np.array_equal(plain.predict_proba(X), by_site.predict_proba(X))


def test_a_fit_is_repeatable_and_a_regression_has_domains_too(tiny_classifier, tiny_regressor):
    X, y = sites()
    first, again = (estimator(tiny_classifier, environment_column="site").fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    number = estimator(None, "regression", 0, hf_reg_model=tiny_regressor, environment_column="site", mix_ratio=0.5)
    assert not number.fit(X, X["a"].rename("y")).report.fallbacks


def test_an_unknown_column_names_the_nearest(tiny_classifier):
    X, y = sites()
    with pytest.raises(OptionError, match="environment_column='sight' is no column of the table; did you mean 'site'"):
        estimator(tiny_classifier, environment_column="sight").fit(X, y)
    with pytest.raises(OptionError, match=r"environment_column=\['site'\] must be the name of one column"):
        CausalMixOptions.from_hyperparameters({"environment_column": ["site"]})


def test_one_domain_is_said_once_and_ignored(tiny_classifier):
    X, y = sites()
    messages = []
    X["site"] = "north"
    one = estimator(tiny_classifier, environment_column="site").fit(X, y, journal=Journal(messages.append))
    assert messages == ["CausalMix: environment_column='site' is ignored: all training rows are of one domain."]
    assert one.report.fallbacks == ["environment_column='site' is ignored: all training rows are of one domain"]
    plain = estimator(tiny_classifier).fit(X, y)
    np.testing.assert_array_equal(one.predict_proba(X), plain.predict_proba(X))


def test_domains_that_divide_no_class_are_said_once_and_ignored(tiny_classifier, tiny_regressor):
    X, y = sites()
    X["site"] = np.array(["north", "south"])[y]
    one = estimator(tiny_classifier, environment_column="site", mix_ratio=0).fit(X, y)
    (reason,) = one.report.fallbacks
    assert reason.startswith("environment_column='site' is ignored: every class is of one domain")
    number = estimator(None, "regression", 0, hf_reg_model=tiny_regressor, environment_column="site", mix_ratio=0)
    assert not number.fit(X, X["a"].rename("y")).report.fallbacks


def test_mixing_into_parts_of_an_episode_would_undo_it(tiny_classifier):
    asked = {"environment_column": "site", "mix_into": "both"}
    with pytest.raises(OptionError, match="which mix_into='both' would mix again: leave that at 'episode', or set mix"):
        estimator(tiny_classifier, **asked)
    estimator(tiny_classifier, mix_ratio=0, **asked)


def as_a_user_has_it(n=120):
    X, y = sites(n)
    return X.assign(site=X["site"].astype(str), y=y)


@pytest.mark.parametrize("bags", [0, 2])
def test_in_a_predictor_a_text_column_is_a_domain_and_held_out_rows_are_not_touched(
    tmp_path, tiny_classifier, episodes, bags
):
    data = as_a_user_has_it()
    options = small(tiny_classifier, environment_column="site", mix_ratio=0, fine_tune_steps=8, random_mirror_x=False)
    bagged = {"num_bag_folds": bags} if bags else {"tuning_data": as_a_user_has_it(40)}
    predictor = fit(tmp_path, data, {"CAUSALMIX": options}, **bagged)
    folds = report(predictor).folds
    ((_, of_folds),) = folds.items()
    assert len(episodes) == 8 * max(1, bags)
    assert not any(one["fallbacks"] for one in of_folds.values())
    widths = {episode.x_support.shape[1] for episode in episodes}
    assert widths == {len(data.columns) - 1}, "the column stays a feature"
    for episode in episodes:
        constant = [j for j in range(episode.x_query.shape[1]) if len(np.unique(episode.x_query[:, j])) == 1]
        assert len(constant) == 1
        seen = len(np.unique(episode.x_support[:, constant[0]]))
        assert 2 <= seen < len(SITES)
    strange = data.head(5).assign(site="abroad").drop(columns="y")
    assert np.isfinite(predictor.predict_proba(strange)).all(axis=None)


def test_in_a_predictor_a_mistake_names_the_users_column_and_a_dropped_one_is_said_once(
    tmp_path, tiny_classifier, caplog
):
    data = as_a_user_has_it().assign(region="here")
    wrong = small(tiny_classifier, environment_column="regoin")
    predictor = fit(tmp_path / "wrong", data, {"CAUSALMIX": wrong}, raise_on_no_models_fitted=False)
    (failure,) = predictor.model_failures()["exc_str"]
    assert "environment_column='regoin' is no column of your table; did you mean 'region'?" in failure
    caplog.clear()
    options = small(tiny_classifier, environment_column="region", mix_ratio=0)
    predictor = fit(tmp_path / "dropped", data, {"CAUSALMIX": options}, verbosity=2, num_bag_folds=2)
    ((_, of_folds),) = report(predictor).folds.items()
    for one in of_folds.values():
        assert any("AutoGluon dropped 'region'" in reason for reason in one["fallbacks"])
    said = [record for record in caplog.records if "environment_column is ignored" in record.message]
    assert len(said) == 1 and said[0].levelno >= logging.WARNING
