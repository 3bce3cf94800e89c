import { expect, it } from 'vitest';
import { sealedText } from '../../src/stores/sealed.ts';

it.each([
  { value: 'k1:abc', isSealed: true },
  { value: '', isSealed: false },
  { value: 5, isSealed: false },
  { value: null, isSealed: false },
])('$value in JSON is taken for ciphertext: $isSealed', ({ value, isSealed }) => {
  expect(sealedText.safeParse(value).success).toBe(isSealed);
});
