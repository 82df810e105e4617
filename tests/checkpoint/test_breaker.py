"""The crash-loop breaker: it finds the record that kills, and blames no other."""

from __future__ import annotations

import os
import signal

from lrcontrol.checkpoint.breaker import DEATHS, STARTS, InFlight, Verdict


def die(path, sequence, *positions) -> Verdict:
    """Start, enter the positions one after the other, die in the last; return the verdict."""
    flight = InFlight(path)
    verdict = flight.start(sequence)
    for at, position in enumerate(positions):
        flight.enter(0, position)
        if at < len(positions) - 1:
            flight.leave()
    return verdict


def test_three_starts_then_one_record_at_a_time_then_the_suspect(tmp_path):
    path = tmp_path / "in-flight"
    verdicts = [die(path, 5, 0, 64, 128) for _ in range(STARTS + DEATHS + 1)]
    assert [verdict.careful for verdict in verdicts] == [False] * STARTS + [True] * (DEATHS + 1)
    assert [verdict.suspect for verdict in verdicts] == [None] * (STARTS + DEATHS) + [(0, 128)]


def test_a_newer_checkpoint_or_a_clean_stop_begins_anew(tmp_path):
    path = tmp_path / "in-flight"
    for _ in range(10):
        die(path, 5, 7)
    InFlight(path).progress(6)
    assert die(path, 6, 7) == Verdict()
    for sequence in range(7, 40):
        assert die(path, sequence, 7) == Verdict()


def test_deaths_at_different_records_blame_none(tmp_path):
    path = tmp_path / "in-flight"
    verdicts = [die(path, 5, position % 2) for position in range(30)]
    assert {verdict.suspect for verdict in verdicts} == {None}
    assert verdicts[-1].careful


def test_a_death_between_records_blames_none(tmp_path):
    path = tmp_path / "in-flight"
    for _ in range(30):
        flight = InFlight(path)
        verdict = flight.start(5)
        flight.enter(0, 9)
        flight.leave()
    assert verdict == Verdict(careful=True)


def test_it_survives_kill_9(tmp_path):
    path = tmp_path / "in-flight"
    for _ in range(STARTS + DEATHS):
        child = os.fork()
        if child == 0:
            flight = InFlight(path)
            flight.start(5)
            flight.enter(1, 2**63)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
    assert InFlight(path).start(5) == Verdict(True, (1, 2**63))


def test_a_file_of_another_size_is_begun_anew(tmp_path):
    path = tmp_path / "in-flight"
    path.write_bytes(b"\xff" * 1000)
    assert InFlight(path).start(5) == Verdict()
    assert path.stat().st_size == 64
