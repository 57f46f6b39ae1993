import * as v from 'valibot';
import { refusePending } from '../../use-cases/call.ts';
import type { ConflictPorts } from '../../use-cases/recovery/attempt-operation.ts';
import { dependencyCaller } from '../boundary/dependency-caller.ts';
import { envNumber } from '../environment.ts';
import { createResolver } from './resolver.ts';

const FunctionArns = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/** Opens the ports for conflict resolution, configured by the function's environment. */
export function openConflicts(): ConflictPorts {
  return {
    read: refusePending(dependencyCaller(() => 'to-compare')),
    askResolver: createResolver(v.parse(FunctionArns, process.env.RESOLVERS ?? '{}')),
    decisionMs: envNumber('DECISION_MS'),
    deadlineMs: envNumber('DEADLINE_MS'),
  };
}
