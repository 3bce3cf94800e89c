/** What tells JQL and CQL apart, as far as their queries are read here. */
export interface Language {
  name: 'JQL' | 'CQL';
  /** Every site has these, in lower case; custom fields come on top. */
  fields: ReadonlySet<string>;
  /** Fields of text, which are searched with `~`. */
  textFields: ReadonlySet<string>;
  /** Fields whose values are plain text, dates and numbers, or belong to the site and to no project or space of it. */
  siteWideFields: ReadonlySet<string>;
  /** Fields whose history can be asked with `was` and `changed`. */
  historyFields: ReadonlySet<string>;
  /** Names of functions, in lower case, without those that apps add. */
  functions: ReadonlySet<string>;
  /** Whether `is empty` exists. */
  hasIs: boolean;
  /** A condition that nothing fulfils, and the one that everything does that has a value in a field. */
  never: string;
  always: (field: string) => string;
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const DATE_FUNCTIONS = 'endofday endofmonth endofweek endofyear now startofday startofmonth startofweek startofyear';

/** "JQL fields" and "JQL functions" (support.atlassian.com), Data Center's included. */
export const JQL: Language = {
  name: 'JQL',
  fields: words(`
    affectedversion approvals assignee attachments category comment component created createddate creator description due
    duedate environment filter fixversion hierarchylevel id issue issuekey issuelink issuelinktype issuetype key labels
    lastviewed level organizations originalestimate parent parentproject priority project projecttype remainingestimate
    reporter request resolution resolutiondate resolved savedfilter searchrequest sprint status statuscategory
    statuscategorychangeddate subtasks summary text textfields timeestimate timeoriginalestimate timespent type updated
    updateddate voter votes watcher watchers workitem workitemkey workitemtype worklogauthor worklogcomment worklogdate
    workratio`),
  textFields: words('comment description environment summary text textfields worklogcomment'),
  siteWideFields: words(`
    assignee attachments comment created createddate creator description due duedate environment hierarchylevel
    issuelinktype issuetype labels lastviewed originalestimate priority projecttype remainingestimate reporter resolution
    resolutiondate resolved status statuscategory statuscategorychangeddate summary text textfields timeestimate
    timeoriginalestimate timespent type updated updateddate voter votes watcher watchers workitemtype worklogauthor
    worklogcomment worklogdate workratio`),
  historyFields: words('assignee fixversion priority reporter resolution status'),
  functions: words(`
    ${DATE_FUNCTIONS} approved approver breached cascadeoption closedsprints completed componentsleadbyuser currentlogin
    currentuser customerdetail earliestunreleasedversion elapsed entitlementdetail entitlementproduct everbreached
    futuresprints issuehistory issueswithremotelinksbyglobalid lastlogin latestreleasedversion linkedissue linkedissues
    linkedworkitem linkedworkitems membersof myapproval mypending opensprints organizationdetail organizationmembers paused
    pending pendingby projectsleadbyuser projectswhereuserhaspermission projectswhereuserhasrole releasedversions remaining
    running standardissuetypes standardworktypes subtaskissuetypes subtaskworktypes unreleasedversions updatedby votedissues
    votedworkitems watchedissues watchedworkitems withincalendarhours`),
  hasIs: true,
  never: 'project is EMPTY',
  // What every issue has cannot be asked for being empty, but for its project.
  always: (field) =>
    `${/^(?:id|key|issue|issuekey|workitem|workitemkey)$/i.test(field) ? 'project' : field} is not EMPTY`,
};

/** "CQL fields" and "CQL functions" (developer.atlassian.com, Confluence Cloud and Data Center). */
export const CQL: Language = {
  name: 'CQL',
  fields: words(`
    ancestor container content content.id content.property contributor created creator favorite favourite id label
    lastmodified macro mention parent sitesearch space space.category space.key space.title space.type text title type user
    user.accountid user.fullname user.userkey watcher`),
  textFields: words('sitesearch space.title text title user.fullname'),
  siteWideFields: words(`
    contributor created creator label lastmodified macro mention sitesearch space.title text title type user
    user.accountid user.fullname user.userkey watcher`),
  historyFields: new Set(),
  functions: words(`
    ${DATE_FUNCTIONS} contributors currentcontent currentspace currentuser favoritespaces favouritespaces
    recentlyviewedcontent recentlyviewedspaces`),
  hasIs: false,
  never: '(type = page AND type != page)',
  always: () => '(type = page OR type != page)',
};
