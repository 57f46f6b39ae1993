import * as v from 'valibot';
import { atOnce } from '../../use-cases/call.ts';
import type { ConflictTools } from '../../use-cases/recovery/attempt-operation.ts';
import { dependencyCaller } from '../boundary/dependency-caller.ts';
import { envNumber } from '../environment.ts';
import { resolverAsker } from './resolver.ts';

const FunctionArns = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/** What is needed where a write has lost a race, as the function's environment says. */
export function openConflicts(): ConflictTools {
  return {
    read: atOnce(dependencyCaller(() => 'to-compare')),
    askResolver: resolverAsker(v.parse(FunctionArns, process.env.RESOLVERS ?? '{}')),
    decisionMs: envNumber('DECISION_MS'),
    deadlineMs: envNumber('DEADLINE_MS'),
  };
}
