// TypeScript sources are run by Jest through esbuild, without a build in between.
const { transformSync, version } = require('esbuild');
const { createHash } = require('node:crypto');
const format = (options) => (options.supportsStaticESM ? 'esm' : 'cjs');
module.exports = {
  getCacheKey: (source, file, options) =>
    createHash('sha1')
      .update([version, format(options), file, source].join('\0'))
      .digest('hex'),
  process: (source, file, options) =>
    transformSync(source, {
      format: format(options),
      loader: file.endsWith('.ts') ? 'ts' : 'js',
      sourcefile: file,
      sourcemap: 'inline',
      target: 'node20',
    }),
};
