// Takes the pictures of docs/images from the service itself: `npm run docs:images`. Needs Chromium, at CHROMIUM_PATH or where
// Debian installs it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const IMAGES = resolve('docs/images');
const START_MS = 15_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Runs a program of ours in a folder of its own until `stop` is called. */
async function run(program, env, url) {
  const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
  const child = spawn(process.execPath, [resolve(program)], { cwd: folder, env: { PATH: process.env.PATH, ...env } });
  const stop = async () => {
    child.kill();
    await new Promise((exit) => child.once('exit', exit));
    rmSync(folder, { recursive: true });
  };
  for (let waited = 0; ; waited += 100) {
    const up = await fetch(`${url}/healthz`).catch(() => null);
    if (up?.ok) return stop;
    if (waited > START_MS) throw new Error(`${program} does not start`);
    await sleep(100);
  }
}

const light = { viewport: { width: 900, height: 600 } };
const dark = { viewport: { width: 375, height: 700 }, colorScheme: 'dark' };

async function take(page, name) {
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: true, animations: 'disabled' });
  process.stdout.write(`docs/images/${name}.png\n`);
}

/** Connects a product of a tenant as a sample user, and comes back to the page. */
async function connect(page, product, person = 'Anna Muster') {
  await page.getByRole('link', { name: `Connect ${product}` }).click();
  await page.getByRole('button', { name: person }).first().click();
  await page.getByText(`${product} is connected.`).waitFor();
  await page.getByRole('heading', { name: 'Create' }).waitFor();
}

async function picturesOfTheDemo(browser) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const sandboxPort = String(await freePort());
  const stop = await run('dist/sandbox/demo.js', { PORT: String(port), SANDBOX_PORT: sandboxPort }, url);
  try {
    const page = await browser.newPage(light);
    await page.goto(`${url}/connect`);
    await page.locator('html.scripted').waitFor();
    await connect(page, 'Jira');
    await take(page, 'choose-site');
    await page.getByRole('button', { name: 'Use this site' }).click();
    await page.getByText('Which site should Jira use?').waitFor({ state: 'detached' });
    await connect(page, 'Confluence');
    await page.goto(`${url}/connect`);
    await page.getByLabel('Search by words, key or query').fill('login');
    await page.getByText('found in Jira').waitFor();
    await take(page, 'connections');

    const phone = await browser.newPage(dark);
    await phone.goto(`${url}/connect`);
    await phone.getByRole('heading', { name: 'Create' }).waitFor();
    await phone.getByText('What it may do').first().click();
    await take(phone, 'connections-dark');
    const link = await fetch(`${url}/connectors/jira/connect-link`, { method: 'POST' });
    await page.goto((await link.json()).url);
    await take(page, 'connect-link');
    await page.goto(`http://localhost:${sandboxPort}/manage-profile/apps`);
    await page.getByRole('button', { name: 'Remove access' }).click();
    await fetch(`${url}/connectors/jira/search`);
    await page.goto(`${url}/connect`);
    await page.getByText('Needs attention').first().waitFor();
    await take(page, 'reconnect');
    await page.goto(`${url}/docs`);
    await page.getByText('Stands between your software').first().waitFor();
    await page.screenshot({ path: join(IMAGES, 'docs.png') });
    process.stdout.write('docs/images/docs.png\n');
  } finally {
    await stop();
  }
}

async function picturesOfAFirstRun(browser) {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const stop = await run('dist/main.js', { PORT: String(port) }, url);
  try {
    const page = await browser.newPage(light);
    await page.goto(`${url}/connect`);
    await page.locator('html.scripted').waitFor();
    await take(page, 'first-run');
  } finally {
    await stop();
  }
}

mkdirSync(IMAGES, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await picturesOfAFirstRun(browser);
  await picturesOfTheDemo(browser);
} finally {
  await browser.close();
}
