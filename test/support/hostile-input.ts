import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** What stands for the characters of a class: the kinds of which hostile input is made. */
const ALPHABET = [...' a0-_.,:;/\\|"\'`<>()[]{}*+~=!?#&@%$^\n\r\t', '\u00a0', 'é', '\u2028', '\u{1f600}'];
/** Ends that make a match fail which has come so far. */
const ENDS = ['', '\u0000', 'a!'];
const MAX_SAMPLES = 4;

/**
 * Texts of about `length` characters on which the expression does the most work: each quantified part as often as it
 * fits, behind what leads to it, and before something that it cannot match; and what leads to it, over and over, since
 * every place may be the beginning of a match.
 */
export function hostileTexts(pattern: string, flags: string, length: number): string[] {
  const expression = new RegExpParser({ ecmaVersion: 2025 }).parseLiteral(`/${pattern}/${flags}`);
  const unicode = flags.includes('u') || flags.includes('v');
  const texts = new Set<string>();
  const add = (prefix: string, pump: string, suffix: string) => {
    if (pump === '') return;
    texts.add(prefix + pump.repeat(Math.ceil(length / pump.length)) + suffix);
  };
  const visit = (parts: readonly AST.Element[], before: string) => {
    let prefix = before;
    for (const part of parts) {
      if (part.type === 'Quantifier' && part.max > 1) {
        for (const pump of samples(part.element, unicode)) {
          for (const end of ENDS) add(prefix, pump, end);
          add('', prefix + pump, '');
        }
        add('', prefix, '');
      }
      const inner = part.type === 'Quantifier' ? part.element : part;
      if ('alternatives' in inner)
        for (const { elements } of inner.alternatives) visit(elements as AST.Element[], prefix);
      prefix += samples(part, unicode)[0] ?? '';
    }
  };
  for (const { elements } of expression.pattern.alternatives) visit(elements, '');
  return [...texts];
}

/** A few short texts that a part of an expression matches; the first is the plainest. */
function samples(part: AST.Element, unicode: boolean): string[] {
  switch (part.type) {
    case 'Character':
      return [String.fromCodePoint(part.value)];
    case 'CharacterSet':
    case 'CharacterClass':
    case 'ExpressionCharacterClass':
      return charactersOf(part, unicode);
    case 'Quantifier': {
      const one = samples(part.element, unicode);
      return part.min > 1 ? one.map((text) => text.repeat(part.min)) : one;
    }
    case 'Group':
    case 'CapturingGroup':
      return part.alternatives
        .flatMap(({ elements }) => sequences(elements, unicode))
        .filter((text, index, all) => all.indexOf(text) === index)
        .slice(0, MAX_SAMPLES);
    default:
      // Assertions take no characters, and what a back reference repeats is matched by its group already.
      return [''];
  }
}

/** The parts one after the other; each of the samples of the last one with something to choose from. */
function sequences(parts: readonly AST.Element[], unicode: boolean): string[] {
  return parts.reduce<string[]>(
    (texts, part) => {
      const own = samples(part, unicode);
      return texts.length > 1 ? texts.map((text) => text + (own[0] ?? '')) : own.map((one) => (texts[0] ?? '') + one);
    },
    [''],
  );
}

function charactersOf(part: AST.Element, unicode: boolean): string[] {
  const one = new RegExp(`^(?:${part.raw})$`, unicode ? 'u' : '');
  const known = ALPHABET.filter((character) => one.test(character));
  const first = part.type === 'CharacterClass' ? part.elements[0] : undefined;
  const own =
    first?.type === 'Character'
      ? [String.fromCodePoint(first.value)]
      : first?.type === 'CharacterClassRange'
        ? [String.fromCodePoint(first.min.value)]
        : [];
  return [...new Set([...known, ...own.filter((character) => one.test(character))])].slice(0, MAX_SAMPLES);
}
