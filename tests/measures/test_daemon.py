"""What is told of the daemon: its configuration, its dead letters, and who asked for what."""

from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families as parse

from lrcontrol.metrics import build_registry, render
from lrcontrol.status import DeadLettersStatus, ReloadStatus, Status


class Counted(NamedTuple):
    counts: dict
    seconds: dict


def samples(status, requests=None):
    page = render(build_registry(lambda: status, requests))[0].decode()
    return {
        (s.name.removeprefix("lrcontrol_"), *(v for k, v in sorted(s.labels.items()))): s.value
        for family in parse(page)
        for s in family.samples
    }


def test_the_start_counts_as_a_reload_that_went_well():
    page = samples(Status(started_at=1_700_000_000.0, config_hash="3f2a"))
    assert page["config_last_reload_successful",] == 1
    assert page["config_last_reload_success_timestamp_seconds",] == 1_700_000_000
    assert page["config_reloads_total",] == 0
    assert page["config_hash_info", "3f2a"] == 1


def test_a_refused_reload_keeps_the_time_of_the_last_good_one():
    refused = ReloadStatus(well=False, at=1_700_000_500.0, times=3, problem="2 cold fields")
    page = samples(Status(started_at=1_700_000_000.0, reload=refused))
    assert page["config_last_reload_successful",] == 0
    assert page["config_last_reload_success_timestamp_seconds",] == 1_700_000_500
    assert page["config_reloads_total",] == 3


def test_dead_letters_are_shown_where_they_are_kept():
    assert not [key for key in samples(Status()) if key[0].startswith("deadletter")]
    page = samples(Status(letters=DeadLettersStatus(7, 4096, 2, 1, 3)))
    assert page["deadletter_held",] == 7
    assert page["deadletter_dropped_total",] == 2
    assert page["deadletter_write_failures_total",] == 3


def test_requests_are_counted_by_route_method_and_code():
    scrape, ready = ("/metrics", "GET", 200), ("/readyz", "GET", 200)
    refused = ("/readyz", "GET", 503)
    counted = Counted({scrape: 5, ready: 2, refused: 1}, {scrape: 0.5, ready: 0.25, refused: 0.5})
    page = samples(Status(), counted)
    assert page["http_requests_total", "503", "/readyz", "GET"] == 1
    assert page["http_requests_total", "200", "/metrics", "GET"] == 5
    assert page["http_request_duration_seconds_count", "/readyz", "GET"] == 3
    assert page["http_request_duration_seconds_sum", "/readyz", "GET"] == 0.75
