import type { Assembly } from './assembly.ts';
import type { ServedRequest } from './in-process-request.ts';
import { AwsError, objectError, type Service } from './protocol.ts';

/** A request of S3, with what its path and headers say. */
interface ObjectRequest {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: string;
  readonly IfNoneMatch?: string;
  /** `bytes=0-99` */
  readonly Range?: string;
}

/** S3's API is REST. Moves what path and headers say into the input, where the other services have it. */
export function objectCallOf({ url, method, headers, body: Body }: ServedRequest): readonly [string, string] {
  const [, bucket = '', key = ''] = /^\/([^/?]+)\/([^?]*)/.exec(url) ?? [];
  const place = { Bucket: bucket, Key: decodeURIComponent(key) };
  const input: ObjectRequest = { ...place, Body, IfNoneMatch: headers['if-none-match'], Range: headers.range };
  return [OPERATIONS[method] ?? method, JSON.stringify(input)];
}

const OPERATIONS: Readonly<Record<string, string>> = { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject' };

/** S3: texts as objects, in the buckets of the assembly. Only what {@link objectCallOf} names. */
export function objectsService(assembly: Assembly): Service {
  const objects = new Map<string, string>();
  return async (operation, input) => {
    const { Bucket, Key, Body, IfNoneMatch, Range }: ObjectRequest = JSON.parse(input);
    if (!assembly.lookUp(Bucket)) return objectError(new AwsError('NoSuchBucket', 'no such bucket', 404));
    const name = `${Bucket}/${Key}`;
    const content = objects.get(name);
    if (operation === 'PutObject') {
      if (IfNoneMatch === '*' && content !== undefined)
        return objectError(new AwsError('PreconditionFailed', 'the key is taken', 412));
      objects.set(name, Body);
      return { status: 200, contentType: 'application/xml', body: '', headers: { etag: '"local"' } };
    }
    if (content === undefined) return objectError(new AwsError('NoSuchKey', 'The specified key does not exist.', 404));
    const [, last] = /^bytes=0-(\d+)$/.exec(Range ?? '') ?? [];
    const bytes = Buffer.from(content).subarray(0, last === undefined ? undefined : Number(last) + 1);
    return { status: last === undefined ? 200 : 206, contentType: 'application/json', body: bytes.toString() };
  };
}
