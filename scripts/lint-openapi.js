// Holds the OpenAPI document to what tools that read such documents recommend: `npm run lint:openapi`.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { runnerImport } from 'vite';

/** 80 KB: what people's tools and agents load whole. */
const MAX_BYTES = 80_000;

/** What is so on purpose. */
const ACCEPTED = [
  // `{provider}` is jira or confluence, as its schema says, which the rule does not read.
  'redocly no-ambiguous-paths at #/paths/~1connectors~1tools~1{tool}:',
  // They answer browsers, which are always sent on.
  'redocly operation-2xx-response at #/paths/~1auth~1{provider}~1callback/',
  'redocly operation-2xx-response at #/paths/~1api~1auth~1{provider}~1callback/',
  'redocly operation-2xx-response at #/paths/~1api~1oauth~1atlassian~1callback/',
];

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
const told = complaints.filter((complaint) => !ACCEPTED.some((one) => complaint.startsWith(one)));
const bytes = Buffer.byteLength(text);
if (bytes > MAX_BYTES) told.push(`the document has ${bytes} bytes, ${bytes - MAX_BYTES} more than it may`);
for (const complaint of told) say(complaint);
say(`OpenAPI: ${bytes} bytes, ${told.length} complaints`);
if (told.length > 0) process.exitCode = 1;
