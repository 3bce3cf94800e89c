import { z } from 'zod';

declare const ciphertext: unique symbol;

/**
 * What the vault has encrypted. A string at run time, but none to the compiler: it cannot be sent as a token, nor be put
 * into a message, by mistake.
 */
export interface Sealed {
  readonly [ciphertext]: true;
}

/** Ciphertext that was written as text: in the store, or in what a browser carries. */
export const sealedOf = (text: string): Sealed => text as unknown as Sealed;

/** Ciphertext in what was parsed as JSON. */
export const sealedText = z.custom<Sealed>((value) => typeof value === 'string' && value !== '', 'is no ciphertext');

/** Ciphertext to be written as text. */
export const textOf = (sealed: Sealed): string => sealed as unknown as string;
