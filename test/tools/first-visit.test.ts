import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Stage, sharedStage } from '../support/harness.ts';
import { ALL_SCOPES } from '../support/scopes.ts';

const SCRIPT = new URL('../../scripts/first-visit.js', import.meta.url);
const DOCUMENT = new URL('../../docs/agents.md', import.meta.url);
const BEGIN = '<!-- visit: written by `npx vitest run test/tools/first-visit.test.ts -u` -->';
const END = '<!-- end of visit -->';

interface Visit {
  calls: number;
  characters: number;
  bugs: string[];
  newest: { id: string; comments: string[] };
  people: string[];
  page: { title: string; body: string };
  below: string[];
}

const MAX_CHARACTERS = 30_000;
const MAX_SHOWN = 320;

describe('An agent that knows nothing but the address and a key', () => {
  const stage = sharedStage({ env: ALL_SCOPES }, async (own) => {
    own.sandbox.setSecondConsent('keeps');
    await own.connect('jira');
    await own.connect('confluence');
  });

  const transcript: string[] = [];
  const run = async (door: string, { url }: Stage): Promise<Visit> => {
    const { visit } = (await import(SCRIPT.href)) as { visit: (base: string, options: object) => Promise<Visit> };
    const show = (asked: string, answer: unknown) => {
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer, null, 1).replace(/\n\s*/g, ' ');
      const plain = text.replaceAll(url, 'http://localhost:3001').replaceAll(stage.sandbox.url, 'https://acme.example');
      const shown = plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)} …` : plain;
      transcript.push(`> ${asked}\n${shown.replaceAll('```', "'''")}\n`);
    };
    return visit(url, { door, ...(door === 'rest' ? { show } : {}) });
  };

  it.each(['rest', 'mcp'])('finds by %s what there is to do and who could do it, in few calls', async (door) => {
    const { calls, characters, ...found } = await run(door, stage);
    expect(calls).toBeLessThanOrEqual(12);
    expect(characters).toBeLessThan(MAX_CHARACTERS);
    expect(found.bugs[0]).toBe('DEMO-30 Login page is blank without cookies');
    expect(found.newest.id).toBe('DEMO-30');
    expect(found.newest.comments.join()).toContain('It is blank because the script stops at the first cookie.');
    expect(found.people).toEqual(expect.arrayContaining(['Anna Muster', 'Bob Example']));
    expect(found.page).toMatchObject({ title: 'Getting started', body: expect.stringContaining('Install Node.js') });
    expect(found.below).toEqual(['Your first day', 'Your first change']);
    if (door === 'rest') transcript.push(`${JSON.stringify({ calls, characters, ...found }, null, 2)}\n`);
  });

  it('is shown in the documents as it is', async () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const [before = '', rest = ''] = document.split(BEGIN);
    const [, after = ''] = rest.split(END);
    const script = readFileSync(SCRIPT, 'utf8').trimEnd();
    const shown = `\n\n\`\`\`js\n${script}\n\`\`\`\n\n\`\`\`\n${transcript.join('\n')}\`\`\`\n\n`;
    await expect(`${before}${BEGIN}${shown}${END}${after}`).toMatchFileSnapshot(DOCUMENT.pathname);
  });
});
