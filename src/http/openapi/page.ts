import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';

// Swagger UI as the documentation of this service.

/** The dark colours of Swagger UI hang on a class, which its layouts without a bar at the top leave to others. */
const SCRIPT = `(() => {
  // Swagger UI's own page says nothing of phones.
  const viewport = document.createElement('meta');
  viewport.name = 'viewport';
  viewport.content = 'width=device-width, initial-scale=1';
  document.head.append(viewport);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const show = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', show);
  show();
})();
`;

/**
 * A page that fits a phone, and calls that fit a screen: of the two answers for errors, which are the same everywhere, the
 * words are enough; and the tenant is entered once, beside the key.
 */
const STYLE = `
.swagger-ui .responses-table:not(.live-responses-table) .response[data-code$="XX"] .response-col_description > :not(.response-col_description__inner),
.swagger-ui .parameters tr[data-param-name="x-tenant-id"][data-param-in="header"] { display: none; }
.swagger-ui .info { margin: 1.5rem 0; }
.swagger-ui .info .title { overflow-wrap: anywhere; }
.swagger-ui .info .renderedMarkdown table { width: auto; border-collapse: collapse; }
.swagger-ui .info .renderedMarkdown :is(td, th) { padding: .25rem .75rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
.swagger-ui .info .renderedMarkdown td:first-child code { white-space: nowrap; word-break: normal; overflow-wrap: normal; }
html.dark-mode .swagger-ui .headers-wrapper :is(.header-col, td) { color: inherit; }
.swagger-ui .scheme-container { margin: 0 0 1rem; padding: 1rem 0; }
@media (max-width: 40rem) {
  .swagger-ui .wrapper { padding: 0 .75rem; }
  .swagger-ui .info .renderedMarkdown { overflow-x: auto; }
  .swagger-ui .opblock .opblock-summary-path { max-width: calc(100% - 7rem); }
  .swagger-ui .opblock .opblock-summary-description, .swagger-ui .opblock-tag small { display: none; }
  .swagger-ui .opblock-body { overflow-x: auto; }
}
`;

/** How the page at \`/docs\` looks and behaves. @param basePath what everything hangs below. */
export function docsPage(basePath: string): FastifySwaggerUiOptions {
  return {
    routePrefix: '/docs',
    indexPrefix: basePath,
    theme: {
      title: 'Atlassian integration service: API',
      css: [{ filename: 'docs.css', content: STYLE }],
      js: [{ filename: 'docs.js', content: SCRIPT }],
    },
    uiHooks: {
      // It looks for the document beside its own address, whatever a mail has added to that.
      onRequest(request, reply, done) {
        const [path = '', query] = request.url.split('?');
        if (/\/docs\/?$/.test(path) && query !== undefined) reply.redirect(`${basePath}/docs`);
        else done();
      },
    },
    uiConfig: {
      layout: 'BaseLayout',
      // The key and the tenant are entered once.
      persistAuthorization: true,
      // The browser tells how long a call took, and the list of the groups is what a newcomer looks for.
      displayRequestDuration: true,
      docExpansion: 'list',
      deepLinking: true,
      defaultModelsExpandDepth: 0,
    },
  };
}
