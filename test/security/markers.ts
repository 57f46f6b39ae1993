/** Values with a recognizable form. They are the examples of their issuers' documents, or follow their form. */
export const MARKERS: Readonly<Record<string, string>> = {
  'an e-mail address': 'anna.b@example.com',
  'a bearer token': 'Bearer mF_9.B5f-4.1JqM',
  'basic credentials': 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
  'a JWT': 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'a JWT in the middle of a word': 'id_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'a private key (PEM)': '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
  'the end of a private key': 'MIIEvQ==\n-----END RSA PRIVATE KEY-----',
  'a private key of OpenSSH': '-----BEGIN OPENSSH PRIVATE KEY-----',
  'an IBAN': 'DE89370400440532013000',
  'an IBAN in groups': 'GB82 WEST 1234 5698 7654 32',
  'a card number': '4111111111111111',
  'a card number in groups': '3782-822463-10005',
  'a card number in groups with dots': '4111.1111.1111.1111',
  'a card number after another number': '12 4111 1111 1111 1111',
  'a user with a password': 'postgres://anna:hunter2@db:5432/orders',
  'a user with a password, without a scheme': 'anna:hunter2@db',
  'a token in a query string': 'https://files.example/a?expires=1&token=hunter2',
  'a signature in a query string': '/a?X-Amz-Signature=0f1e2d&x=1',
  'a SAS of Azure': 'https://a.blob.core.windows.net/c?sv=2024&sig=hunter2%3D',
  'a connection string': 'Server=db;User Id=anna;Password=hunter2',
  'a password in JSON in a text': '{"user":"anna","password":"hunter2"}',
  'a name in JSON in a text': '{"lastName":"Anna","id":1}',
  'a password in escaped JSON': String.raw`{\"user\":\"anna\",\"password\":\"hunter2\"}`,
  'a password in a log line': 'login failed: password: hunter2',
  'a password in XML': '<login><password>hunter2</password></login>',
  'a password in a command': 'mysql --host db --password hunter2',
  'a cookie': 'sid=hunter2; Path=/',
  'digest credentials': 'Digest username="anna", realm="shop"',
  'a signed request of AWS': 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830, Signature=5d672d79',
  'an international phone number': '+49 170 1234567',
  'a phone number as machines write it': '+4915112345678',
  'a phone number in the United States': '(555) 123-4567',
  'a phone number with hyphens': '555-123-4567',
  'a phone number in Germany': '0170 1234567',
  'a phone number in France': '06 12 34 56 78',
  'a phone number with the prefix 00': '0044 20 7946 0958',
  'a national number of the United States': '123-45-6789',
  'a national number of Canada': '046 454 286',
  'a national number of Brazil': '123.456.789-09',
  'a national number of the United Kingdom': 'QQ 12 34 56 C',
  'a national number of Switzerland': '756.9217.0769.85',
  'a national number of Belgium': '85.07.30-033.28',
  'a national number of Italy': 'RSSMRA85T10A562S',
  'a national number of France': '1 85 05 78 006 084 91',
  'a national number of Spain': '12345678Z',
  'a national number of foreigners in Spain': 'X1234567L',
  'a national number of Finland': '131052-308T',
  'a national number of Sweden': '811228-9874',
  'a national number of China': '11010519491231002X',
  'a national number of India': '2345 6789 0123',
  'a tax number of India': 'ABCPE1234F',
  'a passport as machines read it': 'P<UTOERIKSSON<<ANNA<MARIA<<<',
};

const long = (alphabet: string, length: number) =>
  alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length);
const word = (length: number) => long('a1B2c3D4', length);
const hex = (length: number) => long('0f1e2d3c', length);

