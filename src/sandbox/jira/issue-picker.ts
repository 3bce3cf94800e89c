import { json, type Reply } from '../http/call.ts';
import { escapeHtml } from '../http/html.ts';
import { ISSUE_TYPES } from '../world/catalogue.ts';
import { descriptionText } from '../world/lookup.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Issue } from '../world/records.ts';
import { type Analyser, splitAtWords } from '../world/text-index.ts';
import { issueTypeIcon } from './json.ts';
import { indexedIssues, readJql } from './search.ts';

const MAX_SUGGESTIONS = 20;

export const pickerQuery = {
  query: 'text',
  currentJQL: 'text',
  currentIssueKey: 'text',
  currentProjectId: 'integer',
  showSubTasks: 'boolean',
  showSubTaskParent: 'boolean',
} as const;

/**
 * Suggests issues by a fragment of their key or by words of their texts. Of the several ways in which Jira's
 * documentation can be read, this takes the one that finds least: the history holds only issues the user has to do
 * with, the current search is empty without `currentJQL`, sub-tasks are left out unless asked for, a former key is not
 * known, and a whole key is worth no more than the beginning of a longer one, so that the latest changed come first.
 */
export function pickIssues(call: ProductCall): Reply {
  const { query, user, site, rules, analyser } = call;
  const text = (query.get('query') ?? '').trim();
  const projectId = query.get('currentProjectId');
  const project = projectId === null ? null : site.projects.find(({ id }) => id === projectId);
  const currentJql = query.get('currentJQL');
  const inCurrentSearch = currentJql === null ? () => false : (readJql(call, currentJql).where ?? (() => true));
  const candidates = indexedIssues(call)
    .filter((issue) => project === null || issue.project === project?.key)
    .filter((issue) => query.get('showSubTasks') === 'true' || !isSubtask(issue))
    .filter((issue) => issue.key !== query.get('currentIssueKey')?.toUpperCase())
    .filter(matcher(text, rules.picker === 'prefix', analyser))
    .toSorted((a, b) => b.updated - a.updated || b.id - a.id);
  const inHistory = (issue: Issue) => issue.assignee === user.accountId || issue.reporter === user.accountId;
  return json(200, {
    sections: [
      section('hs', 'History Search', candidates.filter(inHistory), text, call),
      section('cs', 'Current Search', candidates.filter(inCurrentSearch), text, call),
    ],
  });
}

function section(
  id: string,
  label: string,
  found: Issue[],
  text: string,
  { edition, apiUrl, analyser }: ProductCall,
): Record<string, unknown> {
  const shown = found.slice(0, MAX_SUGGESTIONS);
  return {
    label,
    sub: `Showing ${shown.length} of ${found.length} matching issues`,
    id,
    ...(shown.length === 0 ? { msg: 'No matching issues found' } : {}),
    issues: shown.map((issue) => ({
      id: issue.id,
      key: issue.key,
      keyHtml: highlightPrefix(issue.key, text),
      img: edition.pickerIcon(issueTypeIcon(issue.type), apiUrl),
      summary: highlightWords(issue.summary, text, analyser),
      summaryText: issue.summary,
    })),
  };
}

function matcher(text: string, byKey: boolean, analyser: Analyser): (issue: Issue) => boolean {
  if (text === '') return () => true;
  const upper = text.toUpperCase();
  const number = /^\d+$/.test(text) ? `-${text}` : null;
  const hasWords = wordMatcher(text, analyser);
  const hasKey = ({ key }: Issue) => key.startsWith(upper) || (number !== null && key.includes(number));
  return (issue) => (byKey && hasKey(issue)) || hasWords(`${issue.summary}\n${descriptionText(issue)}`);
}

/** Every word must be in the text, whole or as the beginning of another, but for the stop words, which are in no index. */
function wordMatcher(asked: string, analyser: Analyser): (text: string) => boolean {
  const words = wordsOf(asked).flatMap((word) => {
    const [term = null] = analyser.terms(word);
    return term === null ? [] : [{ word, term }];
  });
  if (words.length === 0) return () => false;
  return (text) => {
    const terms = analyser.terms(text);
    return words.every(({ word, term }) => terms.some((own) => own === term || own?.startsWith(word)));
  };
}

function wordsOf(text: string): string[] {
  return splitAtWords(text.normalize('NFC')).flatMap(({ piece, word }) => (word ? [piece.toLowerCase()] : []));
}

function highlightPrefix(key: string, text: string): string {
  if (text === '' || !key.startsWith(text.toUpperCase())) return escapeHtml(key);
  return `<b>${escapeHtml(key.slice(0, text.length))}</b>${escapeHtml(key.slice(text.length))}`;
}

function highlightWords(summary: string, text: string, analyser: Analyser): string {
  const asked = wordMatcher(text, analyser)(summary) ? wordsOf(text) : [];
  return splitAtWords(summary)
    .map(({ piece, word }) => {
      const hit = word && asked.find((part) => piece.toLowerCase().startsWith(part));
      if (!hit) return escapeHtml(piece);
      return `<b>${escapeHtml(piece.slice(0, hit.length))}</b>${escapeHtml(piece.slice(hit.length))}`;
    })
    .join('');
}

function isSubtask(issue: Issue): boolean {
  return ISSUE_TYPES.some(({ name, subtask }) => name === issue.type && subtask);
}
