"""The few kinds of panel the dashboard has, each with what it asks and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

#: Never a fixed one: a dashboard that names a data source that is not there shows "No data".
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
#: What ``{D}`` (of a daemon) and ``{M}`` (of a model) stand for in a query here.
LABELS = {"D": 'job=~"$job",instance=~"$instance"'}
LABELS["M"] = LABELS["D"] + ',model=~"$model"'

GREEN, YELLOW, RED, BLUE, PURPLE = "green", "yellow", "red", "blue", "purple"


class Query(NamedTuple):
    """One query: ``{D}`` or ``{M}`` for the variables, and how its lines are called."""

    expr: str
    legend: str = "__auto"

    @property
    def written(self) -> str:
        """The query with the variables in.

        >>> Query("up{D}").written
        'up{job=~"$job",instance=~"$instance"}'
        """
        return re.sub(r"\{([DM])([,}])", lambda m: "{" + LABELS[m[1]] + m[2], self.expr)

    def target(self, place: int) -> prometheus.Dataquery:
        """Return it as the panel's ``place``-th target."""
        query = prometheus.Dataquery().datasource(SOURCE).expr(self.written)
        return query.legend_format(self.legend).ref_id(chr(ord("A") + place)).range()


class Look(NamedTuple):
    """How a panel looks: columns of 24, unit, colours from a value on, words for values."""

    width: int = 12
    unit: str = "short"
    steps: Sequence[tuple[float | None, str]] = ()
    words: Mapping[int, tuple[str, str]] = {}
    low: float | None = None
    high: float | None = None
    log: bool = False
    stacked: bool = False
    bars: bool = False


HEIGHT = 8


def graph(title: str, todo: str, look: Look, *queries: Query) -> timeseries.Panel:
    """Return lines over time, or bars."""
    panel = timeseries.Panel().height(HEIGHT)
    _common(panel, title, todo, look, queries)
    panel.line_width(1).fill_opacity(60 if look.bars else 20 if look.stacked else 0)
    panel.show_points(shapes.VisibilityMode.NEVER).span_nulls(False)
    panel.legend(_legend()).tooltip(_tooltip())
    if look.bars:
        panel.draw_style(shapes.GraphDrawStyle.BARS)
    if look.stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A"))
    if look.log:
        scale = common.ScaleDistributionConfig().type(shapes.ScaleDistribution.LOG).log(10)
        panel.scale_distribution(scale)
    if look.steps:
        style = common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.DASHED)
        panel.thresholds_style(style)
    return panel


def number(title: str, todo: str, look: Look, *queries: Query) -> stat.Panel:
    """Return one number a series, coloured, with its course behind it."""
    panel = stat.Panel().height(HEIGHT)
    _common(panel, title, todo, look, queries)
    last = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")
    panel.reduce_options(last).graph_mode(shapes.BigValueGraphMode.AREA).wide_layout(True)
    panel.color_mode(shapes.BigValueColorMode.VALUE).justify_mode(shapes.BigValueJustifyMode.AUTO)
    return panel.text_mode(shapes.BigValueTextMode.VALUE_AND_NAME).show_percent_change(False)


def timeline(title: str, todo: str, look: Look, *queries: Query) -> statetimeline.Panel:
    """Return states over time, a row a series."""
    panel = statetimeline.Panel().height(HEIGHT)
    _common(panel, title, todo, look, queries)
    panel.show_value(shapes.VisibilityMode.AUTO).row_height(0.9).merge_values(True)
    return panel.legend(_legend()).tooltip(_tooltip()).line_width(0)


def rows(
    title: str, todo: str, look: Look, columns: Mapping[str, str], *queries: Query
) -> table.Panel:
    """Return the newest value of each query as a column, a row a series."""
    panel = table.Panel().height(HEIGHT)
    _common(panel, title, todo, look, queries)
    newest = [
        q.target(place).format(PromQueryFormat.TABLE).instant() for place, q in enumerate(queries)
    ]
    panel.targets(list(newest)).show_header(True)
    hidden = dict.fromkeys(("Time", "job", "__name__"), True)
    panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    named = {"excludeByName": hidden, "indexByName": {}, "renameByName": dict(columns)}
    return panel.with_transformation(DataTransformerConfig(id_val="organize", options=named))


def coloured(name: str, colour: str) -> tuple[str, list[DynamicConfigValue]]:
    """Return an override: what ``name`` (a regular expression) matches has this colour, dashed."""
    value = {"mode": FieldColorModeId.FIXED.value, "fixedColor": colour}
    dashed = {"fill": "dash", "dash": [8, 8]}
    return name, [
        DynamicConfigValue(id_val="color", value=value),
        DynamicConfigValue(id_val="custom.lineStyle", value=dashed),
    ]


def _common(panel: Any, title: str, todo: str, look: Look, queries: Sequence[Query]) -> None:
    targets: list[Builder[Any]] = [query.target(place) for place, query in enumerate(queries)]
    panel.title(title).description(todo).datasource(SOURCE).targets(targets)
    panel.span(look.width).unit(look.unit)
    if look.low is not None:
        panel.min(look.low)
    if look.high is not None:
        panel.max(look.high)
    steps = look.steps or ((None, GREEN),)
    colours = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE)
    panel.thresholds(colours.steps([Threshold(value=at, color=colour) for at, colour in steps]))
    mode = (
        FieldColorModeId.THRESHOLDS
        if look.words or look.steps
        else FieldColorModeId.PALETTE_CLASSIC
    )
    lines = isinstance(panel, timeseries.Panel)
    mode = FieldColorModeId.PALETTE_CLASSIC if lines else mode
    panel.color_scheme(dashboard.FieldColor().mode(mode))
    if look.words:
        options = {
            str(value): ValueMappingResult(text=text, color=colour, index=value)
            for value, (text, colour) in look.words.items()
        }
        panel.mappings([ValueMap(options=options)])


def _legend() -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True).calcs([])
    legend.placement(shapes.LegendPlacement.BOTTOM)
    return legend.display_mode(shapes.LegendDisplayMode.LIST)


def _tooltip() -> common.VizTooltipOptions:
    tooltip = common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI)
    return tooltip.sort(shapes.SortOrder.DESCENDING)
