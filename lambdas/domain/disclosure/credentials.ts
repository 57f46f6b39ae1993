/**
 * Credentials that their issuers made recognizable, by a start that nothing else has. A few more characters are enough,
 * because a text may be cut.
 *
 * Sources: AWS IAM, "Unique identifiers"; GitHub, "Supported secret scanning patterns"; the rules of gitleaks; the
 * issuers' own documents.
 */
const CREDENTIALS: readonly RegExp[] = [
  // AWS: session tokens, keys of Bedrock.
  /(?:FwoGZXIvYXdz|IQoJb3JpZ2lu|AQoDYXdz|bedrock-api-key-)[A-Za-z0-9]/,
  // Payments: Stripe, Square, Flutterwave, Braintree, Shippo, Duffel, Razorpay.
  /(?:sk|rk|pk)_(?:live|test|prod)_[A-Za-z0-9]{8}/,
  /whsec_[A-Za-z0-9+/]{8}/,
  /sq0[a-z]{3}-[\w-]{8}/,
  /FLW(?:SEC|PUB)K(?:_TEST)?-[A-Za-z0-9]{8}/,
  /access_token\$(?:production|sandbox)\$/,
  /(?:shippo|duffel)_(?:live|test)_[\w-]{8}/,
  /rzp_(?:live|test)_[A-Za-z0-9]{8}/,
  // Code and packages: GitHub, GitLab, PyPI, RubyGems, Docker, Clojars.
  /gh[opsur]_[A-Za-z0-9]{8}|github_pat_\w{8}/,
  /gl(?:pat|ptt|dt|rt|cbt|soat|ffct|ft|imt|agent|oas)-[\w-]{8}|GR1348941[\w-]{8}/,
  /pypi-AgE[\w-]{8}/,
  /rubygems_[0-9a-f]{8}|CLOJARS_[a-z0-9]{8}/,
  /dckr_[op]at_[\w-]{8}/,
  // Chat: Slack; addresses that accept everyone who knows them.
  /xox[a-z]-[\w-]{8}|xapp-\d-[\w-]{8}/,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/\w|discord(?:app)?\.com\/api\/webhooks\/\d/,
  /webhook\.office\.com\/webhookb2\/\w|hooks\.zapier\.com\/hooks\/catch\/\d/,
  // Google: OAuth tokens, client secrets.
  /ya29\.[\w-]{8}|GOCSPX-[\w-]{8}/,
  // Mail: Brevo, Resend.
  /x(?:key|smtp)sib-[0-9a-f]{8}|\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{8}/,
  // Models: OpenAI, Anthropic.
  /sk-(?:ant|proj|svcacct|admin|or)-[\w-]{8}/,
  // Clouds: DigitalOcean, Terraform, Doppler, Heroku, Supabase, PlanetScale.
  /do[opr]_v1_[0-9a-f]{8}|\.atlasv1\.[\w-]{8}/,
  /\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9]{8}/,
  /HRKU-[\w-]{8}|\bsb_secret_[\w-]{8}|pscale_(?:tkn|oauth|pw)_[\w.-]{8}/,
  // Tools: Atlassian, Dynatrace, Sentry, Contentful, Tailscale, Linear, Postman. Shops: Shopify.
  /AT[AC]TT3[\w-]{8}|dt0[a-z]\d{2}\.[A-Z0-9]{8}|sntry[su]_[\w+/=]{8}/,
  /CFPAT-[\w-]{8}|tskey-[a-z]{3,8}-[A-Za-z0-9]{8}/,
  /lin_(?:api|oauth)_[A-Za-z0-9]{8}|PMAK-[0-9a-f]{8}/,
  /shp(?:at|ca|pa|ss|ua)_[0-9a-f]{8}/,
  // Keys as text: PEM (RFC 7468), OpenSSH, PuTTY, age, 1Password.
  /-----(?:BEGIN|END) [A-Z0-9 ]|PuTTY-User-Key-File-/,
  /AGE-SECRET-KEY-1|\bA3-[A-Z0-9]{6}-[A-Z0-9]{6}/,
];

const ALPHABETS = {
  hex: /^[0-9a-f]+$/,
  capitals: /^[A-Z2-7]+$/,
  letters: /^[A-Za-z0-9]+$/,
  words: /^[\w+/-]+$/,
} as const;

