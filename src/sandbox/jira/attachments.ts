import { Refused, type Reply } from '../http/call.ts';
import type { ProductCall } from '../world/product-call.ts';
import type { Attachment } from '../world/records.ts';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

export const contentQuery = { redirect: 'boolean' } as const;

/** What stands in a file, or where to fetch it: at a host of its own, by an address that is good for some minutes. */
export function getContent(call: ProductCall): Reply {
  const file = attachmentOf(call);
  if (call.query.get('redirect') === 'false') return fileReply(file);
  const location = `https://api.media.atlassian.com/file/${file.id}/binary?token=sandbox&name=${encodeURIComponent(file.filename)}`;
  return { status: 303, headers: { location } };
}

/** The same on Data Center, whatever name the address has: the id is what counts. */
export function getFile(call: ProductCall): Reply {
  return fileReply(attachmentOf(call));
}

function attachmentOf({ site, params }: ProductCall): Attachment {
  const all = site.issues.flatMap(({ attachments = [] }) => attachments);
  const found = all.find(({ id }) => id === params.id);
  if (!found) throw new Refused(404, `The attachment with id '${params.id}' does not exist`);
  return found;
}

function fileReply(file: Attachment): Reply {
  const { mimeType, filename } = file;
  const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`;
  return {
    status: 200,
    headers: { 'content-type': mimeType, 'content-disposition': disposition },
    body: contentOf(file),
  };
}

/** As many bytes as the file claims to have: lines of orders for text, a picture's beginning and a pattern for the rest. */
function contentOf({ mimeType, size }: Attachment): Buffer {
  if (mimeType.startsWith('text/')) {
    // Whole lines, and blanks for what is left.
    const content = Buffer.alloc(size, ' ');
    let length = content.write('order,customer,total');
    for (let number = 1; ; number += 1) {
      const line = `\n${number},Müller & Söhne,${(number * 7) % 1000}.50`;
      if (length + Buffer.byteLength(line) > size) return content;
      length += content.write(line, length);
    }
  }
  const pattern = Buffer.alloc(size, Buffer.from([0, 17, 255, 128, 64]));
  PNG.copy(pattern);
  return pattern;
}
