"""Work shared among threads respects every limit on threads, and restores the state of BLAS."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from ntk_symbolic import mlp, threads
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.threads import at_most, cores, one_blas_thread, share

X = np.random.default_rng(0).standard_normal((700, 4))


def blas():
    return [x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"]


@pytest.fixture
def eight(monkeypatch):
    """A machine of eight processors."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(8), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with threadpool_limits(8):
        yield


def used(parts=64):
    """The number of threads of a shared work: each waits a little for others."""
    seen = set()

    def work(part):
        seen.add(threading.get_ident())
        threading.Event().wait(0.002)

    share(work, range(parts))
    return len(seen)


# ---- limits -------------------------------------------------------------------------------------------------------------


def test_all_processors_are_used_where_nothing_is_said(eight):
    assert cores() == 8 and used() == 8


@pytest.mark.parametrize("said", ["3", "3,2", " 3 "])
def test_omp_num_threads_bounds_the_pool(eight, monkeypatch, said):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert cores() == 3 and used() == 3


@pytest.mark.parametrize("said", ["", "many", "0"])
def test_what_is_no_number_of_threads_bounds_nothing_and_none_leaves_one(eight, monkeypatch, said):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert cores() == (1 if said == "0" else 8)


def test_a_limit_of_threadpoolctl_bounds_the_pool(eight):
    with threadpool_limits(2):
        assert cores() == 2 and used() == 2
        with one_blas_thread():  # this is no limit on the pool
            assert cores() == 2
    assert cores() == 8


def test_at_most_bounds_the_pool_within_and_for_this_thread_only(eight):
    with at_most(2):
        assert used() == 2
        with at_most(5):
            assert cores() == 2
        with at_most(None):
            assert cores() == 2
        with ThreadPoolExecutor(1) as other:
            assert other.submit(cores).result() == 8
    assert cores() == 8


def test_shares_within_shares_divide_the_threads(eight):
    found = []
    share(lambda part: found.append(cores()), range(3))
    assert found == [2, 2, 2]
    share(lambda part: found.append(cores()), range(1))
    assert found[3:] == [8]


@pytest.mark.parametrize("count", [1, 2])
def test_kernels_take_a_number_of_threads_which_changes_no_bit(count, monkeypatch):
    net, most = mlp(1, "relu", 1.2, 0.1), []
    monkeypatch.setattr("ntk_symbolic.infinite.engine.share", lambda *work: most.append(cores()) or share(*work))
    np.testing.assert_array_equal(net.ntk(X, threads=count), net.ntk(X))
    np.testing.assert_array_equal(net.nngp(X, X[:9], threads=count), net.nngp(X, X[:9]))
    assert most[::2] == [min(count, most[1])] * 2


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2"])
def test_what_is_no_number_of_threads_is_refused(count):
    for call in (mlp(1).ntk, mlp(1).compare):
        with pytest.raises(InvalidInput, match="threads"):
            call(X[:3], threads=count)


# ---- BLAS ---------------------------------------------------------------------------------------------------------------


def test_the_last_who_leaves_sets_blas_back():
    """Two calls that overlap: the second finds one thread, and must not treat that as the original state."""
    with threadpool_limits(2):
        with ExitStack() as first, ExitStack() as second:
            first.enter_context(one_blas_thread())
            second.enter_context(one_blas_thread())
            first.close()
            assert set(blas()) == {1}
        assert set(blas()) == {2}


def test_concurrent_kernels_leave_blas_as_it_was_and_are_right():
    net = mlp(1, "relu", 1.2, 0.1)
    wanted = net.ntk(X)
    with threadpool_limits(2):
        with ThreadPoolExecutor(6) as pool:
            for K in pool.map(lambda _: net.ntk(X), range(12)):
                np.testing.assert_array_equal(K, wanted)
        assert set(blas()) == {2}


def test_an_error_sets_blas_back_too():
    before = blas()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        share(lambda part: 1 / part, [1, 0, 2])
    assert blas() == before


def test_a_child_process_is_not_left_with_one_thread():
    before = blas()
    with one_blas_thread():
        inside = threads._Blas()
        inside.enter()
        inside.before = list(threads._BLAS.before)
        inside.forked()
        assert blas() == before and inside.users == 0
