"""Arrays of other libraries are accepted, or refused with the argument and the remedy."""

import array_api_strict as strict
import numpy as np
import pytest

from ntk_symbolic import mlp
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.arrays import erfi, occurs, positions, replaced
from ntk_symbolic.errors import InvalidInput

X = np.random.default_rng(0).standard_normal((5, 3))
NET = mlp(2, "relu", 1.2, 0.1)
ELSEWHERE = strict.Device("device1")
CALLS = {"kernel": NET.ntk, "gap": NET.gap}


def on(X, dtype=strict.float64, device=None):
    return strict.asarray(np.asarray(X), dtype=dtype, device=device)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("other", [X, X.tolist()], ids=["an array", "a list"])
def test_two_libraries_are_refused_naming_both_arguments(call, other):
    with pytest.raises(
        InvalidInput, match=r"X is an array of array_api_strict and Y is not: pass array_api_strict.asarray of Y"
    ):
        call(on(X), other)
    with pytest.raises(InvalidInput, match="Y is an array of array_api_strict and X is not"):
        call(other, on(X))


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_two_precisions_take_the_higher_as_in_numpy(call):
    single = X.astype(np.float32)
    for left, right, ours in (
        (on(single, strict.float32), on(X), (single, X)),
        (on(X), on(single, strict.float32), (X, single)),
    ):
        found = call(left, right)
        assert found.dtype == strict.float64
        np.testing.assert_allclose(np.asarray(found), call(*ours), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [strict.int64, strict.bool, strict.complex128])
def test_what_is_no_float_is_refused_with_the_conversion(dtype):
    for call in (NET.ntk, NET.gap, NET.diagonal):
        with pytest.raises(
            InvalidInput, match=r"X is an array of .*: pass float32 or float64, such as X.astype\(float\)"
        ):
            call(strict.ones((2, 3), dtype=dtype))
    with pytest.raises(InvalidInput, match="Y is an array of"):
        NET.ntk(on(X), strict.ones((2, 3), dtype=dtype))


def test_unequal_features_and_what_is_not_finite_are_refused_too():
    with pytest.raises(InvalidInput, match="X has 3 features and Y has 2"):
        NET.ntk(on(X), on(X[:, :2]))
    with pytest.raises(InvalidInput, match="Y has NaN or inf"):
        NET.ntk(on(X), on(X * np.nan))


# ---- devices: the strict library's second one stands for a GPU --------------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "step", "exp"])
def test_everything_stays_on_the_device_of_the_data(name):
    net = mlp(1, name, 0.5, 0.1)
    for found in (net.nngp(on(X, device=ELSEWHERE)), net.gap(on(X, device=ELSEWHERE), get="nngp")):
        assert found.device == ELSEWHERE
    here = strict.asarray(net.nngp(on(X, device=ELSEWHERE)), device=strict.Device("CPU_DEVICE"), copy=True)
    np.testing.assert_allclose(np.asarray(here), net.nngp(X), rtol=1e-13)


def test_two_devices_are_refused():
    with pytest.raises(InvalidInput, match=r"X is on .*device1.* and Y on .*CPU.*: pass both on one device"):
        NET.ntk(on(X, device=ELSEWHERE), on(X))


@pytest.mark.parametrize("name", ["tanh", "hard_tanh"])
def test_readings_by_numpy_refuse_what_numpy_cannot_read_by_name(name):
    net = mlp(1, name)
    for call in (net.ntk, net.nngp, net.gap, net.diagonal):
        with pytest.raises(InvalidInput, match=rf"{name}.*NumPy.*Network.derivative"):
            call(on(X, device=ELSEWHERE))
    with pytest.raises(InvalidInput, match="erfi is computed by NumPy"):
        erfi(on(X, device=ELSEWHERE))


# ---- the functions that the rules need --------------------------------------------------------------------------------


@pytest.mark.parametrize("full", [0, 1, 7, 15])
def test_entries_are_replaced_in_their_places(full):
    mask = np.zeros(15, bool)
    mask[np.random.default_rng(full).permutation(15)[:full]] = True
    mask = mask.reshape(5, 3)
    wanted = X.copy()
    wanted[mask] = np.arange(full)
    found = replaced(on(mask, strict.bool), on(np.arange(full)), on(X))
    np.testing.assert_array_equal(np.asarray(found), wanted)
    for ours, theirs in zip(np.nonzero(mask), positions(on(mask, strict.bool)), strict=True):
        np.testing.assert_array_equal(np.asarray(theirs), ours)


def test_a_mask_occurs_where_one_entry_does():
    assert occurs(np.array([False, True])) and not occurs(np.zeros(3, bool)) and not occurs(on(X) > 9.0, unknown=True)


def test_differences_are_formed_for_near_pairs_alone(monkeypatch):
    """5 of 25 pairs are near: differences of all would take n·m·d numbers."""
    from ntk_symbolic.infinite import geometry

    formed = []
    original = geometry.from_differences
    monkeypatch.setattr(geometry, "from_differences", lambda x, *rest: formed.append(x.shape) or original(x, *rest))
    NET.ntk(on(X))
    assert formed == [(5, 3)]


# ---- PyTorch itself -----------------------------------------------------------------------------------------------------


def test_torch_arrays_are_taken_or_refused_in_the_same_words():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    T = torch.tensor(X)
    for call in (NET.ntk, NET.gap):
        with pytest.raises(InvalidInput, match=r"X is an array of torch and Y is not: pass torch\.asarray of Y"):
            call(T, X)
        assert call(T.float(), T).dtype == torch.float64
    assert NET.ntk(T.bfloat16()).dtype == torch.float32
    with pytest.raises(InvalidInput, match=r"X.to_dense\(\)"):
        NET.ntk(T.to_sparse())
    with pytest.raises(InvalidInput, match=r"X.double\(\)"):
        NET.ntk(T.long())
    with pytest.raises(InvalidInput, match="both on one device"):
        NET.ntk(T, T.to("meta"))
    for name in LIBRARY:
        net = mlp(1, name, 0.5, 0.1)
        np.testing.assert_allclose(net.nngp(T).numpy(), net.nngp(X), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(torch.func.vmap(NET.ntk)(torch.stack([T, 2 * T]))[1].numpy(), NET.ntk(2 * X), rtol=1e-12)
