import type { Block, Inline } from './markdown.ts';

/** Confluence storage format (well-formed XHTML with Confluence's macros) for a text that was read by `parseMarkdown`. */
export function toStorage(blocks: Block[]): string {
  return blocks.map(toXml).join('');
}

const MARKS = { strong: 'strong', em: 'em', strike: 'del' } as const;

function toXml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return element('p', inlineXml(block.content));
    case 'heading':
      return element(`h${block.level}`, inlineXml(block.content));
    case 'code':
      return codeMacro(block.text, block.language);
    case 'quote':
      return element('blockquote', block.content.map(toXml).join(''));
    case 'list': {
      const items = block.items.map((item) => element('li', itemXml(item))).join('');
      if (!block.ordered) return element('ul', items);
      return block.start === 1 ? element('ol', items) : `<ol start="${block.start}">${items}</ol>`;
    }
    case 'table': {
      const row = (name: string, cells: Inline[][]) =>
        element('tr', cells.map((cell) => element(name, inlineXml(cell))).join(''));
      const rows = [row('th', block.header), ...block.rows.map((cells) => row('td', cells))];
      return element('table', element('tbody', rows.join('')));
    }
    case 'rule':
      return '<hr />';
  }
}

/** The text of a simple item stands in `li` itself, as Confluence's own editor writes it. */
function itemXml(item: Block[]): string {
  const [first, ...rest] = item;
  const simple = first?.kind === 'paragraph' && rest.every((block) => block.kind === 'list');
  return simple ? inlineXml(first.content) + rest.map(toXml).join('') : item.map(toXml).join('');
}

function inlineXml(content: Inline[]): string {
  return content.map(inlineElement).join('');
}

function inlineElement(inline: Inline): string {
  switch (inline.kind) {
    case 'text':
      return escapeXml(inline.text);
    case 'break':
      return '<br />';
    case 'code':
      return element('code', escapeXml(inline.text));
    case 'marked':
      return element(MARKS[inline.mark], inlineXml(inline.content));
    case 'link':
      return `<a href="${escapeXml(inline.href)}">${inlineXml(inline.content)}</a>`;
  }
}

function codeMacro(text: string, language: string | null): string {
  const parameter = language === null ? '' : `<ac:parameter ac:name="language">${escapeXml(language)}</ac:parameter>`;
  // The end of a CDATA section cannot be escaped, only split over two.
  const body = text.replaceAll(']]>', ']]]]><![CDATA[>');
  return `<ac:structured-macro ac:name="code">${parameter}<ac:plain-text-body><![CDATA[${body}]]></ac:plain-text-body></ac:structured-macro>`;
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
