// An agent's first visit: it knows nothing but where the service is and, where it needs one, a key. It finds the open login
// bugs, reads the newest with its comments, finds who could take it, and reads the page for newcomers and what lies below it.
//
//   node scripts/first-visit.js http://localhost:3001 [key] [rest|mcp]

const MAX_CALLS = 12;

/** Calls the service and keeps count. `show` is given what was asked and what came, for whoever wants to read along. */
export async function visit(base, { key, door = 'rest', show = () => {} } = {}) {
  const count = { calls: 0, characters: 0 };
  const ask = async (path, { body, headers = {} } = {}) => {
    if (++count.calls > MAX_CALLS) throw new Error(`more than ${MAX_CALLS} calls`);
    const answer = await fetch(`${base}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    count.characters += text.length;
    return text;
  };

  const page = await ask('/llms.txt');
  show('GET /llms.txt', page);

  // The page names the tools; only those that the task needs are looked at closer.
  const wanted = [
    /search jira/i,
    /get a jira issue/i,
    /assigned/i,
    /search confluence/i,
    /get a confluence page/i,
    /child pages/i,
  ];
  const listed = [...page.matchAll(/^- `(\w+)`: (.+)$/gm)].map(([, name, title]) => ({ name, title }));
  const names = wanted.map((words) => listed.find(({ title }) => words.test(title)).name);
  const [searchIssues, getIssue, assignable, searchPages, getPage, children] = names;

  const narrowed = { 'x-tools': names.join(',') };
  const rpc = async (method, params) => {
    const text = await ask('/mcp', { body: { jsonrpc: '2.0', id: count.calls, method, params }, headers: narrowed });
    return JSON.parse(text.replace(/^(?:event: .*\n)?data: /, '')).result;
  };
  const doors = {
    rest: {
      list: async () => JSON.parse(await ask('/connectors/tools?format=anthropic', { headers: narrowed })),
      call: async (tool, args) => JSON.parse(await ask('/connectors/tools/invoke', { body: { tool, args } })),
    },
    mcp: {
      list: async () => (await rpc('tools/list', {})).tools,
      call: async (name, args) => JSON.parse((await rpc('tools/call', { name, arguments: args })).content[0].text),
    },
  };
  const { list, call: invoke } = doors[door];
  const call = async (tool, args) => {
    const answer = await invoke(tool, args);
    show(`${tool} ${JSON.stringify(args)}`, answer);
    if (answer.code) throw new Error(`${answer.code}: ${answer.message}`);
    return answer;
  };

  show('the schemas of the six tools', await list());

  const jql = 'type = Bug AND labels = login AND statusCategory != Done ORDER BY created DESC';
  const { items: bugs } = await call(searchIssues, { q: jql, limit: 5, fields: ['title', 'metadata.assignee'] });
  const newest = await call(getIssue, { issue: bugs[0].id, view: 'brief' });
  const { items: people } = await call(assignable, { issue: newest.id, fields: ['name'] });
  const { items: pages } = await call(searchPages, {
    q: 'getting started',
    filters: { type: 'page' },
    limit: 3,
    fields: ['title'],
  });
  const handbook = await call(getPage, { page: pages[0].id, view: 'brief' });
  const { items: below } = await call(children, { page: handbook.id, fields: ['title'] });

  return {
    ...count,
    bugs: bugs.map(({ id, title }) => `${id} ${title}`),
    newest: { id: newest.id, comments: newest.comments.items.map(({ body }) => body) },
    people: people.map(({ name }) => name),
    page: { title: handbook.title, body: handbook.body },
    below: below.map(({ title }) => title),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [base = 'http://localhost:3001', key, door] = process.argv.slice(2);
  const show = (asked, answer) => {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    process.stdout.write(
      `> ${asked}\n${text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text}\n\n`,
    );
  };
  const found = await visit(base, { key, door, show });
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
}
