// RFC 3161 tokens: docs/evidence-format.md, section 9.
import { createHash, verify } from 'node:crypto';
import { Refusal, fail, policy } from './refusal.js';
import { DerError, readDer } from './der.js';
import { isForTimeStamps, isValidAt, mayIssueTimeStamps, pathsTo, readCertificate } from './certificate.js';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const HASHES = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const BYTES_MAX = 65536;

const digest = (hash, bytes) => createHash(hash).update(bytes).digest();
const hashOf = (algorithm) => HASHES[algorithm.parts().next(0x06).oid] ?? policy('timestamp.algorithm', 'another hash');

// The ContentInfo, out of a TimeStampResp when it is one.
function contentInfo(bytes) {
  const whole = readDer(bytes).expect(0x30);
  const parts = whole.parts();
  if (parts.values[0]?.tag === 0x06) return parts;
  const status = parts.next(0x30).parts().next(0x02).integer;
  if (status !== 0 && status !== 1) fail('timestamp.status', 'the authority did not grant it');
  return parts.next(0x30).parts();
}

function readInfo(bytes) {
  const parts = readDer(bytes).expect(0x30).parts();
  if (parts.next(0x02).integer !== 1) fail('timestamp.malformed', 'another version');
  parts.next(0x06);
  const imprint = parts.next(0x30).parts();
  const info = { algorithm: imprint.next(0x30), imprint: imprint.next(0x04).body };
  parts.next(0x02);
  info.time = parts.next(0x18).time;
  info.accuracy = readAccuracy(parts.optional(0x30));
  return info;
}

// In milliseconds, rounded up.
function readAccuracy(accuracy) {
  if (accuracy === null) return 0;
  const parts = accuracy.parts();
  const seconds = parts.optional(0x02)?.integer ?? 0;
  const millis = parts.optional(0x80)?.integer ?? 0;
  return seconds * 1000 + millis + ((parts.optional(0x81)?.integer ?? 0) > 0 ? 1 : 0);
}

// The hashes by which the signed attributes name the signer's certificate: [[hash, value]].
function signerNames(attributes) {
  const names = [];
  for (const [type, hash] of [[SIGNING_CERTIFICATE, 'sha1'], [SIGNING_CERTIFICATE_V2, 'sha256']]) {
    const value = attributes.get(type);
    if (!value) continue;
    const first = value.expect(0x30).parts().next(0x30).parts().next(0x30).parts();
    const algorithm = hash === 'sha256' ? first.optional(0x30) : null;
    names.push([algorithm ? hashOf(algorithm) : hash, first.next(0x04).body]);
  }
  return names;
}

function readSignerInfo(signer) {
  const parts = signer.expect(0x30).parts();
  parts.next(0x02);
  const name = parts.any();
  const algorithm = parts.next(0x30);
  const signed = parts.next(0xa0);
  parts.next(0x30);
  const attributes = new Map();
  for (const attribute of signed.parts()) {
    const pair = attribute.parts();
    const type = pair.next(0x06).oid;
    const values = pair.next(0x31).parts();
    if (attributes.has(type) || values.length !== 1) fail('timestamp.malformed', 'an attribute twice');
    attributes.set(type, values.any());
  }
  // Signed is the SET OF, not the context tag that stands in its place.
  const message = Buffer.from(signed.raw);
  message[0] = 0x31;
  return { name, algorithm, attributes, message, signature: parts.next(0x04).body };
}

function parse(bytes) {
  const outer = contentInfo(bytes);
  if (outer.next(0x06).oid !== SIGNED_DATA) fail('timestamp.malformed', 'no signed data');
  const data = outer.next(0xa0).parts().next(0x30).parts();
  data.next(0x02);
  data.next(0x31);
  const encapsulated = data.next(0x30).parts();
  if (encapsulated.next(0x06).oid !== TST_INFO) fail('timestamp.malformed', 'no token');
  const content = encapsulated.next(0xa0).parts().next(0x04).body;
  const bag = data.optional(0xa0);
  data.optional(0xa1);
  const signers = data.next(0x31).parts();
  if (signers.length !== 1) fail('timestamp.malformed', 'not exactly one signer');
  const certificates = bag === null ? [] : [...bag.parts()].filter(({ tag }) => tag === 0x30).map(({ raw }) => raw);
  return { content, info: readInfo(content), certificates, signer: readSignerInfo(signers.any()) };
}

function readAll(raws) {
  return raws.flatMap((raw) => {
    try {
      return [readCertificate(raw)];
    } catch {
      return []; // of another kind: passed over
    }
  });
}

