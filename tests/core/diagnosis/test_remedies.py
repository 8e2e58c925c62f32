"""Every diagnostic has a remedy: a changed setup that can be trained."""

import pytest
from test_diagnose import CASES, SENTENCES, run_of  # noqa: F401
from test_diagnose_real_runs import BROKEN, train

from cnn_core import DATASETS
from cnn_core.architecture.repair import check
from cnn_core.diagnosis.diagnose import find_diagnostics
from cnn_core.diagnosis.remedies import _REMEDIES, find_remedies


def test_every_diagnostic_has_remedies():
    assert set(_REMEDIES) == set(CASES)


@pytest.mark.parametrize("code", [code for code in CASES if code not in ("missing_classes", "few_images")])
def test_remedies_are_other_experiments_that_can_be_trained(run_of, code):  # noqa: F811
    epochs, more = CASES[code]
    schedule = {"schedule": {"kind": "step"}} if code == "rate_ran_out" else {}
    run = run_of(epochs, **more, **schedule)
    diagnostic = find_diagnostics(run)[0]
    remedies = find_remedies(diagnostic, run.experiment)
    assert remedies
    for remedy in remedies:
        check(remedy.experiment.architecture, len(DATASETS["digits"].class_names), remedy.experiment.training.loss)
        assert remedy.experiment.fingerprint != run.experiment.fingerprint
        assert remedy.experiment.dataset == run.experiment.dataset


@pytest.mark.parametrize("code", ["missing_classes", "few_images"])
def test_too_few_images_are_remedied_by_all_images_where_some_were_left_out(run_of, code):  # noqa: F811
    epochs, more = CASES[code]
    run = run_of(epochs, **more, train_share=0.05)
    [remedy] = find_remedies(find_diagnostics(run)[0], run.experiment)
    assert remedy.experiment.training.train_share == 1
    assert find_remedies(find_diagnostics(run)[0], run.experiment.with_training(train_share=1.0)) == ()


@pytest.mark.parametrize(
    "name",
    [
        "a rate a thousand times too large",
        "a rate a hundred thousand times too small",
        "weights that begin at zero",
        "raw pixels and large steps",
        "all labels wrong",
        "no number any more",
        "L2 of 1",
        "mse behind softmax",
        "one small step per epoch",
    ],
)
def test_a_broken_run_with_the_first_remedy_no_longer_has_that_diagnostic(store, name):
    experiment, _ = BROKEN[name]
    run = train(experiment, store)
    diagnostic = find_diagnostics(run)[0]
    better = train(find_remedies(diagnostic, experiment)[0].experiment, store)
    assert diagnostic.code not in [remark.code for remark in find_diagnostics(better)]
    assert better.history.test_accuracy > (run.history.test_accuracy or 0) - 0.02
