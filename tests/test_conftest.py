"""A program that tests need is never missed in silence."""

import pytest


def test_a_missing_program_skips_the_test_and_fails_it_in_ci(program, monkeypatch):
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match=r"nonesuch .*Debian package none"):
        program("nonesuch", "none")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"nonesuch .*Debian package none"):
        program("nonesuch", "none")


def test_a_program_that_is_there_is_found(program):
    assert program("sh", "dash").endswith("/sh")
