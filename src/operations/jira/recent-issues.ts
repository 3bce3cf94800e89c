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
  private readonly byPlace = new Map<string, RecentIssue[]>();

  add(tenantId: string, siteId: string, issue: RecentIssue): void {
    if (!Number.isSafeInteger(issue.id)) return;
    for (const [place, issues] of this.byPlace) {
      if (issues.every(({ at }) => at <= issue.at - RECENT_SECONDS)) this.byPlace.delete(place);
    }
    const place = `${tenantId}/${siteId}`;
    this.byPlace.set(place, [issue, ...(this.byPlace.get(place) ?? [])].slice(0, MAX_ISSUES));
  }

  /** Newest first. */
  list(tenantId: string, siteId: string, now: number): RecentIssue[] {
    return this.byPlace.get(`${tenantId}/${siteId}`)?.filter(({ at }) => at > now - RECENT_SECONDS) ?? [];
  }
}
