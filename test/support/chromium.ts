import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';

/** Where systems install the browser; `CHROMIUM_PATH` names another place. */
const PATHS = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const executablePath = PATHS.find((path) => path && existsSync(path));

/** What a test gets of the browser: pages without a history, cookies or storage of others. */
export interface TestBrowser {
  /** A new page in a profile of its own, closed when the test ends. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A new profile, closed when the test ends. */
  profile(options?: BrowserContextOptions): Promise<BrowserContext>;
}

/**
 * A `describe` block whose tests drive Chromium. Where the machine has none they are skipped, and the run says so aloud.
 * @param flags further flags of the command line, such as `--host-resolver-rules=…`.
 */
export function describeInChromium(name: string, tests: (browser: TestBrowser) => void, flags: string[] = []): void {
  if (executablePath === undefined) {
    process.stderr.write(`SKIPPED: ${name} (no Chromium on this machine: install it, or set CHROMIUM_PATH)\n`);
  }
  describe.skipIf(executablePath === undefined)(name, () => {
    let running: Browser | undefined;
    beforeAll(async () => {
      running = await chromium.launch({ executablePath: executablePath ?? '', args: [...FLAGS, ...flags] });
    }, 60_000);
    afterAll(() => running?.close());

    const profile: TestBrowser['profile'] = async (options = {}) => {
      if (!running) throw new Error('Chromium does not run');
      const context = await running.newContext(options);
      // Longer than any step takes on a busy machine, and shorter than a test may take: a failure names the step.
      context.setDefaultTimeout(10_000);
      onTestFinished(() => context.close());
      return context;
    };
    tests({ profile, open: async (options) => (await profile(options)).newPage() });
  });
}
