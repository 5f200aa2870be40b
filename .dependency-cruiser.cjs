// Read from what the compiler made (packages/*/dist): this tool cannot read TypeScript by the compiler used here.
// Imports of types alone, which are gone there, are checked by test/architecture.test.ts.

/** Which package may know which: the table of ARCHITECTURE.md, from the ground up. Tests may know more. */
const knows = {
  model: [],
  contract: ['model'],
  launchpad: ['model', 'contract'],
  client: ['model', 'contract', 'launchpad'],
  server: ['model', 'contract', 'launchpad'],
  worker: ['model', 'contract'],
  queue: ['model', 'contract'],
  cli: ['model', 'contract', 'client', 'server', 'worker', 'queue'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(knows).map(([name, allowed]) => ({
      name: `${name}-knows-only-what-lies-below`,
      severity: 'error',
      from: { path: `^packages/${name}/(dist|bin)/` },
      to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
    })),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-where-imported',
      comment: 'Hoisting hides an undeclared package until its version changes.',
      severity: 'error',
      from: { path: '^packages/[^/]+/(dist|bin)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    exclude: { path: '^packages/cli/dist/bundle/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['node', 'import', 'default'], exportsFields: ['exports'] },
  },
};
