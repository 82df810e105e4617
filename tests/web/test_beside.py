"""Whether a thread follows another one from processor to processor."""

import os
import threading

import pytest

from lrcontrol.web.beside import Beside

if not hasattr(os, "sched_setaffinity"):
    pytest.skip("this system has no affinities of threads", allow_module_level=True)


@pytest.fixture
def thread():
    """A thread that waits."""
    over = threading.Event()
    waiting = threading.Thread(target=over.wait)
    waiting.start()
    yield waiting
    over.set()
    waiting.join()


def test_it_is_where_the_caller_is(thread):
    free = os.sched_getaffinity(0)
    beside = Beside(thread.native_id)
    try:
        for processor in sorted(free)[:4]:
            os.sched_setaffinity(0, {processor})  # of the calling thread
            beside.come()
            assert os.sched_getaffinity(thread.native_id) == {processor}
    finally:
        os.sched_setaffinity(0, free)


def test_a_thread_that_has_ended_is_no_fault(thread):
    gone = threading.Thread(target=str)
    gone.start()
    gone.join()
    Beside(gone.native_id).come()
