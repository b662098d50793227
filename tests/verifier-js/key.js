// Public keys and their signatures: docs/evidence-format.md, section 6.
import { createPublicKey, verify } from 'node:crypto';
import { sha256 } from './log.js';

// verify(publicKey, message, signature) of ML-DSA-65, or null: Node.js has none. See useMldsa().
let mldsa = null;

export function useMldsa(verifyMldsa) {
  mldsa = verifyMldsa;
}

const P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200' + '04', 'hex');
const MLDSA65 = Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex');

// A key from its SubjectPublicKeyInfo: { kind, keyid, spki, check(message, signature) }. Null when it claims to be a
// P-256 key and is none; a kind that this program cannot check with has no check().
export function keyFrom(spki) {
  const key = { kind: 'other', spki, keyid: sha256(spki).toString('hex') };
  if (spki.length === 1974 && spki.subarray(0, MLDSA65.length).equals(MLDSA65)) {
    key.kind = 'ML-DSA-65';
    if (mldsa) key.check = (message, signature) => mldsa(spki.subarray(MLDSA65.length), message, signature);
  }
  if (spki.length !== 91 || !spki.subarray(0, P256.length).equals(P256)) return key;
  let handle;
  try {
    handle = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    return null;
  }
  key.kind = 'P-256';
  key.check = (message, signature) => isStrictDer(signature) && verify('sha256', message, handle, signature);
  return key;
}

export function keyFromPem(text) {
  const body = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)-----END PUBLIC KEY-----\n?$/.exec(text);
  const key = body && keyFrom(Buffer.from(body[1], 'base64'));
  return key?.kind === 'P-256' ? key : null;
}

// SEQUENCE of two INTEGERs, each not negative and in its shortest form, and nothing else.
function isStrictDer(signature) {
  if (signature.length < 8 || signature[0] !== 0x30 || signature[1] !== signature.length - 2) return false;
  let at = 2;
  for (let i = 0; i < 2; i++) {
    const length = signature[at + 1];
    const first = at + 2;
    at = first + length;
    if (signature[first - 2] !== 2 || !(length >= 1 && length <= 33) || at > signature.length) return false;
    if (signature[first] & 0x80) return false;
    if (length > 1 && signature[first] === 0 && !(signature[first + 1] & 0x80)) return false;
  }
  return at === signature.length;
}

// DSSE's pre-authentication encoding.
export function encoded(type, payload) {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}
