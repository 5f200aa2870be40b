// `lpad add` of one Workflow of 10,000 Fireworks: the whole program.

import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { fanOut, toText } from './workflows.mjs';

const size = 10_000;
const rounds = 5;

export async function adding() {
  const document = fanOut(size);
  const texts = { json: toText(document, 'json'), yaml: toText(document, 'yaml') };
  const add = (format) =>
    inSite(async (site) => {
      const file = site.write(`workflow.${format}`, texts[format]);
      return seconds(() => site.run('lpad', 'add', file));
    });
  return alternate(rounds, {
    add_10000_json_seconds: () => add('json'),
    add_10000_yaml_seconds: () => add('yaml'),
  });
}
