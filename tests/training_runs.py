"""Small fine-tuning runs that several test modules look into."""

import copy
import time

import numpy as np
import pandas as pd
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.runner import Runner
from autogluon_causalmix.finetune.trainer import Schedule, fine_tune
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.threads import AdaptiveThreads


def data(n=60, m=40, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n + m)
    x = (rng.standard_normal((n + m, 3)) + y[:, None]).astype(np.float32)
    return x[:n], y[:n], x[n:], y[n:]


def view(n_features=3, n_classes=2):
    return View(np.ones(n_features, dtype=np.float32), np.arange(n_features), np.arange(n_classes))


def reader():
    return Problem.read(pd.DataFrame(data()[0]).rename(columns=str), pd.Series(data()[1]), "binary", 2).reader


def runner(
    seed=0, precision="float32", validate=True, averaging=0.0, untuned_share=0.0, slow=0.0, n_views=1, rows=slice(None)
):
    learner = InContextModel(new_tab2d(8, 2, 2, seed=0), 2, "cpu", precision)
    x, y, x_val, y_val = data()
    size = EpisodeSize(query_share=0.2, max_support=999, max_query=999)
    sampler = EpisodeSampler(x, y, size, Mixing(), np.random.default_rng(seed), stratify=True)
    if slow:
        plain = sampler.next
        sampler.next = lambda progress: (time.sleep(slow), plain(progress))[1]
    watch = validation.ValidationPass(learner, [view()] * n_views, (x, y), (x_val[rows], y_val[rows]))
    return Runner(learner, sampler, watch if validate else None, averaging, untuned_share)


def run(steps=10, lr=1e-2, patience=100, deadline=None, score=None, seed=0, on_step=None, certainty=0.0, **options):
    one = runner(seed, **options)
    untuned = copy.deepcopy(one.learner.model.state_dict())
    schedule = Schedule(steps, lr, warmup_steps=2, weight_decay=0.1, patience=patience, certainty=certainty)
    judge = validation.Judge(score, reader())
    (result,) = fine_tune([one], judge, schedule, Budget(deadline), AdaptiveThreads(1), on_step)
    return one.learner, result, untuned


def validation_loss(learner):
    x, y, x_val, y_val = data()
    outputs = step_outputs(learner, x, y, x_val)
    return float(learner.loss(outputs, torch.from_numpy(y_val)))


def step_outputs(learner, x, y, x_val):
    codes, codes_val = learner.coded(x, x_val)
    return learner.outputs_given(learner.read_codes(codes, y), codes_val)
