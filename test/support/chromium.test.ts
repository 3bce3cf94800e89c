import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { TestAuthority } from './certificates.ts';
import { describeInChromium } from './chromium.ts';

describeInChromium('Chromium', (browser) => {
  it('opens a page over https with a certificate of the tests', async () => {
    const authority = await TestAuthority.make();
    const server = createHttpsServer(await authority.issue('localhost', '127.0.0.1'), (_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>Hello</title><h1>It works</h1>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const page = await browser.open({ ignoreHTTPSErrors: true });
    await page.goto(`https://localhost:${(server.address() as AddressInfo).port}/`);
    expect(await page.textContent('h1')).toBe('It works');
  });
});
