/** Match anywhere in a field name, ignoring case and separators: `clientSecret`, `x_api_key`. */
const CREDENTIAL_PARTS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'apikey',
  'authorization',
  'credential',
  'cookie',
  'privatekey',
  'accesskey',
  'accountkey',
  'connectionstring',
  'sessionid',
  'sessid',
  'securitycode',
  'signature',
  'otpcode',
  'passwort',
  'kennwort',
  'contrasena',
  'motdepasse',
  'subscriptionkey',
  'functionskey',
  'sharedkey',
  'signingkey',
  'encryptionkey',
  'masterkey',
  'sshkey',
  'assertion',
  'verificationcode',
  'recoverycode',
  'backupcode',
  'onetimecode',
  'authcode',
  'accesscode',
  'pincode',
  'mnemonic',
  'webhookurl',
];
/** Match anywhere in a field name, ignoring case and separators: `customerEmail`, `billing_address`. */
const PERSONAL_PARTS = [
  'cardnumber',
  'creditcard',
  'debitcard',
  'cardholder',
  'accountnumber',
  'bankaccount',
  'accountno',
  'iban',
  'routingnumber',
  'sortcode',
  'taxid',
  'taxnumber',
  'vatnumber',
  'socialsecurity',
  'passport',
  'nationalid',
  'driverslicense',
  'driverlicense',
  'birthdate',
  'birthday',
  'dateofbirth',
  'email',
  'phone',
  'mobile',
  'msisdn',
  'firstname',
  'lastname',
  'fullname',
  'middlename',
  'surname',
  'familyname',
  'givenname',
  'maidenname',
  'username',
  'address',
  'street',
  'postcode',
  'postalcode',
  'zipcode',
  'nameoncard',
  'accountholder',
  'swiftcode',
  'nationalinsurance',
  'telefon',
  'geburt',
  'vorname',
  'nachname',
  'adresse',
  'strasse',
  'prenom',
  'naissance',
  'aadhaar',
  'imei',
  'imsi',
  'iccid',
];
/** Match whole words of a field name only: `x-session`, `X-Amz-Sig`. */
const CREDENTIAL_WORDS: ReadonlySet<string> = new Set([
  'pin',
  'otp',
  'pwd',
  'auth',
  'jwt',
  'bearer',
  'session',
  'sid',
  'sig',
  'hmac',
  'csrf',
  'xsrf',
  'pass',
  'pw',
  'totp',
  'mfa',
  'cred',
  'creds',
]);
/** Match whole words of a field name only, since `shipping` and `company` contain some of them. */
const PERSONAL_WORDS: ReadonlySet<string> = new Set([
  'cvv',
  'cvc',
  'cvv2',
  'csc',
  'pan',
  'ssn',
  'dob',
  'bic',
  'zip',
  'fax',
  'tel',
  'mail',
  'nino',
  'cpf',
  'nir',
  'dni',
  'bsn',
  'pesel',
  'curp',
]);
/** Limit of the part that is read. */
const MAX_NAME_LENGTH = 256;

/** Whether a field name suggests a secret or personal data. */
export function isSensitiveName(name: string): boolean {
  return matches(name, PERSONAL_PARTS, PERSONAL_WORDS) || isCredentialName(name);
}

/** Whether a field name suggests a secret. */
export function isCredentialName(name: string): boolean {
  return matches(name, CREDENTIAL_PARTS, CREDENTIAL_WORDS);
}

function matches(text: string, parts: readonly string[], words: ReadonlySet<string>): boolean {
  const name = text.slice(0, MAX_NAME_LENGTH).normalize('NFKC');
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    parts.some((part) => plain.includes(part)) || words.has(plain) || wordsOf(name).some((word) => words.has(word))
  );
}

/** Splits `cardPIN`, `card_pin` and `card-pin` into two words each. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]/);
}
