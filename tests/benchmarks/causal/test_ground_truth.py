"""How discovery is judged."""

import numpy as np
import pytest

from benchmarks.causal.ground_truth import calibration_error, judge

TRUTH = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], bool)


@pytest.mark.parametrize(
    ("edges", "skeleton", "direction", "shd"),
    [({(0, 1): 0.9, (1, 2): 0.8}, 1, 1, 0), ({(1, 0): 0.9, (1, 2): 0.8}, 1, 0.5, 1), ({(0, 2): 0.9}, 0, 0, 3)],
    ids=["right", "one reversed", "wrong"],
)
def test_edges_are_judged_with_and_without_direction(edges, skeleton, direction, shd):
    probabilities = np.zeros((3, 3))
    for edge, probability in edges.items():
        probabilities[edge] = probability
    scores = judge(probabilities, TRUTH)
    assert (scores["skeleton F1"], scores["direction F1"], scores["SHD"]) == (skeleton, direction, shd)


def test_calibration_is_the_distance_of_stated_and_true_shares():
    stated = np.repeat([0.25, 0.75], 100)
    assert calibration_error(stated, np.arange(200) % 4 < np.repeat([1, 3], 100)) < 1e-9
    assert abs(calibration_error(stated, np.zeros(200)) - 0.5) < 1e-9