/** Credentials whose start also occurs in other texts. So many characters of an alphabet follow it. */
const LONGER: readonly (readonly [start: RegExp, least: number, alphabet: keyof typeof ALPHABETS])[] = [
  // AWS access keys; keys of Bedrock.
  [/AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9]/g, 10, 'capitals'],
  [/\bABSK/g, 40, 'words'],
  // npm, NuGet, Bitbucket, Artifactory.
  [/npm_/g, 16, 'letters'],
  [/\boy2/g, 32, 'letters'],
  [/\bATBB/g, 20, 'letters'],
  [/\b(?:AKCp|cmVmd)/g, 40, 'letters'],
  // Google API keys and refresh tokens. Square and Meta. EasyPost.
  [/AIza/g, 16, 'words'],
  [/\b1\/\/0/g, 20, 'words'],
  [/\bEAA/g, 40, 'words'],
  [/\bEZ[AT]K/g, 30, 'letters'],
  // Twilio, Mailgun, Databricks, Pulumi.
  [/\b(?:SK|AC|key-|dapi|pul-)/g, 20, 'hex'],
  // Telegram, Azure, SendGrid, Airtable.
  [/\d{8}:AA/g, 20, 'words'],
  [/[\w~.]{3}\dQ~/g, 16, 'words'],
  [/\bSG\./g, 20, 'words'],
  [/\bpat(?=\w{8}\w{6}\.)/g, 14, 'letters'],
  // OpenAI; Hugging Face, Groq, Replicate, Notion, Supabase, Grafana, Figma, Sourcegraph, ReadMe; xAI, Perplexity,
  // NVIDIA.
  [/\bsk-/g, 32, 'letters'],
  [/\b(?:hf|gsk|r8|ntn|sbp|glc|glsa|rdme|sgp)_/g, 20, 'letters'],
  [/\b(?:figd_|xai-|pplx-|nvapi-)/g, 16, 'words'],
  [/\b(?:secret|api_org)_/g, 30, 'letters'],
  // Vault, Fly, Alibaba, Tencent, New Relic, wallets (BIP 32).
  [/\bhv[bsr]\./g, 16, 'words'],
  [/\bf(?:o1|m1[ar]|m2)_/g, 40, 'words'],
  [/\bLTAI/g, 12, 'letters'],
  [/\bAKID/g, 20, 'letters'],
  [/\bNR(?:AK|II|RA|JS)-/g, 16, 'words'],
  [/\b[xyz]prv/g, 20, 'letters'],
];

/** A bot's token of Discord has three parts, and a key of Mailchimp ends with its data center. */
const WORD = /[\w.-]+/g;
const WHOLE = [/^[MNO][\w-]+\.[\w-]{6}\.[\w-]{8}/, /^[0-9a-f]+-us\d/] as const;
const WHOLE_LENGTH = 32;

/** RFC 6750, section 2.1; RFC 9449; RFC 4559; Okta's tokens; Elasticsearch. */
const SCHEMES = /\b(?:bearer|dpop|ssws)[ :=]{1,4}[\w.~+/=-]{6}/i;
const NEGOTIATE = /\b(?:negotiate|apikey)[ :]/gi;
/** RFC 7617. */
const BASIC = /\bbasic[ :=]{1,4}([A-Za-z0-9+/]{6,512})/gi;

/** Whether a text contains a credential with a recognizable form. */
export function containsCredential(text: string): boolean {
  return (
    CREDENTIALS.some((pattern) => pattern.test(text)) ||
    LONGER.some((each) => containsLonger(text, ...each)) ||
    (text.match(WORD) ?? []).some((word) => word.length > WHOLE_LENGTH && WHOLE.some((form) => form.test(word))) ||
    SCHEMES.test(text) ||
    containsLonger(text, NEGOTIATE, 16, 'words') ||
    containsBasic(text) ||
    containsJwt(text)
  );
}

function containsLonger(text: string, start: RegExp, least: number, alphabet: keyof typeof ALPHABETS): boolean {
  // Nearly every text has no such start, and finding none is cheaper than listing all.
  start.lastIndex = 0;
  while (start.test(text)) {
    const rest = text.slice(start.lastIndex, start.lastIndex + least);
    if (rest.length === least && ALPHABETS[alphabet].test(rest)) return true;
  }
  return false;
}

function containsBasic(text: string): boolean {
  return [...text.matchAll(BASIC)].some(([, code = '']) =>
    /^[\x20-\x7e]{0,200}:/.test(Buffer.from(code, 'base64').toString('latin1')),
  );
}

/** A JSON object in base64url begins with `eyJ`. So does each part of a JWT (RFC 7519) that is not encrypted. */
function containsJwt(text: string): boolean {
  return (text.match(/[\w-]+/g) ?? []).some((part) => {
    const at = part.indexOf('eyJ');
    return at >= 0 && part.length - at >= JWT_LENGTH;
  });
}

const JWT_LENGTH = 12;
