import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { sendHtml } from '../http/send-html.ts';
import { GUIDES, type Guide, Guides, guideHtml, pictureAt } from '../pages/guides.ts';
import { escapeHtml, page } from '../pages/html.ts';
import { basePathOf } from '../urls.ts';

/** The guides as pages, `/docs/guides/agents`, and as they are written, `/docs/guides/agents.md`. */
export const guideRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config }) => {
  const guides = new Guides();
  const docs = `${basePathOf(config.publicBaseUrl)}/docs`;
  const open = { access: 'open', forPeople: true } as const;

  function guideNamed(name: string): Guide {
    const guide = guides.named(name);
    if (guide === null) throw new AppError('NOT_FOUND', `There is no guide ${name}: ${docs}/guides lists them.`);
    return guide;
  }

  app.get('/docs/guides', { config: open, schema: { hide: true } }, async (_request, reply) => {
    const sections = GUIDES.map(({ readers, names }) => {
      const links = names.map(
        (name) => `<li><a href="${docs}/guides/${name}">${escapeHtml(guideNamed(name).title)}</a></li>`,
      );
      return `<h2>${readers}</h2><ul>${links.join('')}</ul>`;
    });
    const foot = `<p class="foot"><a href="${docs}">API documentation</a></p>`;
    return sendHtml(reply, page('Guides', `<main class="prose"><h1>Guides</h1>${sections.join('')}${foot}</main>`));
  });

  function sendPicture(reply: FastifyReply, path: string): FastifyReply {
    const picture = pictureAt(path);
    if (picture === null) throw new AppError('NOT_FOUND', `There is no picture ${path}.`);
    return reply.type(picture.type).header('cache-control', 'no-cache').send(picture.bytes);
  }

  app.get(
    '/docs/guides/images/:picture',
    { config: open, schema: { hide: true, params: z.object({ picture: z.string() }) } },
    (request, reply) => sendPicture(reply, `images/${request.params.picture}`),
  );

  app.get(
    '/docs/guides/:guide',
    { config: open, schema: { hide: true, params: z.object({ guide: z.string() }) } },
    async (request, reply) => {
      const { guide: asked } = request.params;
      if (asked.endsWith('.svg')) return sendPicture(reply, asked);
      const isSource = asked.endsWith('.md');
      const guide = guideNamed(isSource ? asked.slice(0, -'.md'.length) : asked);
      if (isSource) return reply.type('text/markdown; charset=utf-8').send(guide.markdown);
      const foot = `<p class="foot"><a href="${docs}/guides">Guides</a> · <a href="${docs}">API documentation</a> · <a href="${docs}/guides/${guide.name}.md">As Markdown</a></p>`;
      return sendHtml(reply, page(guide.title, `<main class="prose">${guideHtml(guide)}${foot}</main>`));
    },
  );
};
