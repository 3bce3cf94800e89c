import { decodeEntities, MAX_READ_CHARACTERS } from './plain-text.ts';
import { type WikiToken, wikiParameter, wikiTokens } from './wiki-tokens.ts';

/** What a reader sees of Jira's wiki markup. Reads the beginning of a long text only. */
export function wikiText(markup: string): string {
  const collector = new WikiTextCollector();
  for (const [index, token] of wikiTokens(markup.slice(0, MAX_READ_CHARACTERS)).entries()) {
    if (index > 0 || token.kind !== 'line') collector.add(token);
  }
  return collector.pieces.join('');
}

class WikiTextCollector {
  readonly pieces: string[] = [];
  /** Whether what comes next stands apart from what is shown already. */
  private apart = false;
  private last = '';

  add(token: WikiToken): void {
    switch (token.kind) {
      case 'text':
      case 'mono':
        this.show(token.text);
        return;
      case 'mark':
        if (token.role === 'text') this.show(token.mark);
        return;
      case 'line':
      case 'break':
        this.show('\n');
        return;
      case 'code':
        this.showApart(wikiParameter(token.parameters, 'title'));
        this.showApart(token.text);
        return;
      case 'macro':
        if (token.name !== 'color') this.showApart(wikiParameter(token.parameters, 'title'));
        return;
      case 'link':
        this.show(decodeEntities(token.target.replace(/^(?:[~#^]|mailto:)/i, '')));
        return;
      case 'image':
      case 'cell':
        this.apart = true;
        return;
    }
  }

  private show(text: string): void {
    if (text === '') return;
    if (this.apart && this.last !== '' && !/\s/.test(this.last) && !/^\s/.test(text)) this.pieces.push(' ');
    this.apart = false;
    this.pieces.push(text);
    this.last = text.at(-1) ?? '';
  }

  private showApart(text: string): void {
    this.apart = true;
    this.show(text);
    this.apart = true;
  }
}
