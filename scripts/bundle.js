// Puts the compiled service into a few files: `npm run build`. To find, open and link nine hundred of them is more than half
// of a start.
//
// Further entries are given as `name=file`, such as `test/instance=test/support/instance.js`.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { argv } from 'node:process';
import { build } from 'vite';

const FROM = 'dist/modules';
const TO = 'dist';
const CHUNKS = 'chunks';
/** What others import: one file that imports nothing, with its declarations, which the compiler has put there. */
const CLIENT = 'dist/client';
const GUIDES = 'docs';
/** What loads files from beside its own code, which is no longer there. */
const FINDS_FILES = /\/node_modules\/(@fastify\/swagger-ui)\/((?:lib\/)?)[^/]+\.js$/;

const commands = readdirSync(`${FROM}/commands`).filter((name) => name.endsWith('.js') && name !== 'command.js');
const entries = ['main', 'sandbox/demo', ...commands.map((name) => `commands/${basename(name, '.js')}`)];
const further = argv.slice(2).map((entry) => entry.split('='));
const input = Object.fromEntries([...entries.map((name) => [name, `${FROM}/${name}.js`]), ...further]);

const before = existsSync(`${TO}/${CHUNKS}`) ? readdirSync(`${TO}/${CHUNKS}`) : [];
const { output } = await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    outDir: TO,
    emptyOutDir: false,
    target: 'node20',
    rolldownOptions: {
      input,
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
        banner: 'const bundledAt = import.meta.url;',
      },
    },
  },
  plugins: [
    { name: 'files-beside-a-module', transform: findingItsFiles },
    { name: 'ascii', generateBundle: inAscii },
  ],
  // What loads a library of the machine from beside its own files.
  ssr: { noExternal: true, external: ['libsql', 'pg-native'] },
});

await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: CLIENT,
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    lib: { entry: `${FROM}/client/index.js`, formats: ['es'], fileName: 'index' },
  },
  plugins: [{ name: 'ascii', generateBundle: inAscii }],
});
// Declarations name the sources, which are not shipped: not every compiler finds its way from there.
for (const name of readdirSync(CLIENT).filter((file) => file.endsWith('.d.ts'))) {
  const file = `${CLIENT}/${name}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"));
}

// Who only calls the service needs nothing that it is made of: the client packs alone, too, under the same name.
const { name, version, license, type } = JSON.parse(readFileSync('package.json', 'utf8'));
const exports = { './client': { types: './index.d.ts', default: './index.js' } };
writeFileSync(
  `${CLIENT}/package.json`,
  `${JSON.stringify({ name, version, license, private: true, type, exports }, null, 2)}\n`,
);

cpSync('LICENSE', `${CLIENT}/LICENSE`);
cpSync('docs/client.md', `${CLIENT}/README.md`);

// The guides, which the service shows, wherever it is taken.
rmSync(`${TO}/${GUIDES}`, { recursive: true, force: true });
cpSync(GUIDES, `${TO}/${GUIDES}`, { recursive: true });

// What the entries named until now: only when all of them are there that they name instead.
const made = new Set(output.map(({ fileName }) => basename(fileName)));
for (const name of before) if (!made.has(name)) rmSync(`${TO}/${CHUNKS}/${name}`);

await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    outDir: `${TO}/browser`,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: Object.fromEntries(['connect', 'docs', 'popup'].map((name) => [name, `src/pages/browser/${name}.ts`])),
      output: { format: 'es', entryFileNames: '[name].js' },
    },
  },
  plugins: [{ name: 'ascii', generateBundle: inAscii }],
});

/** V8 keeps a source in two bytes a character where one of them is no Latin letter: 4 MB for a few dashes. */
function inAscii(_options, bundle) {
  // A backslash before such a character means nothing, and would take the escape's own.
  const escaped = (_all, slashes, character) =>
    `${slashes.slice(slashes.length % 2)}\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  for (const chunk of Object.values(bundle)) chunk.code = chunk.code?.replace(/(\\*)([^\0-\x7f])/g, escaped);
}

/** Lets a package find its files where it is installed. */
function findingItsFiles(code, path) {
  const [, name, folder] = FINDS_FILES.exec(path) ?? [];
  if (name === undefined || !code.includes('__dirname')) return null;
  const installed = `require('node:module').createRequire(bundledAt).resolve('${name}')`;
  return code.replaceAll(
    '__dirname',
    `require('node:path').join(require('node:path').dirname(${installed}), '${folder}')`,
  );
}
