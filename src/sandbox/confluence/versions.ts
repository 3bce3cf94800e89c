import type { Reply } from '../http/call.ts';
import { findUser } from '../world/accounts.ts';
import type { ProductCall } from '../world/product-call.ts';
import { contentById } from './contents.ts';
import { versionsOf } from './fields.ts';
import { presentContent } from './pages.ts';
import { listV1 } from './v1-list.ts';
import { bodyOf } from './v2-json.ts';
import { listV2 } from './v2-list.ts';

export const versionsQuery = {
  'body-format': ['storage', 'atlas_doc_format'],
  sort: ['modified-date', '-modified-date'],
  cursor: 'text',
  limit: 'integer',
} as const;

/** v2's Version of a page or post. */
export function listVersions(type: 'page' | 'blogpost') {
  return (call: ProductCall): Reply => {
    const content = presentContent(call, type);
    const found = versionsOf(content);
    if (call.query.get('sort') === 'modified-date') found.reverse();
    const format = call.query.get('body-format');
    const [folder, member] = type === 'page' ? ['pages', 'page'] : ['blogposts', 'blogpost'];
    return listV2(
      call,
      `${folder}/${content.id}/versions`,
      () => found,
      ({ number, message, minorEdit, authorId, at, title, body }) => ({
        ...{ number, message, minorEdit, authorId },
        createdAt: new Date(at).toISOString(),
        [member]: { id: content.id, title, ...(format === null ? {} : { body: bodyOf({ ...content, body }, format) }) },
      }),
    );
  };
}

/** v1's versions of a page or post, newest first. */
export function listContentVersions(call: ProductCall): Reply {
  const content = contentById(call, ['current']);
  const { edition, siteUrl } = call;
  return listV1(
    call,
    versionsOf(content),
    `/rest/experimental/content/${content.id}/version`,
    ({ number, message, minorEdit, authorId, at }) => {
      const user = findUser(authorId);
      return {
        ...(user ? { by: edition.confluenceUser(user, siteUrl) } : {}),
        when: new Date(at).toISOString(),
        ...{ message, number, minorEdit },
        hidden: false,
      };
    },
  );
}
