import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_STATUS } from '../../src/errors.ts';

const root = new URL('../../', import.meta.url);
const GUIDE = readFileSync(new URL('docs/errors.md', root), 'utf8');

/** What the service is made of; the client, the pages' scripts and the stand-in give no errors of the service. */
const SOURCES = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !/^(?:sandbox|client|pages)\b/.test(path))
  .map((path) => readFileSync(new URL(`src/${path}`, root), 'utf8'))
  .join('\n');

const valuesOf = (pattern: RegExp, text: string) =>
  [...new Set([...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter(Boolean)))].sort();

const sections = Object.fromEntries(
  GUIDE.split(/^## /m).map((section) => {
    const end = section.indexOf('\n');
    return [section.slice(0, end), section.slice(end)];
  }),
);

describe('docs/errors.md', () => {
  it('has a section for each code, and its status in the table', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      expect(sections[code], code).toBeDefined();
      expect(GUIDE).toMatch(
        new RegExp(`^\\| \\[\`${code}\`\\]\\(#${code.toLowerCase()}\\) \\| .*\\b${status}\\b.* \\|`, 'm'),
      );
    }
  });

  it('has a line for each reason that the service gives, and for no other', () => {
    const given = valuesOf(/\breason: '([a-z_]+)'/g, SOURCES);
    expect(given.length).toBeGreaterThan(12);
    // Only Atlassian's own reasons are passed on as they come; another that is no literal would escape this test.
    expect(valuesOf(/\{ ?(reason: (?!'|z\.|string)[^,}]*)/g, SOURCES)).toEqual([
      'reason: this.reason ',
      'reason: why ',
    ]);
    const rows = Object.keys(ERROR_STATUS)
      .map((code) => sections[code])
      .join('\n');
    const told = valuesOf(/^\|.*?`reason: "([a-z_]+)"`|^\| `([a-z]+_[a-z_]+)` \|/gm, rows);
    expect(told.filter((name) => name !== 'missing_scope')).toEqual(given);
  });

  it('has a line for each rule of a policy or a request that refuses', () => {
    const given = [
      'read_only',
      'tools.allow',
      'tools.deny',
      'jira.projects',
      'confluence.spaces',
      'X-Read-Only',
      'X-Tools',
    ];
    for (const rule of given) expect(SOURCES).toContain(`'${rule}'`);
    expect(valuesOf(/`rule: "([\w.-]+)"`/g, GUIDE)).toEqual([...given].sort());
  });

  it('quotes the words of errors as the service says them', () => {
    const quoted = Object.keys(ERROR_STATUS).flatMap((code) => {
      const cells = [...(sections[code] ?? '').matchAll(/^\|.*$/gm)].map(([row]) => row.replace(/`[^`]*`/g, ''));
      return cells.flatMap((row) => [...row.matchAll(/"([^"]{9,})"/g)].map(([, words = '']) => words));
    });
    expect(quoted.length).toBeGreaterThan(40);
    const pieces = quoted.flatMap((words) => words.split('…').map((piece) => piece.trim())).filter(Boolean);
    expect(pieces.filter((piece) => !SOURCES.replaceAll("\\'", "'").includes(piece))).toEqual([]);
  });
});
