/**
 * The service as a process of its own, like `main.js`, with what its tests need to set: `INSTANCE` holds `InstanceOptions`
 * of `instances.ts` as JSON, and what a test asks for later comes on stdin, a line of JSON each. Everything else is the
 * real thing, compiled.
 */
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import { loadConfig, readEnvironment } from '../../dist/modules/config.js';
import { openLog } from '../../dist/modules/logging.js';
import { createService } from '../../dist/modules/service.js';
import { endOnUnhandled, runUntilSignal } from '../../dist/modules/signals.js';

const { clockOffset = 0, refreshTimings, sweepEveryMs, holds } = JSON.parse(process.env.INSTANCE ?? '{}');

const config = loadConfig(readEnvironment({ dotenv: false }));
const processLog = openLog(config.logLevel);
const { log, output } = processLog;
endOnUnhandled(processLog);

let offset = clockOffset;
/** The refreshes that are to be held, in the order in which they will come. */
const awaited = [];
/** By name, what goes on with a refresh that is held. */
const held = new Map();

createInterface({ input: process.stdin }).on('line', (line) => {
  const { wish, hold, release, clockOffset: moved } = JSON.parse(line);
  if (hold !== undefined) awaited.push(hold);
  if (moved !== undefined) offset = moved;
  if (release !== undefined) {
    held.get(release)();
    held.delete(release);
  }
  log.info({ granted: wish }, 'a wish of the test');
});
process.stdin.unref();

/** Holds a refresh where it is to be, at moments of which the service does not tell. */
function holding(dispatch) {
  const holdAs = (name, next) => {
    held.set(name, next);
    log.info({ held: name }, 'a refresh is held');
  };
  return (options, handler) => {
    const refresh = options.path === '/oauth/token' && String(options.body).includes('"refresh_token"');
    const hold = refresh ? awaited.shift() : undefined;
    if (hold === undefined) return dispatch(options, handler);
    if (hold.at === 'send') {
      holdAs(hold.name, () => dispatch(options, handler));
      return true;
    }
    return dispatch(options, {
      onRequestStart: (...facts) => handler.onRequestStart?.(...facts),
      onResponseStart: (...facts) => handler.onResponseStart?.(...facts),
      onResponseData: (...facts) => handler.onResponseData?.(...facts),
      onResponseEnd: (...facts) => holdAs(hold.name, () => handler.onResponseEnd?.(...facts)),
      onResponseError: (...facts) => handler.onResponseError?.(...facts),
    });
  };
}

async function main() {
  const service = await createService(config, {
    log,
    logState: () => output.state,
    // The machine of the tests may be busy with others of them.
    pressure: { maxEventLoopDelay: 0 },
    clock: () => Math.floor(Date.now() / 1_000) + offset,
    ...(refreshTimings ? { refreshTimings } : {}),
    ...(sweepEveryMs ? { sweepEveryMs } : {}),
    ...(holds ? { dispatcher: new Agent().compose(holding) } : {}),
  });
  log.info({ address: await service.listen() }, 'listening');
  runUntilSignal(processLog, () => service.stop());
}

main();
