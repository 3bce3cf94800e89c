// TypeScript's programming interface, which its version 7 no longer has, for what still asks for it.
export { ts as default } from '@ts-morph/common';