/** Tokens by their issuer, in the form that it documents. */
export const TOKENS: Readonly<Record<string, readonly string[]>> = {
  AWS: ['AKIAIOSFODNN7EXAMPLE', 'ASIAIOSFODNN7EXAMPLE', `IQoJb3JpZ2luX2VjE${word(40)}`, `ABSK${word(110)}`],
  Stripe: [`sk_live_${word(24)}`, `rk_live_${word(24)}`, `sk_test_${word(24)}`, `whsec_${word(32)}`],
  Square: [`sq0atp-${word(22)}`, `sq0csp-${word(43)}`, `EAAA${word(60)}`],
  Braintree: [`access_token$production$${word(16)}$${hex(32)}`],
  GitHub: [...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => `${kind}_${word(36)}`), `github_pat_${word(82)}`],
  GitLab: ['glpat', 'gldt', 'glrt', 'glptt', 'glsoat', 'glcbt'].map((kind) => `${kind}-${word(20)}`),
  npm: [`npm_${word(36)}`],
  PyPI: [`pypi-AgEIcHlwaS5vcmc${word(60)}`],
  RubyGems: [`rubygems_${hex(48)}`],
  Docker: [`dckr_pat_${word(27)}`],
  Slack: [
    ...['xoxb', 'xoxp', 'xoxa', 'xoxr', 'xoxs'].map((kind) => `${kind}-123456789012-${word(24)}`),
    `xapp-1-A012-345-${hex(64)}`,
    `https://hooks.slack.com/services/T00000000/B00000000/${word(24)}`,
  ],
  Discord: [`M${word(23)}.${word(6)}.${word(27)}`, `https://discord.com/api/webhooks/1234567890/${word(60)}`],
  Telegram: [`123456789:AA${word(33)}`],
  Google: [`AIza${word(35)}`, `ya29.${word(60)}`, `GOCSPX-${word(28)}`, `1//0${word(60)}`],
  Azure: [
    `abc8Q~${word(34)}`,
    `AccountName=a;AccountKey=${word(86)}==`,
    `Endpoint=sb://a/;SharedAccessKey=${word(43)}=`,
  ],
  SendGrid: [`SG.${word(22)}.${word(43)}`],
  Mailgun: [`key-${hex(32)}`],
  Mailchimp: [`${hex(32)}-us12`],
  Twilio: [`SK${hex(32)}`, `AC${hex(32)}`],
  Brevo: [`xkeysib-${hex(64)}-${word(16)}`],
  OpenAI: [`sk-proj-${word(60)}`, `sk-${word(48)}`],
  Anthropic: [`sk-ant-api03-${word(93)}AA`],
  'Hugging Face': [`hf_${long('abcdefgh', 34)}`],
  Databricks: [`dapi${hex(32)}`],
  DigitalOcean: [`dop_v1_${hex(64)}`],
  HashiCorp: [`hvs.${word(90)}`, `${word(14)}.atlasv1.${word(60)}`],
  Heroku: [`HRKU-AA${word(58)}`],
  Alibaba: [`LTAI${word(20)}`],
  Supabase: [`sbp_${hex(40)}`],
  Atlassian: [`ATATT3${word(186)}`],
  Dynatrace: [`dt0c01.${long('ABC123', 24)}.${long('ABC123', 64)}`],
  Grafana: [`glsa_${word(32)}_${hex(8)}`, `glc_${word(60)}`],
  'New Relic': [`NRAK-${long('ABC123', 27)}`],
  Sentry: [`sntryu_${hex(64)}`],
  Linear: [`lin_api_${word(40)}`],
  Notion: [`ntn_${word(46)}`],
  Postman: [`PMAK-${hex(24)}-${hex(34)}`],
  Airtable: [`pat${word(14)}.${hex(64)}`],
  Doppler: [`dp.pt.${word(43)}`],
  Shopify: ['shpat', 'shpca', 'shppa', 'shpss'].map((kind) => `${kind}_${hex(32)}`),
  age: [`AGE-SECRET-KEY-1${long('QPZRY9X8', 58)}`],
};

const hexOf = (character: string, length: number) => (character.codePointAt(0) ?? 0).toString(16).padStart(length, '0');
const everyCharacter = (text: string, change: (character: string) => string) => [...text].map(change).join('');

/** How programs write a text within others. */
export const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'percent-encoded (CWE-177)': encodeURIComponent,
  'percent-encoded twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'percent-encoded as a whole': (text) => everyCharacter(text, (each) => `%${hexOf(each, 2)}`),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
  'in base64, percent-encoded': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  'in JSON': (text) => JSON.stringify(text),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify({ note: text })),
  'in escapes of JSON': (text) => everyCharacter(text, (each) => `\\u${hexOf(each, 4)}`),
  'in escapes of JavaScript': (text) => everyCharacter(text, (each) => `\\x${hexOf(each, 2)}`),
  'in references of HTML': (text) => everyCharacter(text, (each) => `&#x${hexOf(each, 1)};`),
  'in decimal references of HTML': (text) => everyCharacter(text, (each) => `&#${each.codePointAt(0)};`),
  'in full width': (text) =>
    everyCharacter(text, (each) => (/[!-~]/.test(each) ? String.fromCodePoint(each.charCodeAt(0) + 0xfee0) : each)),
  'with invisible characters': (text) => everyCharacter(text, (each) => `${each}\u200b`),
};

/** Parts of a marker that must not appear, in case it is cut or split. Shorter parts appear by chance. */
export function piecesOf(marker: string): readonly string[] {
  const pieces = [marker.slice(0, -2), encodeURIComponent(marker), JSON.stringify(marker).slice(1, -1)];
  return [marker, ...pieces.filter(({ length }) => length >= 10)];
}
