// Loaded before a bundled entry: takes the code that V8 has compiled for it from beside it, which is half of a start. With
// MAKE_CODE_CACHE set the process leaves it there when it ends. Node has this built in from version 22 on.
const { readFileSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const compiled = new Map();
const compile = Module.prototype._compile;

Module.prototype._compile = function (content, filename) {
  if (!filename.startsWith(__dirname)) return compile.call(this, content, filename);
  const script = new Script(Module.wrap(content), { filename, cachedData: cacheOf(filename) });
  compiled.set(filename, script);
  const run = script.runInThisContext();
  run.call(this.exports, this.exports, Module.createRequire(filename), this, filename, dirname(filename));
};

function cacheOf(filename) {
  try {
    return readFileSync(`${filename}.cache`);
  } catch {
    return undefined;
  }
}

if (process.env.MAKE_CODE_CACHE) {
  process.on('exit', () => {
    for (const [filename, script] of compiled) writeFileSync(`${filename}.cache`, script.createCachedData());
  });
}
