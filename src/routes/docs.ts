import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { GUIDES, type Guide, Guides, guideHtml } from '../http/guides.ts';
import { escapeHtml, page, sendHtml } from '../http/html.ts';
import type { RouteDeps } from '../http/route-deps.ts';
import { basePathOf } from '../urls.ts';

const STYLE = `<style>
  table { display: block; overflow-x: auto; border-collapse: collapse; margin: 1rem 0; }
  th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
  pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; }
  :is(p, li) code { overflow-wrap: anywhere; }
  h2, h3, h4 { margin: 1.8rem 0 .6rem; overflow-wrap: anywhere; }
</style>`;

/** The guides as pages, `/docs/guides/agents`, and as they are written, `/docs/guides/agents.md`. */
export const guideRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, { config }) => {
  const guides = new Guides();
  const docs = `${basePathOf(config.publicBaseUrl)}/docs`;
  const open = { access: 'open', forPeople: true } as const;

  async function guideNamed(name: string): Promise<Guide> {
    const guide = await guides.named(name);
    if (guide === null) throw new AppError('NOT_FOUND', `There is no guide ${name}: ${docs}/guides lists them.`);
    return guide;
  }

  app.get('/docs/guides', { config: open, schema: { hide: true } }, async (_request, reply) => {
    const sections = await Promise.all(
      GUIDES.map(async ({ readers, names }) => {
        const listed = await Promise.all(names.map(guideNamed));
        const links = listed.map(
          ({ name, title }) => `<li><a href="${docs}/guides/${name}">${escapeHtml(title)}</a></li>`,
        );
        return `<h2>${readers}</h2><ul>${links.join('')}</ul>`;
      }),
    );
    const foot = `<p class="foot"><a href="${docs}">API documentation</a></p>`;
    return sendHtml(reply, page('Guides', `<h1>Guides</h1>${sections.join('')}${foot}`, STYLE));
  });

  app.get(
    '/docs/guides/:guide',
    { config: open, schema: { hide: true, params: z.object({ guide: z.string() }) } },
    async (request, reply) => {
      const { guide: asked } = request.params;
      const isSource = asked.endsWith('.md');
      const guide = await guideNamed(isSource ? asked.slice(0, -'.md'.length) : asked);
      if (isSource) return reply.type('text/markdown; charset=utf-8').send(guide.markdown);
      const foot = `<p class="foot"><a href="${docs}/guides">Guides</a> · <a href="${docs}">API documentation</a> · <a href="${docs}/guides/${guide.name}.md">As Markdown</a></p>`;
      return sendHtml(reply, page(guide.title, guideHtml(guide) + foot, STYLE));
    },
  );
};
