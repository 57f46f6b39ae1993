import { Duration } from 'aws-cdk-lib';
import type { GenericSchema } from 'valibot';
import { mistakesIn } from '../../lib/config/schema.ts';
import { validatePipeline } from '../../lib/pipeline/validate-pipeline.ts';
import { innerOf, metadataOf } from './schema-docs.ts';

/** Returns the messages about a setting: of its wrong values, and of objects that contradict themselves. */
export function errorsOf(path: string, setting: GenericSchema, owners: readonly Owner[]): readonly string[] {
  const { wrong = [], entries, variants, element } = metadataOf(setting);
  const hasTable = entries ?? variants ?? element;
  const own = wrong.flatMap((value) => mistakesIn(innerOf(setting), value, path));
  const others = owners.flatMap((owner) => wrongObjects(owner));
  const isAbout = (message: string) =>
    message.startsWith(`${path} `) ||
    (!hasTable && [':', '[', '.'].some((next) => message.startsWith(`${path}${next}`)));
  return [...new Set([...own, ...others, ...CONTRADICTIONS].filter(isAbout).map(withoutValue))];
}

/** An object that has the setting, and its path. */
export interface Owner {
  readonly path: string;
  readonly schema: GenericSchema;
}

function wrongObjects({ path, schema }: Owner): readonly string[] {
  return (metadataOf(schema).wrong ?? []).flatMap((value) => mistakesIn(innerOf(schema), value, path));
}

/** Joins messages. Omits what one repeats of the one before. */
export function joined([first, ...others]: readonly string[]): string {
  if (first === undefined) return '';
  const shortened = others.map((message, index) => {
    const [, path, be = '', rest = ''] = PARTS.exec(message) ?? [];
    if (!(others[index - 1] ?? first).startsWith(`${path} must`)) return message;
    return /^(at|above|whole) /.test(rest) ? `… ${rest}` : `… must ${be}${rest}`;
  });
  return [first, ...shortened].map((message) => `\`${message}\``).join('; ');
}

/** Path, `be` and requirement of a message. */
const PARTS = /^(\S+) must (be )?(.*)$/;

function withoutValue(message: string): string {
  return message.replace(/, got .*$/s, '');
}

const base = { kind: 'http', baseUrl: 'https://api.example.com' };
const images = { kind: 'lambda', functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:images' };
const jobs = { kind: 'queue', queueArn: 'arn:aws:sqs:eu-west-1:123456789012:jobs' };
const machine = {
  kind: 'state-machine',
  stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:orders',
};
const deadLetterQueueArn = 'arn:aws:sqs:eu-west-1:123456789012:dead';

/** Mistakes in configs whose parts contradict each other, without the dependency. */
const CONTRADICTIONS = [
  { dependencies: { base: { ...base, fallback: { kind: 'backup', dependency: 'nowhere' } } } },
  { dependencies: { images: { ...images, fallback: { kind: 'backup', dependency: 'jobs' } }, jobs } },
  { dependencies: { jobs: { ...jobs, deadLetterQueueArn }, images: { ...images, deadLetterQueueArn } } },
  { dependencies: { images, photos: images } },
  { dependencies: { images, latest: { ...images, functionArn: `${images.functionArn}:live` } } },
  { dependencies: { orders: machine, billing: machine } },
  { dependencies: { base: { ...base, fallback: { kind: 'skip', after: Duration.hours(7) } } } },
  { dependencies: { base: { ...base, rules: [again(), again()] } } },
  { dependencies: { base }, alarms: { latencyP99Of: { bank: Duration.seconds(1) } } },
].flatMap((props) =>
  [...validatePipeline(props as never)].map((mistake) =>
    mistake.replace(/^dependency '\w+': /, '').replace(/\[\d\]/, '[0]'),
  ),
);

function again(): object {
  return { name: 'again', when: { statusCodes: [503] }, verdict: 'transient' };
}
