import type { FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import { shippedFile } from '../../shipped-files.ts';

// Swagger UI as the documentation of this service.

/** Swagger UI's light colours are too pale to be read by everybody (WCAG 2.2, 1.4.3); its dark ones are not, but for two. */
const METHODS = { get: '#1f66b5', post: '#1b7a4b', put: '#8f5400', patch: '#12766a', delete: '#c9252d' };

function colours(): string {
  const methods = Object.entries(METHODS).map(
    ([method, colour]) => `.opblock-${method} .opblock-summary-method { background: ${colour}; }`,
  );
  return `html:not(.dark-mode) .swagger-ui {
  ${methods.join('\n  ')}
  .info :is(a, .url) { color: #0c66e4; }
  .info .title small { background: #5f6673; } .info .title small.version-stamp { background: #4d6b02; }
  .btn.authorize { color: #1b7a4b; border-color: #1b7a4b; } .btn.authorize svg { fill: #1b7a4b; }
  .btn.cancel { color: #c9252d; border-color: #c9252d; }
  .btn.execute { background: #0c66e4; border-color: #0c66e4; }
  :is(.parameter__in, .json-schema-2020-12-expand-deep-button) { color: #596070; }
}
.swagger-ui .download-contents { background: #5a6070; }
html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { color: #ff9c8f; border-color: #ff9c8f; }
html.dark-mode .swagger-ui .examples-select .examples-select__section-label { color: #d5dce3; }`;
}

/**
 * A page that fits a phone, and calls that fit a screen: of the two answers for errors, which are the same everywhere, the
 * words are enough; and the tenant is entered once, beside the key. Everything can be reached by the keyboard, and seen.
 */
const STYLE = `
.swagger-ui .responses-table:not(.live-responses-table) .response:is([data-code="400"], [data-code="default"]) .response-col_description > :not(.response-col_description__inner),
.swagger-ui .parameters tr[data-param-name="X-Tenant-Id"][data-param-in="header"] { display: none; }
.swagger-ui .dialog-ux .modal-ux-content::before { content: "This browser keeps what you enter here until you log out."; }
.swagger-ui .info { margin: 1.5rem 0; }
.swagger-ui .info .title { overflow-wrap: anywhere; }
.swagger-ui .info .renderedMarkdown table { width: auto; border-collapse: collapse; }
.swagger-ui .info .renderedMarkdown :is(td, th) { padding: .25rem .75rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
.swagger-ui .info .renderedMarkdown td:first-child code { white-space: nowrap; word-break: normal; overflow-wrap: normal; }
html { color-scheme: light; }
html.dark-mode { color-scheme: dark; }
html.dark-mode .swagger-ui .headers-wrapper :is(.header-col, td) { color: inherit; }
.swagger-ui .scheme-container { margin: 0 0 1rem; padding: 1rem 0; }
${colours()}
.swagger-ui :focus-visible { outline: 3px solid light-dark(#0c66e4, #85b8ff); outline-offset: 2px; }
.swagger-ui .opblock .opblock-summary .view-line-link.copy-to-clipboard { transition: none; }
.swagger-ui .opblock .opblock-summary:focus-within .view-line-link.copy-to-clipboard { width: 24px; margin: 0 5px; }
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
      js: [{ filename: 'docs.js', content: shippedFile('dist/browser/docs.js') }],
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
      // The default theme's numbers are too dark to be read on its ground.
      syntaxHighlight: { theme: 'tomorrow-night' },
    },
  };
}
