/** What somebody who opens the documentation for the first time has to know, as Markdown. */
export const INTRODUCTION = `Stands between your software and Jira and Confluence, Cloud or Data Center. Each tenant connects its Atlassian accounts once; from then on you search, read and create in one shape, and agents call the same operations as tools.

**Begin.** Send an API key as \`Authorization: Bearer …\` or \`X-Api-Key\` (without authentication, nothing). \`GET /connectors\` shows what is connected. If nothing is, connect at [/connect](connect), or give a person the link of \`POST /connectors/jira/connect-link\`. The [guides](docs/guides) have the rest.

**Tenants.** \`X-Tenant-Id\` says whose connections are meant; \`default\` without it. A key of one tenant fixes it. \`X-Read-Only: true\` forbids a request to change anything, and \`X-Tools: jira.search,jira.get\` to run any other operation.

**Errors** all have the shape \`Error\`. \`code\` says what to do:

| code | status | |
|---|---|---|
| \`VALIDATION\` | 400, 408, 413, 414, 415, 422, 431 | correct the request: \`details.parameter\` |
| \`NOT_CONNECTED\` | 400 | connect the tenant: \`details.connect\` |
| \`TOKEN_EXPIRED\` | 401 | connect again: \`details.reconnect_url\` |
| \`UNAUTHORIZED\` | 401 | your credentials (\`details.source: caller\`) or the connection's (\`atlassian\`) are refused |
| \`FORBIDDEN\` | 403 | you may not (\`caller\`), or Atlassian says no |
| \`NOT_FOUND\` | 404, 405 | no such route or thing |
| \`CONFLICT\` | 409 | changed by somebody else: read it again |
| \`RATE_LIMITED\` | 429, 503 | wait \`retry_after\` seconds |
| \`VENDOR_ERROR\` | 502, 504 | Atlassian failed |
| \`INTERNAL_ERROR\` | 500, 503 | this service or its store failed |

**Lists** go on while there is \`X-Next-Cursor\`: send it back as \`cursor\`. **Times** are epoch seconds. **Input:** unknown names are refused, with the nearest known one; \`null\` counts as left out; a number may stand for an id, one string for a list.`;
