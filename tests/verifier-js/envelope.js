// One attestation file, without a judgement of its signer: docs/evidence-format.md, section 7.
import { fail, unsupported } from './refusal.js';
import { base64, base64Either, isDigest, isObject, parseJson } from './json.js';
import { encoded } from './key.js';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

function need(good, words) {
  if (!good) fail('envelope', words);
}

function hintOf(material) {
  need(isObject(material), 'no verification material');
  const { publicKey, certificate, tlogEntries } = material;
  if (tlogEntries !== undefined) need(Array.isArray(tlogEntries), 'tlogEntries');
  if (tlogEntries?.length) unsupported('envelope.tlog', 'transparency-log entries');
  if (publicKey === undefined) {
    need(isObject(certificate) || isObject(material.x509CertificateChain), 'neither key nor certificate');
    return null;
  }
  need(certificate === undefined && isObject(publicKey), 'publicKey');
  need(isDigest(publicKey.hint), 'a hint that is no keyid');
  return publicKey.hint;
}

function tokensOf(material) {
  const data = material.timestampVerificationData;
  if (data === undefined) return [];
  need(isObject(data), 'timestampVerificationData');
  const tokens = data.rfc3161Timestamps ?? [];
  need(Array.isArray(tokens), 'rfc3161Timestamps');
  return tokens.map((token) => {
    const bytes = isObject(token) ? base64(token.signedTimestamp) : null;
    need(bytes !== null, 'a token that is no base64');
    return bytes;
  });
}

const MLDSA_NAME = /-mldsa65(?=\.sigstore\.json$)/;
const MLDSA_BYTES = 3309;

// A second signature lies beside this file; null for a statement.
export const besideOf = (name) => (MLDSA_NAME.test(name) ? name.replace(MLDSA_NAME, '') : null);

// The name says which algorithm the signature is of.
export function checkNameOf({ file, signature }) {
  need((besideOf(file) !== null) === (signature.length === MLDSA_BYTES), 'a signature of another algorithm than the name says');
}

// { hint (null: a certificate), payload, signed, signature, tokens }
export function readEnvelope(bytes) {
  const bundle = parseJson(bytes);
  if (bundle.mediaType !== MEDIA_TYPE) unsupported('envelope.media_type', 'another media type');
  need(bundle.messageSignature === undefined, 'a messageSignature');
  const hint = hintOf(bundle.verificationMaterial);
  const envelope = bundle.dsseEnvelope;
  need(isObject(envelope), 'no envelope');
  need(envelope.payloadType === PAYLOAD_TYPE, 'another payload type');
  need(Array.isArray(envelope.signatures) && envelope.signatures.length === 1, 'not exactly one signature');
  const [one] = envelope.signatures;
  need(isObject(one), 'a signature that is no object');
  if (one.keyid !== undefined && one.keyid !== '') need(one.keyid === hint, 'keyid and hint differ');
  const payload = base64Either(envelope.payload);
  const signature = base64Either(one.sig);
  need(payload !== null && signature !== null, 'base64');
  const tokens = tokensOf(bundle.verificationMaterial);
  return { hint, payload, signature, tokens, signed: encoded(PAYLOAD_TYPE, payload) };
}
