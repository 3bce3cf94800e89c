interface RecentIssue {
  id: number;
  key: string;
  /** Epoch seconds. */
  at: number;
}

/** How long Jira's search index is helped along, in seconds. */
const RECENT_SECONDS = 60;
/** Jira takes this many ids in `reconcileIssues`. */
const MAX_ISSUES = 50;

/**
 * The issues each tenant created in the last minute through this process: Jira's search index lags behind, and shows
 * them at once only when their ids are sent along (`reconcileIssues`).
 */
export class RecentIssues {
  private readonly bySite = new Map<string, RecentIssue[]>();

  add(tenantId: string, siteId: string, issue: RecentIssue): void {
    if (!Number.isSafeInteger(issue.id)) return;
    for (const [site, issues] of this.bySite) {
      if (issues.every(({ at }) => at <= issue.at - RECENT_SECONDS)) this.bySite.delete(site);
    }
    const site = `${tenantId}/${siteId}`;
    this.bySite.set(site, [issue, ...(this.bySite.get(site) ?? [])].slice(0, MAX_ISSUES));
  }

  /** Newest first. */
  list(tenantId: string, siteId: string, now: number): RecentIssue[] {
    return this.bySite.get(`${tenantId}/${siteId}`)?.filter(({ at }) => at > now - RECENT_SECONDS) ?? [];
  }
}
