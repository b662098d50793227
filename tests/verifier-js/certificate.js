// Certificates of timestamp authorities, and the path from one to the reader's trust store.
import { X509Certificate } from 'node:crypto';
import { readDer } from './der.js';

const EC_KEY = '1.2.840.10045.2.1';
const PURPOSES = '2.5.29.37';
const ANY_PURPOSE = '2.5.29.37.0';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SIGNATURES = new Set([
  '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13', // RSA with SHA-256, -384, -512
  '1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4', // ECDSA with the same
]);
const DEPTH = 8;

// { x509, raw, notBefore, notAfter, issuer, serial, strong, purposes: { critical, oids } or null }
export function readCertificate(raw) {
  const whole = readDer(raw).expect(0x30).parts();
  const body = whole.next(0x30).parts();
  const algorithm = whole.next(0x30).parts().next(0x06).oid;
  body.optional(0xa0);
  const serial = body.next(0x02).body.toString('hex');
  body.next(0x30);
  const issuer = body.next(0x30).raw.toString('hex');
  const validity = body.next(0x30).parts();
  const certificate = { raw, issuer, serial, notBefore: validity.any().time, notAfter: validity.any().time, purposes: null };
  body.next(0x30);
  const key = body.next(0x30).parts().next(0x30).parts();
  const isElliptic = key.next(0x06).oid === EC_KEY;
  for (const part of body) if (part.tag === 0xa3) certificate.purposes = readPurposes(part);
  certificate.x509 = new X509Certificate(raw);
  certificate.strong = SIGNATURES.has(algorithm) && isStrong(certificate.x509.publicKey);
  // A curve is named, never spelt out.
  if (isElliptic && key.optional(0x06) === null) certificate.strong = false;
  return certificate;
}

function readPurposes(extensions) {
  for (const extension of extensions.parts().next(0x30).parts()) {
    const parts = extension.parts();
    if (parts.next(0x06).oid !== PURPOSES) continue;
    const critical = parts.optional(0x01)?.body[0] === 0xff;
    const list = readDer(parts.next(0x04).body).expect(0x30).parts();
    return { critical, oids: [...list].map((one) => one.oid) };
  }
  return null;
}

// 112 bits or more.
function isStrong({ asymmetricKeyType: type, asymmetricKeyDetails: details }) {
  if (type === 'rsa') return details.modulusLength >= 2048;
  return type === 'ec' && ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'].includes(details.namedCurve);
}

export const isForTimeStamps = ({ purposes, x509 }) =>
  !x509.ca && purposes !== null && purposes.critical && purposes.oids.length === 1 && purposes.oids[0] === TIME_STAMPING;

// A CA whose purposes are named must have this one among them, or any.
export const mayIssueTimeStamps = ({ purposes }) =>
  purposes === null || purposes.oids.some((oid) => oid === TIME_STAMPING || oid === ANY_PURPOSE);

export const isValidAt = ({ notBefore, notAfter }, at) => notBefore <= at && at <= notAfter;

function issued(issuer, certificate) {
  try {
    return issuer.x509.ca && certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

// Every path from a certificate to one of the anchors, each a list that ends with the anchor.
export function* pathsTo(anchors, certificate, others, path = []) {
  const here = [...path, certificate];
  if (anchors.some(({ raw }) => raw.equals(certificate.raw))) yield here;
  if (here.length > DEPTH) return;
  for (const issuer of [...anchors, ...others]) {
    if (here.some(({ raw }) => raw.equals(issuer.raw)) || !issued(issuer, certificate)) continue;
    yield* pathsTo(anchors, issuer, others, here);
  }
}
