"""The in-context model as an energy: its gradient, and TabEBM's chains on it."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.tabebm import TabEBM
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.mitra import load_tab2d
from autogluon_causalmix.table import TypedTable


def conditioned(folder, is_category=(False, False, False)):
    rng = np.random.default_rng(0)
    x = np.column_stack((rng.standard_normal((40, 2)), rng.integers(0, 3, 40)))
    energy = InContextEnergy(load_tab2d(folder))
    energy.condition(x, (x[:, 0] > 0).astype(int), np.array(is_category))
    return energy, x


def test_the_gradient_is_that_of_the_energy(tiny_classifier, monkeypatch):
    from autogluon_causalmix.incontext import energy as module

    monkeypatch.setattr(module, "has_native_bfloat16", lambda device: False)
    energy, x = conditioned(tiny_classifier)
    at = x[:5].copy()
    gradient = energy.gradients(at)[1]
    assert np.abs(gradient).max() > 1e-4
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-2
        difference = (energy.values(at + step) - energy.values(at - step)) / 2e-2
        np.testing.assert_allclose(gradient[:, j], difference, atol=2e-3, rtol=0.05)


def test_class_columns_have_no_gradient(tiny_classifier):
    energy, x = conditioned(tiny_classifier, (False, False, True))
    gradient = energy.gradients(x)[1]
    assert (gradient[:, 2] == 0).all() and (gradient[:, :2] != 0).any()
    assert not np.array_equal(energy.values(x), energy.values(x + np.array([0, 0, 1]))), "but they matter"


def test_rows_are_computed_in_parts(tiny_classifier, monkeypatch):
    from autogluon_causalmix.incontext import energy as module

    energy, x = conditioned(tiny_classifier)
    whole = energy.gradients(x)
    monkeypatch.setattr(module, "KERNEL_CELLS", 7 * 40 * 3)
    for a, b in zip(whole, energy.gradients(x), strict=True):
        np.testing.assert_allclose(a, b, atol=5e-3)


class Bowl:
    """Energy ``|x - context mean|^2``, class columns off by one cost 10."""

    def condition(self, x, y, is_category):
        self.centre, self.is_category = x[y == 0].mean(axis=0), is_category

    def values(self, x):
        return ((x - self.centre) ** 2).sum(axis=1)

    def gradients(self, x):
        return self.values(x), 2 * (x - self.centre) * ~self.is_category


def frame(n=60):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, n)
    return pd.DataFrame(
        {
            "a": rng.standard_normal(n) + 3 * label,
            "b": rng.standard_normal(n),
            "c": pd.Categorical(rng.choice(["u", "v"], n)),
            "label": pd.Categorical(np.where(label, "yes", "no")),
        }
    )


def test_chains_fall_to_low_energies_of_their_own_class():
    table = TypedTable.from_frame(frame(), categorical=["label"])
    generator = TabEBM(Bowl(), n_steps=60).fit(table)
    for followed in generator.energies.values():
        assert len(followed) == 60 and followed[-1] < 0.5 * followed[0]
    rows = generator.sample(200, np.random.default_rng(0)).to_frame()
    means = rows.groupby("label", observed=True)["a"].mean()
    assert means["no"] < 1 < 2 < means["yes"]
    assert generator.energy is None, "given up, so that the rows can be pickled without a model"


def test_a_time_limit_ends_the_chains_and_says_so_when_there_is_none():
    class Slow(Bowl):
        def gradients(self, x):
            import time

            time.sleep(0.02)
            return super().gradients(x)

    table = TypedTable.from_frame(frame(), categorical=["label"])
    generator = TabEBM(Slow(), seconds=0.5).fit(table)
    assert all(0 < len(followed) < 200 for followed in generator.energies.values())
    with pytest.raises(TimeoutError, match="too short"):
        TabEBM(Slow(), seconds=0.0).fit(table)
    assert generator.describe().remarks == (), "who sets a limit knows"


def test_without_a_time_limit_the_chains_have_one_of_their_own_and_say_so(monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr("autogluon_causalmix.generators.tabebm.time.monotonic", lambda: 0.1 * next(clock))
    table = TypedTable.from_frame(frame(), categorical=["label"])
    generator = TabEBM(Bowl(), n_steps=500).fit(table)
    assert all(len(followed) < 150 for followed in generator.energies.values())
    (remark,) = generator.describe().remarks
    assert "chains ended after 20 s, before their 500 steps" in remark and "generator_options" in remark
    assert TabEBM(Bowl(), n_steps=5).fit(table).describe().remarks == ()


def test_a_class_of_more_rows_has_more_of_the_time(monkeypatch):
    """An equal share for each class would cut the chains of the largest and leave most of the time unused."""
    clock = [0.0]

    class Counting(Bowl):
        def gradients(self, x):
            clock[0] += 0.001 * len(x)
            return super().gradients(x)

    monkeypatch.setattr("autogluon_causalmix.generators.tabebm.time.monotonic", lambda: clock[0])
    data = frame(200).assign(label=["large"] * 180 + ["small"] * 10 + ["least"] * 10)
    generator = TabEBM(Counting(), n_rows=100, n_steps=20, seconds=1.9).fit(TypedTable.from_frame(data))
    assert min(len(followed) for followed in generator.energies.values()) >= 15


@pytest.mark.parametrize("seconds", [20.0, 60.0])
def test_a_rare_class_that_comes_last_has_time_for_steps(monkeypatch, seconds):
    """A large class that is cut ends up to one step late, and each step takes some time whatever its rows."""
    clock = [0.0]

    class Counting(Bowl):
        def condition(self, x, y, is_category):
            clock[0] += 0.1
            super().condition(x, y, is_category)

        def gradients(self, x):
            clock[0] += 0.05 + 0.002 * len(x)
            return super().gradients(x)

    monkeypatch.setattr("autogluon_causalmix.generators.tabebm.time.monotonic", lambda: clock[0])
    data = frame(200).assign(label=["a"] * 198 + ["rare"] * 2)
    generator = TabEBM(Counting(), seconds=seconds).fit(TypedTable.from_frame(data))
    large, rare = (len(followed) for followed in generator.energies.values())
    assert rare > 10 and large > 0.8 * seconds / 0.65 * 0.875


def test_rows_of_the_bank_are_used_before_any_is_used_twice():
    table = TypedTable.from_frame(frame(), categorical=["label"])
    generator = TabEBM(Bowl(), n_rows=50, n_steps=1).fit(table)
    rows = generator.sample(50, np.random.default_rng(0)).values
    assert len(np.unique(rows[:, 0])) == 50
    assert len(generator.sample(120, np.random.default_rng(0))) == 120


@pytest.mark.slow
def test_energies_fall_along_the_chains_of_the_bundled_checkpoint():
    from autogluon_causalmix.checkpoints import MINI_FOLDER

    table = TypedTable.from_frame(frame(100), categorical=["label"])
    generator = TabEBM(InContextEnergy(load_tab2d(str(MINI_FOLDER))), n_rows=60, n_steps=60).fit(table)
    for followed in generator.energies.values():
        assert np.mean(followed[-10:]) < np.mean(followed[:3])


@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_the_energy_has_the_precision_of_steps(tiny_classifier, monkeypatch, precision):
    from autogluon_causalmix.incontext import energy as module

    monkeypatch.setattr(module, "has_native_bfloat16", lambda device: True)
    energy = InContextEnergy(load_tab2d(tiny_classifier), "cpu", precision)
    dtype = "bfloat16" if precision == "auto" else precision
    assert {str(one.dtype) for one in energy._model.parameters()} == {f"torch.{dtype}"}
