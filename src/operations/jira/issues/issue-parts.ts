import type { JiraReader } from '../../../atlassian/jira/client.ts';
import type { Slice } from '../../../atlassian/shapes.ts';
import { openList } from '../../lists.ts';
import type { ContainerNames, Job } from '../../operation.ts';
import type { Page } from '../../shapes.ts';
import { presentKey, projectNamedBy } from './issue-targets.ts';

// What the lists of one issue's parts have in common: they lie where the issue does, which is looked up first.

/** A part, with the present key of its issue. */
interface PartOf<T> {
  key: string;
  part: T;
}

interface IssueInput {
  issue: string;
}

export const issueSubject = {
  parameter: 'issue',
  container: ({ issue }: IssueInput): ContainerNames => projectNamedBy(issue),
};

export const withinIssue = ({ key }: PartOf<unknown>): ContainerNames => projectNamedBy(key);

export const presentPart = <T>({ part }: PartOf<T>): T => part;

/**
 * One page of the parts of an issue.
 * @param query what else the list depends on, beside the issue.
 * @param find looks for them from an offset on, by the issue's present key.
 */
export function pageOfParts<T>(
  job: Job<'jira'>,
  {
    operation,
    input,
    query = [],
  }: { operation: string; input: IssueInput & { cursor?: string | undefined }; query?: unknown[] },
  find: (jira: JiraReader, key: string, offset: number) => Promise<Slice<T>>,
): Promise<Page<PartOf<T>>> {
  const list = openList(job, { operation, query: [input.issue, ...query], cursor: input.cursor });
  return job.onSite(async (jira, site) => {
    const key = await presentKey(jira, job.allowed, input.issue);
    const { items, next } = await find(jira, key, Number(list.from(site) ?? 0));
    return list.page(site, { items: items.map((part) => ({ key, part })), next });
  });
}
