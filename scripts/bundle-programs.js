// Joins the modules of our programs, as the compiler made them, into a few files. What is loaded only when it is needed
// stays a file of its own.

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { build } from 'esbuild';

export const programs = ['lpad', 'rlaunch', 'mlaunch', 'qlaunch'];

/** Where the joined files are, beside the modules: paths to other files of ours hold for both. */
export const bundlePlace = 'packages/cli/dist/bundle';

export const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  /** Libraries in the older module format ask for parts of Node by `require`. */
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
  },
};

/** What every program loads, from some seventy files of its own, and what workers of an embedded launchpad do. */
const joinedLibraries = /^(yaml|mingo)(\/|$)/;

/** What is ours is joined; other libraries stay where they are. */
export const withoutLibraries = {
  name: 'our own modules',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@skyrocket/') || joinedLibraries.test(path) ? null : { external: true },
    );
  },
};

/** Modules that look for files beside themselves find them where they were before. */
const ownPlaces = {
  name: 'places of modules',
  setup({ onLoad }) {
    onLoad({ filter: /packages\/\w+\/dist\/.*\.js$/ }, ({ path }) => {
      const before = JSON.stringify(relative(bundlePlace, path));
      const text = readFileSync(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', `new URL(${before}, import.meta.url).href`) };
    });
  },
};

/**
 * Joins the programs into `outdir`; the current directory is that of the repository. Each for itself: what several programs
 * use would be a file for each set of them that does, and to load many files takes longer than to read their text.
 */
export function bundlePrograms({ outdir, plugins, ...options }) {
  const bundle = (name) =>
    build({
      ...common,
      entryPoints: [`packages/cli/dist/programs/${name}.js`],
      outdir,
      splitting: true,
      plugins: [...plugins, ownPlaces],
      ...options,
    });
  return Promise.all(programs.map(bundle));
}
