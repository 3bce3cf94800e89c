import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sharedStage } from '../support/harness.ts';
import { stdioEntry } from '../support/mcp.ts';

describe('integration-backend', () => {
  const stage = sharedStage({ onDisk: true }, (own) => own.connect('jira'));

  const start = (given: string[]) => {
    const { command, args, env } = stdioEntry(stage, ...given);
    return spawn(command, args, { env });
  };

  /** Runs it on the service's database with all of its input at once, and gives what became of it. */
  const run = async (args: string[], input = '') => {
    const child = start(args);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, out, err };
  };
  const message = (id: number, method: string, params: object) =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
  const HELLO = message(1, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  });

  it('answers all that was asked before its input ended, writes nothing else to stdout, and ends well', async () => {
    const calls = [
      HELLO,
      message(2, 'tools/list', {}),
      message(3, 'tools/call', { name: 'jira_search', arguments: { q: 'login' } }),
      message(4, 'tools/call', { name: 'jira_create', arguments: { project: 'DEMO', summary: 'By stdio' } }),
    ];
    const { code, out } = await run(['mcp'], calls.join(''));
    const answers = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; result?: { isError?: boolean } });
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4]);
    expect(answers.map(({ result }) => result?.isError ?? false)).toEqual([false, false, false, false]);
    expect(code).toBe(0);
    const { body } = await stage.call<{ operation: string; caller: string }[]>('/audit?limit=1');
    expect(body).toMatchObject([{ operation: 'jira.create', caller: 'command' }]);
  });

  it('speaks of its own flags where they forbid a call', async () => {
    const call = message(2, 'tools/call', { name: 'jira_create', arguments: { project: 'DEMO', summary: 'No' } });
    const { out } = await run(['mcp', '--read-only'], HELLO + call);
    const told = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; result: { content: { text: string }[] } })
      .find(({ id }) => id === 2);
    expect(JSON.parse(told?.result.content[0]?.text ?? '')).toMatchObject({
      code: 'FORBIDDEN',
      message: 'The command that serves the tools was started without it (--read-only): jira.create',
      details: { rule: '--read-only', hint: expect.stringContaining('without --read-only') },
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by %s while its client keeps the input open', async (signal) => {
    const child = start(['mcp']);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdin.write(HELLO);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill(signal);
    expect(await ended).toBe(0);
  });

  it('ends in order where a message is longer than any may be', async () => {
    const { code, out } = await run(
      ['mcp'],
      `${HELLO}${'x'.repeat(11 * 1024 * 1024)}\n${message(2, 'tools/list', {})}`,
    );
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    { args: [], told: 'Say what to do: mcp.' },
    { args: ['serve'], told: 'Say what to do: mcp.' },
    { args: ['mcp', '--tenant', 'no such tenant!'], told: '--tenant must be' },
    { args: ['mcp', '--toolsets', 'isues'], told: 'did you mean issues?' },
    { args: ['mcp', '--tools', 'jira_gte'], told: 'did you mean jira.get?' },
    { args: ['mcp', '--nonsense'], told: '--nonsense' },
  ])('refuses $args at the start, and says how it is used', async ({ args, told }) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(told);
  });

  it('says how it is used', async () => {
    const { code, out } = await run(['--help']);
    expect({ code, usage: out.startsWith('Usage: integration-backend mcp') }).toEqual({ code: 0, usage: true });
  });
});
