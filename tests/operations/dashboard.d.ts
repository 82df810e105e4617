// What the committed dashboard must be, by Grafana's own types (npm @grafana/schema). Strings stand
// for the members of enums, as JSON has no enums; what a data source adds to the types is written
// here, after Grafana's source (packages/grafana-prometheus: PromQuery, annotations.ts).
import type { AnnotationQuery, Dashboard, DataQuery, FieldConfig, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as series from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

interface Source {
  type: 'prometheus';
  uid: '${datasource}';
}

interface Asked extends Pick<DataQuery, 'refId'> {
  datasource: Source;
  expr: string;
  legendFormat: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant: boolean;
  range: boolean;
}

type Fields<Custom> = Omit<Plain<FieldConfig>, 'custom'> & { custom?: Plain<Custom> };

type Shown<Type extends string, Options, Custom> = Omit<
  Plain<Panel>,
  'type' | 'targets' | 'datasource' | 'description' | 'id' | 'title' | 'gridPos' | 'options' | 'fieldConfig'
> & {
  type: Type;
  targets: Asked[];
  datasource: Source;
  description: string;
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  options: Plain<Partial<Options>>;
  fieldConfig: Omit<Plain<FieldConfigSource>, 'defaults'> & { defaults: Fields<Custom> };
};

interface Mark extends Omit<AnnotationQuery, 'datasource' | 'target'> {
  datasource: Source;
  target: { refId: string; expr: string; interval: string };
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: boolean;
}

export type Board = Omit<Plain<Dashboard>, 'panels' | 'annotations'> & {
  panels: Array<
    | Plain<RowPanel>
    | Shown<'stat', stat.Options, Record<string, never>>
    | Shown<'timeseries', series.Options, series.FieldConfig>
    | Shown<'state-timeline', timeline.Options, timeline.FieldConfig>
    | Shown<'table', table.Options, Record<string, never>>
  >;
  annotations: { list: Mark[] };
};
