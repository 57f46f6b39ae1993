import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { shown } from './values.ts';

type Config = Readonly<Record<string, unknown>>;

/** Yields a mistake for each source of failures that two dependencies would take. */
export function* sharedSources(dependencies: Config): Iterable<string> {
  const known = Object.entries(dependencies).flatMap(([name, config]) =>
    isPlainObject(config) ? [{ name, config }] : [],
  );
  for (const [at, { name, config }] of known.entries()) {
    for (const other of known.slice(0, at)) {
      for (const mistake of between(config, other.name, other.config)) yield `dependency '${name}': ${mistake}`;
    }
    const fed = known.find((each) => each.config !== config && isSame(config.deadLetterQueueArn, each.config.queueArn));
    if (fed) {
      yield `dependency '${name}': deadLetterQueueArn must differ from queueArn of '${fed.name}', got ${shown(config.deadLetterQueueArn)}: Backstop's own messages would become failures`;
    }
  }
}

/** @param other name of an earlier dependency @param earlier its config */
function* between(config: Config, other: string, earlier: Config): Iterable<string> {
  for (const [setting, why] of Object.entries(SOLE)) {
    if (!isSame(config[setting], earlier[setting])) continue;
    yield `${setting} must differ from that of '${other}', got ${shown(config[setting])}: ${why}`;
  }
  const [own, its] = [config.functionArn, earlier.functionArn];
  if (isSame(own, its) || !(isPartOf(own, its) || isPartOf(its, own))) return;
  yield `functionArn must name another function, version or alias than that of '${other}', got ${shown(own)} beside ${shown(its)}: ${TWICE}`;
}

const TWICE = 'both lanes would take each of its failures, and repeat the call twice';

/** Settings that only one dependency may have with the same value. */
const SOLE = {
  deadLetterQueueArn: 'each would get some of its messages only',
  functionArn: TWICE,
  stateMachineArn: TWICE,
} as const;

function isSame(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && one === other;
}

/** Whether an ARN is a version or alias of another: the rule of a function takes events of both. */
function isPartOf(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && typeof other === 'string' && one.startsWith(`${other}:`);
}
