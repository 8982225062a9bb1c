// node check.mjs DASHBOARD.json...: prints what does not fit Grafana's types, and exits 1 if anything does not.
import fs from 'node:fs';
import { Ajv } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const { definitions } = createGenerator({ path: 'shapes.ts', type: 'Shapes', expose: 'none', skipTypeCheck: true })
  .createSchema('Shapes');
const ajv = new Ajv({ allErrors: true, strict: false });
const validators = Object.fromEntries(
  Object.entries(definitions.Shapes.properties).map(([name, shape]) => [name, ajv.compile(shape)]),
);

// Fields with a default in Grafana's schema are required in its types, though a dashboard may leave them out.
const matters = (error) => error.keyword !== 'required';

function* misfits(where, shape, value) {
  const fits = validators[shape];
  if (!fits) {
    yield `${where}: unknown panel type ${shape}`;
  } else if (!fits(value)) {
    for (const { instancePath, message, params } of fits.errors.filter(matters)) {
      yield `${where}${instancePath} ${message} ${JSON.stringify(params)}`;
    }
  }
}

function* check(dashboard) {
  yield* misfits('dashboard', 'dashboard', { ...dashboard, panels: [] });
  for (const panel of dashboard.panels) {
    yield* misfits(`panel ${panel.id} (${panel.title})`, panel.type, panel);
  }
}

for (const path of process.argv.slice(2)) {
  for (const misfit of check(JSON.parse(fs.readFileSync(path, 'utf8')))) {
    console.log(`${path}: ${misfit}`);
    process.exitCode = 1;
  }
}
