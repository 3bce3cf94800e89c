import { CONFLUENCE_ENDPOINTS } from '../../src/atlassian/confluence/endpoints.ts';
import type { PageOf } from '../../src/atlassian/confluence/paging.ts';
import { describeContract } from './client-contract.ts';

const FILTERS = [
  { space: ['ENG', 'HR'] },
  { type: 'page' },
  { label: 'onboarding' },
  { updated_since: '2026-01-31' },
  { updated_since: 1_767_225_600 },
];

let folder = '';

/** Part of a list and the part behind it. */
async function twice(list: (asked: PageOf) => Promise<{ next: string | null }>): Promise<void> {
  const { next } = await list({ limit: 1 });
  await list({ limit: 1, cursor: next ?? 'there is no second part' });
}

describeContract({
  provider: 'confluence',
  endpoints: CONFLUENCE_ENDPOINTS,
  bodies: {
    usersById: ['accountIds'],
    createPage: [
      'spaceId',
      'title',
      'status',
      'parentId',
      'subtype',
      'body.representation',
      'body.value',
      'body.storage',
      'body.atlas_doc_format',
    ],
  },
  prepare: (stage) => {
    folder = stage.sandbox.addFolder('acme', { space: 'HR', title: 'A folder' });
    for (const title of ['One', 'Two', 'Three']) {
      stage.sandbox.addFolder('acme', { space: 'HR', title, parentId: folder });
    }
  },
  drive: async (service, client) => {
    await service.list('/connectors/confluence/spaces');
    await service.twoPages('/connectors/confluence/spaces');
    await service.tool('confluence.spaces', { limit: 50 });

    const search = '/connectors/confluence/search';
    const queries = {
      nothing: '',
      'free text': 'login "page" OR 1=1; drop \\',
      CQL: 'space = ENG AND type = page ORDER BY title',
      'CQL that finds spaces': 'type = space',
      'an order': 'order by created',
    };
    for (const q of Object.values(queries)) {
      await service.list(search, { q });
      await service.list(search, { q, limit: '25', filters: JSON.stringify(Object.assign({}, ...FILTERS)) });
    }
    for (const filters of FILTERS) await service.list(search, { filters: JSON.stringify(filters) });
    await service.twoPages(search);
    await service.twoPages(search, { q: 'type = page' });
    await service.tool('confluence.search', { q: 'onboarding', limit: 3, filters: { space: 'HR' } });

    const parent = await service.create('/connectors/confluence/create', { space: '32769', title: 'A page' });
    await service.create('/connectors/confluence/create', {
      space: 'ENG',
      title: 'Every field of the plain form',
      content: '# Steps\n\n- [ ] tag\n- [x] announce\n\n```ts\nconst a = 1 < 2;\n```',
      parent_id: parent,
      status: 'draft',
    });
    await service.create('/connectors/confluence/create', {
      space: 'ENG',
      title: 'A table',
      content: '| a | b |\n|---|---|\n| 1 | 2 |',
    });
    const paragraph = { type: 'paragraph', content: [{ type: 'text', text: 'In the document format.' }] };
    const adf = JSON.stringify({ type: 'doc', version: 1, content: [paragraph] });
    const raw = { spaceId: '32770', parentId: '65801', status: 'current', subtype: 'live' };
    await service.create('/connectors/confluence/create', {
      ...raw,
      title: "Atlassian's own body",
      body: { representation: 'storage', value: '<p>Hello</p>' },
    });
    await service.create('/connectors/confluence/create', {
      ...raw,
      title: "Atlassian's own body, nested",
      body: { storage: { representation: 'storage', value: '<p>Hello</p>' } },
    });
    await service.create('/connectors/confluence/create', {
      ...raw,
      title: "Atlassian's own body, in its document format",
      body: { atlas_doc_format: { representation: 'atlas_doc_format', value: adf } },
    });
    await service.tool('confluence.create', { space: 'HR', title: 'By a tool', content: 'Hello' });

    await client.spaces({ limit: 25, keys: ['ENG', 'HR'] });
    await client.space('32769');
    await client.spaces({ limit: 25, status: 'current' });
    await client.findSpace('hr');
    await client.page(parent);
    await client.page('65621');
    await client.pageDetails('65606');
    await client.pageDetails('65621');
    await client.findPage({ id: '32769', key: 'ENG', names: ['ENG'] }, 'Order service');
    await client.containerOf(parent);
    await client.containerOf(folder);
    await twice((asked) => client.tree.children('65601', asked));
    await twice((asked) => client.tree.descendants('65601', { ...asked, depth: 2 }));
    await client.tree.ancestors('65615');
    await twice((asked) => client.tree.children(folder, asked));
    await twice((asked) => client.tree.descendants(folder, { ...asked, depth: 2 }));
    await client.tree.ancestors(folder);
    await twice((asked) => client.blogPosts.latest({ ...asked, spaces: [{ id: '32769', key: 'ENG' }] }));
    for (const id of ['65615', '65622']) {
      await client.comments.of(id, { limit: 10 });
      await twice((asked) => client.comments.of(id, { ...asked, kind: 'footer' }));
      await twice((asked) => client.comments.of(id, { ...asked, kind: 'inline' }));
      await twice((asked) => client.labels.of(id, asked));
      await twice((asked) => client.attachments.of(id, asked));
      await twice((asked) => client.versions.of(id, asked));
      await client.versions.at(id, 1);
    }
  },
});
