// Holds the OpenAPI document to what tools that read such documents recommend: `npm run lint:openapi`.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { runnerImport } from 'vite';

/** 80 KB: what people's tools and agents load whole. */
const MAX_BYTES = 80_000;

const say = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const root = new URL('../', import.meta.url);
const { module } = await runnerImport(new URL('scripts/openapi-document.ts', root).pathname, { logLevel: 'error' });
/** @type {string} */
const text = module.openApiDocument;

const { oas } = spectralRulesets;
const spectral = new spectralCore.Spectral();
spectral.setRuleset({
  extends: [oas],
  rules: {
    // As it stands in this version, it stumbles over null; later ones bring a script that reports installations.
    'duplicated-entry-in-enum': {
      .../** @type {any} */ (oas.rules['duplicated-entry-in-enum']),
      given: "$..[?(@property !== 'properties' && @ && @.enum && @.enum.constructor.name === 'Array')]",
    },
  },
});
const complaints = [
  ...(await spectral.run(JSON.parse(text))).map(
    ({ code, path, message }) => `spectral ${code} at ${path.join('.')}: ${message}`,
  ),
  ...(await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) })).map(
    ({ ruleId, location, message }) => `redocly ${ruleId} at ${location[0]?.pointer}: ${message}`,
  ),
];
const bytes = Buffer.byteLength(text);
if (bytes > MAX_BYTES) complaints.push(`the document has ${bytes} bytes, ${bytes - MAX_BYTES} more than it may`);
for (const complaint of complaints) say(complaint);
say(`OpenAPI: ${bytes} bytes, ${complaints.length} complaints`);
if (complaints.length > 0) process.exitCode = 1;
