// The script of the page that ends a login in a popup: tells the page that opened it, and closes.
const TOLD = ['status', 'provider', 'tenant_id', 'state', 'error', 'message'];

const { opener: origin } = (document.querySelector('main') as HTMLElement).dataset;
const query = new URLSearchParams(location.search);
const message = Object.fromEntries(TOLD.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : [])));
if (origin) window.opener?.postMessage({ type: 'atlassian-connection', ...message }, origin);
// Only a window that a page has opened: what somebody opened themselves, stays.
window.close();
