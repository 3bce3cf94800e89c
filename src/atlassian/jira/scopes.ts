// Atlassian's granular scopes come in bundles, so the classic ones are asked for. An operator may ask for the bundles.
export const READ = 'read:jira-work';
export const WRITE = 'write:jira-work';
export const READ_USER = 'read:jira-user';

/** `read:issue:jira` and so on. */
export function jira(...names: string[]): string[] {
  return names.flatMap((line) => line.split(' ')).map((name) => `read:${name}:jira`);
}
