const JSON_TYPES = /^(?:text\/json|application\/(?:[\w.-]+\+)?json)$/;
/** What a media type may look like to be shown. */
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

/** Media type of a `Content-Type`, in lower case and without parameters. */
export function mediaTypeOf(contentType: string): string {
  const type = contentType.replace(/;.*$/s, '').trim().toLowerCase();
  return MEDIA_TYPE.test(type) ? type : 'unknown';
}

/** JSON in all its kinds (RFC 6839, 3.1). */
export function isJsonType(mediaType: string): boolean {
  return JSON_TYPES.test(mediaType);
}
