// What the package exports as `./client`. It runs in browsers and in Node, without dependencies.
export { type Client, createClient, type Tools } from './client.ts';
export type { Connections, LoginQuery } from './connections.ts';
export { IntegrationError, type IntegrationErrorCode, type IntegrationErrorFacts } from './integration-error.ts';
export type * from './operations.ts';
export type { ClientOptions, Fetch } from './send.ts';
export type { AllOptions, CallOptions, ListOperation, ListPage, OpenListOperation } from './shapes.ts';
export { type Typeahead, type TypeaheadOptions, type TypeaheadTimers, typeahead } from './typeahead.ts';
