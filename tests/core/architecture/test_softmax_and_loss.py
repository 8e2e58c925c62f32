"""Which losses need probabilities: those that Keras computes with logarithms of them."""

import pytest

from cnn_core import ArchitectureSpec
from cnn_core.architecture.layers import Dense, Flatten
from cnn_core.architecture.repair import check, find_problem
from cnn_core.errors import LayerProblem

WITHOUT_SOFTMAX = ArchitectureSpec(layers=(Flatten(), Dense(units=10)))


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence"])
def test_a_cross_entropy_loss_without_softmax_is_rejected_by_name(loss):
    with pytest.raises(LayerProblem, match=f"dense1: {loss} needs probabilities that sum to 1.*linear; use softmax"):
        check(WITHOUT_SOFTMAX, 10, loss)
    for fix in find_problem(WITHOUT_SOFTMAX, loss=loss).fixes:
        check(fix.spec, 10, loss)


def test_mean_squared_error_accepts_any_ten_outputs():
    check(WITHOUT_SOFTMAX, 10, "mse")