function findSigner({ name, attributes }, certificates) {
  const names = signerNames(attributes);
  if (names.length === 0) fail('timestamp.malformed', 'it does not name its signer');
  const named = names.map(([hash, value]) => certificates.find(({ raw }) => digest(hash, raw).equals(value)));
  if (named.some((one) => one === undefined)) policy('timestamp.signer', "the signer's certificate is not there");
  if (named.some((one) => one !== named[0])) fail('timestamp.bag', 'two names for its signer');
  if (name.tag === 0x30) {
    const parts = name.parts();
    const same = parts.next(0x30).raw.toString('hex') === named[0].issuer && parts.next(0x02).body.toString('hex') === named[0].serial;
    if (!same) fail('timestamp.bag', 'two names for its signer');
  }
  return named[0];
}

// What the token itself can be checked for: { time, accuracy, signer, certificates }.
function examine(bytes, octets, material) {
  const { content, info, certificates: bag, signer } = parse(bytes);
  const hash = hashOf(info.algorithm);
  if (!digest(hash, octets).equals(info.imprint)) fail('timestamp.imprint', 'it is over other octets');
  const certificates = readAll([...bag, ...material]);
  const certificate = findSigner(signer, certificates);
  const signerHash = hashOf(signer.algorithm);
  const type = signer.attributes.get(CONTENT_TYPE);
  const stated = signer.attributes.get(MESSAGE_DIGEST);
  if (type?.oid !== TST_INFO || !stated?.body.equals(digest(signerHash, content))) fail('timestamp.signature', 'attributes');
  if (!verify(signerHash, signer.message, certificate.x509.publicKey, signer.signature)) fail('timestamp.signature', 'it is wrong');
  if (hash === 'sha1' || signerHash === 'sha1') policy('timestamp.algorithm', 'SHA-1');
  return { time: info.time, accuracy: info.accuracy, certificate, certificates };
}

export function readToken(bytes, octets, material) {
  if (bytes.length > BYTES_MAX) fail('timestamp.size', 'a token is too large');
  try {
    return examine(bytes, octets, material);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof DerError || error.code?.startsWith('ERR_')) fail('timestamp.malformed', error.message);
    throw error;
  }
}

// An authority that was compromised vouches for nothing that was not renewed before; renewed: a time by which it was known.
function isRevoked({ revoked }, time, renewed) {
  if (revoked === null) return false;
  return time >= revoked.at || (revoked.reason === 'compromise' && !(renewed < revoked.at));
}

// Whether the reader's authorities vouch for the token, at its own time.
export function judgeToken({ time, certificate, certificates }, authorities, at, renewed) {
  if (time > at) policy('timestamp.future', 'it is from the future');
  if (!isForTimeStamps(certificate)) policy('timestamp.purpose', 'its certificate is not for time stamps alone');
  const anchors = authorities.map((authority) => ({ ...readCertificate(authority.certificate), authority }));
  const paths = [...pathsTo(anchors, certificate, certificates)];
  if (paths.length === 0) policy('timestamp.untrusted', 'no path to an authority of the trust store');
  const sound = paths.filter((path) => path.every((one) => isValidAt(one, time)));
  if (sound.length === 0) policy('timestamp.chain', 'a certificate was not valid then');
  const fit = sound.filter((path) => path.slice(1, -1).every(mayIssueTimeStamps));
  if (fit.length === 0) policy('timestamp.purpose', 'a CA above it is not for time stamps');
  const strong = fit.filter((path) => path.every((one) => one.strong));
  if (strong.length === 0) policy('timestamp.weak', 'a weak key or signature');
  const sameKey = (a, b) => a.x509.publicKey.equals(b.x509.publicKey);
  const believed = strong.filter((path) => !path.some((one) => anchors.some((anchor) => isRevoked(anchor.authority, time, Math.min(renewed ?? at, at)) &&
    (anchor.raw.equals(one.raw) || (anchor.authority.revoked.reason === 'compromise' && sameKey(anchor, one))))));
  if (believed.length === 0) policy('timestamp.revoked', 'its authority is revoked');
  const owners = believed.flatMap((path) => anchors.filter(({ raw }) => raw.equals(path.at(-1).raw)).map(({ authority }) => authority));
  const current = owners.filter(({ notBefore, notAfter }) => notBefore <= time && time < notAfter);
  if (current.length === 0) policy('timestamp.window', 'outside the window of its authority');
}
