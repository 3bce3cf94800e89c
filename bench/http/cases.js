// What is measured: each thing that callers do, and the same from the passthrough.
import { SITE_ID } from './service.js';

/** Those that the service asks for. */
const SEARCH_FIELDS = ['summary', 'status', 'priority', 'project', 'issuetype', 'assignee', 'updated', 'description'];
const JIRA = `/ex/jira/${SITE_ID}/rest/api/3`;
const SEARCH = `${JIRA}/search/jql`;
let nth = 0;
/** Another one each time, as people type: nothing is answered from what was asked before. */
const words = () => {
  nth += 1;
  return `login fails ${nth.toString(36)}`;
};
const json = { 'content-type': 'application/json' };
const get = (path) => ({ method: 'GET', path });
const invoke = (tool, args) => ({
  ...{ method: 'POST', path: '/connectors/tools/invoke', headers: json },
  body: JSON.stringify({ tool, args }),
});
const mcp = (headers, name, args, meta = {}) => ({
  ...{ method: 'POST', path: '/mcp' },
  headers: { ...json, accept: 'application/json, text/event-stream', ...headers },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, ...meta } }),
});
/** What clients of the newer revision send with every request. */
const REVISION = '2026-07-28';
const modern = (name, args) =>
  mcp({ 'mcp-protocol-version': REVISION, 'mcp-method': 'tools/call', 'mcp-name': name }, name, args, {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': REVISION,
      'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  });
/** The search that the service makes, as it is asked for without it. */
const search = () => ({
  ...{ method: 'POST', path: SEARCH, headers: json },
  body: JSON.stringify({ jql: `text ~ "${words()}"`, maxResults: 10, fields: SEARCH_FIELDS }),
});

/** `plain` is what is asked of the passthrough; `status` what the service answers. */
export const CASES = {
  'jira search': {
    ask: () => get(`/connectors/jira/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: search,
  },
  'jira projects': {
    // None like another, or those of one moment would be one call.
    ask: () => get(`/connectors/jira/projects?limit=50&q=${words().split(' ').at(-1)}`),
    plain: () => get(`${JIRA}/project/search?n=${words()}`.replaceAll(' ', '+')),
  },
  'confluence search': {
    ask: () => get(`/connectors/confluence/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: () => get(`/ex/confluence/${SITE_ID}/wiki/rest/api/search?cql=${encodeURIComponent(words())}`),
  },
  'jira.get': {
    // Comments would be a second call, which the passthrough does not make.
    ask: () => invoke('jira.get', { issue: `PRJ1-${1 + (nth++ % 900)}`, comments: 0 }),
    plain: () => get(`${JIRA}/issue/PRJ1-${nth++ % 900}`),
  },
  'confluence.get': {
    // Its space is a second call, which the passthrough does not make: the page names it by an id alone.
    ask: () => invoke('confluence.get', { page: String(60_001 + (nth++ % 900)) }),
    plain: () => get(`/ex/confluence/${SITE_ID}/wiki/api/v2/pages/${60_001 + (nth++ % 900)}?body-format=storage`),
  },
  'tool invoke (jira.search)': {
    ask: () => invoke('jira.search', { q: words(), limit: 10 }),
    plain: search,
  },
  'MCP 2025 (jira.search)': {
    ask: () => mcp({ 'mcp-protocol-version': '2025-11-25' }, 'jira_search', { q: words(), limit: 10 }),
    plain: search,
  },
  'MCP 2026 (jira.search)': {
    ask: () => modern('jira_search', { q: words(), limit: 10 }),
    plain: search,
  },
  'not connected': {
    ask: () => get(`/connectors/jira/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: search,
    as: 'other',
    status: 400,
  },
  '/healthz': { ask: () => get('/healthz'), plain: search, as: null },
};
