/** What both sample sites share of Jira's configuration. */

export interface Status {
  id: string;
  name: string;
  category: { id: number; key: string; name: string; colorName: string };
}

const TO_DO = { id: 2, key: 'new', name: 'To Do', colorName: 'blue-gray' };
const IN_PROGRESS = { id: 4, key: 'indeterminate', name: 'In Progress', colorName: 'yellow' };
const DONE = { id: 3, key: 'done', name: 'Done', colorName: 'green' };

export const STATUS_CATEGORIES = [TO_DO, IN_PROGRESS, DONE];

/** In the order in which an issue passes through them. */
export const STATUSES: readonly Status[] = [
  { id: '10000', name: 'To Do', category: TO_DO },
  { id: '10001', name: 'In Progress', category: IN_PROGRESS },
  { id: '10002', name: 'In Review', category: IN_PROGRESS },
  { id: '10003', name: 'Done', category: DONE },
];

/** A way from one status to another. */
export interface Transition {
  id: string;
  name: string;
  from: readonly string[];
  to: string;
  /** Whether it asks for a resolution on the way. */
  resolves: boolean;
}

/** The workflow of every project. */
export const TRANSITIONS: readonly Transition[] = [
  { id: '11', name: 'Stop progress', from: ['In Progress'], to: 'To Do', resolves: false },
  { id: '21', name: 'Start progress', from: ['To Do', 'In Review'], to: 'In Progress', resolves: false },
  { id: '31', name: 'Ask for review', from: ['In Progress'], to: 'In Review', resolves: false },
  { id: '41', name: 'Finish', from: ['To Do', 'In Progress', 'In Review'], to: 'Done', resolves: true },
  { id: '51', name: 'Reopen', from: ['Done'], to: 'To Do', resolves: false },
];

/** The first is what an issue that is done has unless told otherwise. */
export const RESOLUTIONS = [
  { id: '10000', name: 'Done' },
  { id: '10001', name: "Won't Do" },
  { id: '10002', name: 'Duplicate' },
] as const;

/** What a link says of the issue at either end: the one at the outward end blocks, the other one is blocked. */
export const LINK_TYPES = [
  { id: '10000', name: 'Blocks', inward: 'is blocked by', outward: 'blocks' },
  { id: '10001', name: 'Duplicate', inward: 'is duplicated by', outward: 'duplicates' },
  { id: '10002', name: 'Relates', inward: 'relates to', outward: 'relates to' },
] as const;

export interface IssueType {
  id: string;
  name: string;
  subtask: boolean;
  hierarchyLevel: number;
}

export const ISSUE_TYPES: readonly IssueType[] = [
  { id: '10100', name: 'Epic', subtask: false, hierarchyLevel: 1 },
  { id: '10101', name: 'Story', subtask: false, hierarchyLevel: 0 },
  { id: '10102', name: 'Task', subtask: false, hierarchyLevel: 0 },
  { id: '10103', name: 'Bug', subtask: false, hierarchyLevel: 0 },
  { id: '10104', name: 'Sub-task', subtask: true, hierarchyLevel: -1 },
];

export interface Priority {
  id: string;
  name: string;
}

/** Most urgent first. */
export const PRIORITIES: readonly Priority[] = [
  { id: '1', name: 'Highest' },
  { id: '2', name: 'High' },
  { id: '3', name: 'Medium' },
  { id: '4', name: 'Low' },
  { id: '5', name: 'Lowest' },
];

/** Finds an entry of one of these lists by name in any case, or by id. */
export function findIn<T extends { id: string | number; name: string }>(
  list: readonly T[],
  text: string,
): T | undefined {
  return list.find((entry) => entry.name.toLowerCase() === text.toLowerCase() || String(entry.id) === text);
}
