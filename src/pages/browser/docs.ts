// The script of the API documentation: what Swagger UI lacks. It runs before Swagger UI starts, as a classic script.
// https://swagger.io/docs/open-source-tools/swagger-ui/customization/plugin-api/

/** What of immutable.js and of Swagger UI is used here. */
interface ImmutableMap {
  set(name: string, value: unknown): ImmutableMap;
}
interface System {
  React: { createElement(component: unknown, props: object): unknown };
}
type Props = Record<string, unknown>;
type Wrapper = (original: unknown, system: System) => (props: Props) => unknown;

declare const SwaggerUIBundle: { plugins: Record<string, unknown> };

// A function, since names at the top of a classic script are those of every other.
(() => {
  /** What a screen reader calls a control to which Swagger UI gives no name. */
  const NAMES: Record<string, string> = {
    '#servers': 'Servers',
    '.examples-select-element': 'Example',
    '.body-param__text': 'Request body',
    '.close-modal': 'Close',
  };

  /** Wraps a component with others of its props. */
  const withProps =
    (change: (props: Props) => Props): Wrapper =>
    (original, system) =>
    (props) =>
      system.React.createElement(original, { ...props, ...change(props) });

  const plugin = {
    wrapComponents: {
      // A link inside of the button that opens a call: the button leads to the same address.
      OperationSummaryPath: withProps(({ operationProps }) => ({
        operationProps: (operationProps as ImmutableMap).set('isDeepLinkingEnabled', false),
      })),
      // A button is called what stands on it.
      Button: withProps(({ children, 'aria-label': label }) => ({
        'aria-label': typeof children === 'string' ? undefined : label,
      })),
    },
  };

  /** What is missing of what was drawn anew. */
  function complete(): void {
    for (const field of document.querySelectorAll<HTMLElement>('[data-param-name] :is(input, select, textarea)')) {
      const parameter = field.closest<HTMLElement>('[data-param-name]')?.dataset.paramName ?? '';
      if (!field.hasAttribute('aria-label')) field.setAttribute('aria-label', parameter);
    }
    for (const [selector, name] of Object.entries(NAMES)) {
      for (const control of document.querySelectorAll(`${selector}:not([aria-label])`)) {
        control.setAttribute('aria-label', name);
      }
    }
    // What is scrolled must be reached by the keyboard.
    for (const code of document.querySelectorAll<HTMLElement>('.microlight:not([tabindex])')) {
      if (code.scrollWidth > code.clientWidth || code.scrollHeight > code.clientHeight) code.tabIndex = 0;
    }
  }

  // The page that starts Swagger UI names no plugin but this.
  SwaggerUIBundle.plugins.DownloadUrl = [SwaggerUIBundle.plugins.DownloadUrl, plugin];
  // Swagger UI's own page says nothing of phones.
  const viewport = document.createElement('meta');
  viewport.name = 'viewport';
  viewport.content = 'width=device-width, initial-scale=1';
  document.head.append(viewport);
  // The dark colours hang on a class, which layouts without a bar at the top leave to others.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const show = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', show);
  show();
  new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
})();
