import { isObject } from '../http/body.ts';
import { json, noContent, Refused, type Reply } from '../http/call.ts';
import { listParam } from '../http/routes.ts';
import { RESOLUTIONS, type Transition } from '../world/catalogue.ts';
import type { ProductCall } from '../world/product-call.ts';
import { readChanges } from './edit.ts';
import { FieldErrors, readIssueUpdate } from './fields.ts';
import { historyWith } from './history.ts';
import { resolutionJson, transitionJson, transitionsOf } from './issue-json.ts';
import { issueOf } from './issues.ts';

export function listTransitions(call: ProductCall): Reply {
  const { query } = call;
  const id = query.get('transitionId');
  const withFields = listParam(query, 'expand').includes('transitions.fields');
  const transitions = transitionsOf(issueOf(call))
    .filter((transition) => id === null || transition.id === id)
    .map((transition) => transitionJson(transition, call, withFields ? screenOf(transition, call) : undefined));
  return json(200, { expand: 'transitions', transitions });
}

/** The fields that a transition asks for, as their metadata. */
function screenOf({ resolves }: Transition, call: ProductCall): Record<string, unknown> {
  if (!resolves) return {};
  return {
    resolution: {
      required: false,
      schema: { type: 'resolution', system: 'resolution' },
      name: 'Resolution',
      key: 'resolution',
      operations: ['set'],
      allowedValues: RESOLUTIONS.map((resolution) => resolutionJson(resolution, call)),
    },
  };
}

export function transitionIssue(call: ProductCall): Reply {
  const { site, world, now } = call;
  const issue = issueOf(call);
  const body = readIssueUpdate(call);
  const id = readTransitionId(body.transition);
  const transition = transitionsOf(issue).find((entry) => entry.id === id);
  if (!transition) throw new Refused(400, `Transition id '${id}' is not valid for this issue.`);
  const errors = new FieldErrors();
  // A comment may come with any transition, also with one without a screen.
  const screen = transition.resolves ? ['resolution', 'comment'] : ['comment'];
  const changed = readChanges(body, issue, call, screen, errors.fail);
  const refusal = errors.reply();
  if (refusal) return refusal;
  if (!transition.resolves) delete issue.resolution;
  const { resolution, ...rest } = changed;
  const resolved = transition.resolves && resolution !== undefined ? { resolution } : {};
  const history = historyWith(issue, { ...rest, status: transition.to }, call);
  world.changeIssue(site, issue, { ...rest, ...resolved, status: transition.to, history, updated: now });
  return noContent();
}

function readTransitionId(transition: unknown): string {
  const id = isObject(transition) ? transition.id : undefined;
  if (id === undefined || id === null || id === '') throw new Refused(400, "Missing 'transition' identifier");
  if (/^\d+$/.test(String(id))) return String(id);
  throw new Refused(400, "'transition' identifier must be an integer");
}
