import { createHash } from 'node:crypto';

/** An encryption key as it stands in the settings: always the same for one number, and as varied as a random one. */
export const keyOf = (number: number): string => keyBytes(number).toString('base64');

export const keyBytes = (number: number): Buffer => createHash('sha256').update(`key ${number}`).digest();

export const STATE_SECRET = createHash('sha256').update('state').digest('base64');
