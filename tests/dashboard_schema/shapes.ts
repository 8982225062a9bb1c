// The dashboards and panels that we write, as Grafana's types. Each type becomes a JSON Schema of its own.
import type { Dashboard, FieldConfig, Panel, RowPanel, TableFieldOptions } from '@grafana/schema';
import type * as stat from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type * as timeline from './node_modules/@grafana/schema/dist/types/raw/composable/statetimeline/panelcfg/x/types.gen';
import type * as table from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';
import type * as series from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';

// A panel of the core schema leaves its options and custom field options open; its plugin's types close them.
interface Closed<Kind extends string, Options, Custom> extends Omit<Panel, 'type' | 'options' | 'fieldConfig'> {
  type: Kind;
  options: Options;
  fieldConfig: {
    defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom };
    overrides: unknown[];
  };
}

export interface Shapes {
  // Panels are checked one by one, by their type; the core type leaves what annotations hold to the data source.
  dashboard: Omit<Dashboard, 'panels' | 'annotations'> & { panels: unknown[]; annotations?: unknown };
  row: RowPanel;
  stat: Closed<'stat', stat.Options, Record<string, never>>;
  table: Closed<'table', table.Options, Partial<TableFieldOptions>>;
  timeseries: Closed<'timeseries', series.Options, Partial<series.FieldConfig>>;
  'state-timeline': Closed<'state-timeline', timeline.Options, Partial<timeline.FieldConfig>>;
}
