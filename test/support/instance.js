/**
 * The service as a process of its own, like `main.js`, with what its tests need to set: `INSTANCE` holds `InstanceOptions`
 * of `instances.ts` as JSON. Everything else is the real thing, compiled.
 */
import { Agent } from 'undici';
import { loadConfig, readEnvironment } from '../../dist/config.js';
import { openLog } from '../../dist/logging.js';
import { createService } from '../../dist/service.js';
import { endOnUnhandled, runUntilSignal } from '../../dist/signals.js';

const { clockOffset = 0, refreshTimings, sweepEveryMs, hold } = JSON.parse(process.env.INSTANCE ?? '{}');

/** Goes on with the refresh that is held; null before there is one. */
let go = null;
let released = false;
process.on('SIGUSR2', () => {
  released = true;
  go?.();
});

/** Holds the first refresh at a moment of which the log does not tell, until SIGUSR2. */
function holding(dispatch) {
  const heldUntilReleased = (moment, next) => {
    if (released) return next();
    go = () => {
      next();
      tell('released');
    };
    tell(moment);
  };
  return (options, handler) => {
    const refresh = options.path === '/oauth/token' && String(options.body).includes('"refresh_token"');
    if (!refresh) return dispatch(options, handler);
    if (hold === 'send') {
      heldUntilReleased('the refresh is held', () => dispatch(options, handler));
      return true;
    }
    return dispatch(options, {
      onRequestStart: (...facts) => handler.onRequestStart?.(...facts),
      onResponseStart: (...facts) => handler.onResponseStart?.(...facts),
      onResponseData: (...facts) => handler.onResponseData?.(...facts),
      onResponseEnd: (...facts) => heldUntilReleased('the answer is held', () => handler.onResponseEnd?.(...facts)),
      onResponseError: (...facts) => handler.onResponseError?.(...facts),
    });
  };
}

function tell(moment) {
  process.stdout.write(`${JSON.stringify({ moment })}\n`);
}

const config = loadConfig(readEnvironment({ dotenv: false }));
const processLog = openLog(config.logLevel);
const { log, output } = processLog;
endOnUnhandled(processLog);
const service = await createService(config, {
  log,
  logState: () => output.state,
  // The machine of the tests may be busy with others of them.
  pressure: { maxEventLoopDelay: 0 },
  clock: () => Math.floor(Date.now() / 1_000) + clockOffset,
  ...(refreshTimings ? { refreshTimings } : {}),
  ...(sweepEveryMs ? { sweepEveryMs } : {}),
  ...(hold ? { dispatcher: new Agent().compose(holding) } : {}),
});
log.info({ address: await service.listen() }, 'listening');
runUntilSignal(processLog, () => service.stop());
