/**
 * The service as a process of its own, like `main.js`, with what its tests need to set: `INSTANCE` holds `InstanceOptions`
 * of `instances.ts` as JSON. Everything else is the real thing, compiled.
 */
import { Agent } from 'undici';
import { loadConfig, readEnvironment } from '../../dist/config.js';
import { createLogger } from '../../dist/logging.js';
import { createService } from '../../dist/service.js';
import { runUntilSignal } from '../../dist/signals.js';

const { clockOffset = 0, refreshTimings, sweepEveryMs, at } = JSON.parse(process.env.INSTANCE ?? '{}');

/** Reports a moment of a refresh that the log does not tell of, and stays there for ever if it is to. */
function watch(dispatch) {
  return (options, handler) => {
    if (options.path !== '/oauth/token' || !String(options.body).includes('"refresh_token"')) {
      return dispatch(options, handler);
    }
    if (at === 'before send') {
      tell('held before the send');
      return true;
    }
    return dispatch(options, {
      onRequestStart: (...facts) => handler.onRequestStart?.(...facts),
      onResponseStart: (...facts) => handler.onResponseStart?.(...facts),
      onResponseData: (...facts) => handler.onResponseData?.(...facts),
      onResponseEnd: (...facts) => {
        tell('the answer is here');
        if (at !== 'answer held') handler.onResponseEnd?.(...facts);
      },
      onResponseError: (...facts) => handler.onResponseError?.(...facts),
    });
  };
}

function tell(moment) {
  process.stdout.write(`${JSON.stringify({ moment })}\n`);
}

const config = loadConfig(readEnvironment({ dotenv: false }));
const log = createLogger(config.logLevel);
const service = await createService(config, {
  log,
  clock: () => Math.floor(Date.now() / 1_000) + clockOffset,
  ...(refreshTimings ? { refreshTimings } : {}),
  ...(sweepEveryMs ? { sweepEveryMs } : {}),
  ...(at ? { dispatcher: new Agent().compose(watch) } : {}),
});
log.info({ address: await service.listen() }, 'listening');
runUntilSignal(log, () => service.stop());
