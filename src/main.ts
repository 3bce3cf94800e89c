import { loadConfig, readEnvironment } from './config.ts';
import { openLog } from './logging.ts';
import { createService } from './service.ts';
import { endOnSignal, endOnUnhandled, runUntilSignal, starting } from './signals.ts';

/** Starts the service from the environment and runs it until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const warnings: string[] = [];
  const config = loadConfig(readEnvironment({ dotenv: true, warn: (warning) => warnings.push(warning) }));
  const processLog = openLog(config.logLevel);
  const { log, output } = processLog;
  endOnUnhandled(processLog);
  const started = endOnSignal(processLog);
  for (const warning of warnings) log.warn(warning);
  const { service, address } = await starting(processLog, async () => {
    const made = await createService(config, { log, logState: () => output.state });
    return { service: made, address: await made.listen() };
  });
  log.info({ address, docs: `${config.publicBaseUrl}/docs` }, 'listening');
  started();
  runUntilSignal(processLog, () => service.stop());
}

main().catch((error: unknown) => {
  // A start that fails is read by a person, who needs the sentence and not the stack.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
