// What is measured: each thing that callers do, and the same from the passthrough.
import { SITE_ID } from './service.js';

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
const searchFor = () => `${SEARCH}?jql=${encodeURIComponent(words())}`;

/** `plain` is what is asked of the passthrough; `status` what the service answers. */
export const CASES = {
  'jira search': {
    ask: () => get(`/connectors/jira/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: () => get(searchFor()),
  },
  'jira projects': {
    ask: () => get('/connectors/jira/projects?limit=50'),
    plain: () => get(`${JIRA}/project/search?n=${words()}`.replaceAll(' ', '+')),
  },
  'confluence search': {
    ask: () => get(`/connectors/confluence/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: () => get(`/ex/confluence/${SITE_ID}/wiki/rest/api/search?cql=${encodeURIComponent(words())}`),
  },
  'jira.get': {
    ask: () => invoke('jira.get', { issue: `PRJ1-${1 + (nth++ % 900)}` }),
    plain: () => get(`${JIRA}/issue/PRJ1-${nth++ % 900}`),
  },
  'tool invoke (jira.search)': {
    ask: () => invoke('jira.search', { q: words(), limit: 10 }),
    plain: () => get(searchFor()),
  },
  'not connected': {
    ask: () => get(`/connectors/jira/search?limit=10&q=${encodeURIComponent(words())}`),
    plain: () => get(searchFor()),
    as: 'other',
    status: 400,
  },
  '/healthz': { ask: () => get('/healthz'), plain: () => get(searchFor()), as: null },
};
