// Who signed, and whether the reader accepts that: docs/evidence-format.md, sections 8 and 9.
import { fail, policy, unsupported } from './refusal.js';
import { timeOf } from './json.js';

export const ROLES_OF = {
  run: ['vendor'],
  'test-result': ['vendor'],
  evaluation: ['evaluator'],
  svr: ['evaluator'],
  waiver: ['evaluator', 'authority'],
  attestation: ['vendor', 'evaluator'],
  registration: ['authority'],
  judgement: ['vendor', 'evaluator'],
};
const VENDORS = new Set(['run', 'test-result']);

// The statement's signer: a member of the trust store, the one key that the reader named, or null.
export function signerOf(statement, { trust, signer, at }) {
  if (statement.hint === null) return null;
  if (signer && signer.keyid === statement.hint) {
    return { key: signer, role: 'vendor', organisation: null, notBefore: -Infinity, notAfter: Infinity, revoked: null };
  }
  const member = trust?.members.get(statement.hint);
  return member?.key.kind === 'P-256' ? member : null;
}

export function checkSignatures(statements) {
  for (const { signer, signed, signature, file } of statements) {
    if (signer && !signer.key.check(signed, signature)) fail('signature', file);
  }
}

// Of each statement that a vendor must give, at least one is signed by somebody known.
export function checkKnown(statements) {
  for (const kind of VENDORS) {
    if (!statements.some((one) => one.kind === kind && one.signer)) policy('signer.known', `nobody known signed a ${kind}`);
  }
}

export function checkRoles(statements) {
  for (const { signer, kind, file } of statements) {
    if (signer && !ROLES_OF[kind].includes(signer.role)) policy('signer.role', file);
  }
}

export function sameOrganisation(a, b) {
  return a.number !== undefined && b.number !== undefined ? a.number === b.number : a.name === b.name;
}

const vendorOf = ({ dut: { vendor } }) => ({ name: vendor.name, number: vendor.corporateNumber });

export function checkVendor(statements, manifest) {
  for (const kind of VENDORS) {
    const signers = statements.filter((one) => one.kind === kind && one.signer?.role === 'vendor').map((one) => one.signer);
    if (signers.length === 0 || signers.some(({ organisation }) => organisation === null)) continue;
    if (!signers.some(({ organisation }) => sameOrganisation(organisation, vendorOf(manifest)))) {
      policy('signer.vendor', `no key of ${manifest.dut.vendor.name} signed a ${kind}`);
    }
  }
}

// trusted: the trusted time of signing, or undefined.
export function inWindow({ notBefore, notAfter, revoked }, at, trusted) {
  const time = trusted ?? at;
  if (time < notBefore || time >= notAfter) return false;
  return revoked === null || ((trusted !== undefined || revoked.reason !== 'compromise') && time < revoked.at);
}

export function checkWindows(statements, at) {
  for (const { signer, file, trustedTime } of statements) {
    if (signer && !inWindow(signer, at, trustedTime)) policy('signer.window', file);
  }
}

// Without regard to case, full width, blanks and ASCII punctuation.
export const folded = (name) => name.replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
  .replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\s\u00ad\u200b-\u200f\u2060\0-/:-@[-`{-\x7f]/g, '');
export const countAsOne = (a, b) => (a.number !== undefined && a.number === b.number) || folded(a.name) === folded(b.name);

export function checkOrganisations(statements, wanted, at) {
  const found = [];
  for (const { kind, signer, trustedTime } of statements) {
    if (kind === 'run' && signer?.role === 'vendor' && signer.organisation && inWindow(signer, at, trustedTime)) {
      if (!found.some((one) => countAsOne(one, signer.organisation))) found.push(signer.organisation);
    }
  }
  if (found.length < wanted) policy('policy.organisations', `${found.length} of ${wanted} organisations`);
}

// Each vendor's signature that counts bears a good timestamp of its own.
export function checkStamped(statements) {
  for (const { kind, signer, stamped, file } of statements) {
    if (VENDORS.has(kind) && signer && !stamped) policy('policy.timestamp', `${file} bears no timestamp`);
  }
}

// ---- second signatures ----

// What a second signature is worth: 'good', 'unknown' (its signer), 'unchecked'; refuses what is wrong.
function judgeSecond(second, statement, { trust, at }) {
  const member = trust?.members.get(second.hint);
  if (!member) return 'unknown';
  if (member.key.kind !== 'ML-DSA-65') fail('signature.pq', `${second.file} names a key of another kind`);
  if (member.key.check && !member.key.check(second.signed, second.signature)) fail('signature.pq', second.file);
  const { signer } = statement;
  const fits = signer?.organisation && member.role === signer.role && inWindow(member, at, second.trustedTime) &&
    sameOrganisation(member.organisation, signer.organisation);
  if (signer && !fits) policy('signature.pq', `${second.file} is by a key that does not fit`);
  return member.key.check ? 'good' : 'unchecked';
}

export function checkSeconds(seconds, statements, context) {
  for (const second of seconds) {
    const statement = statements.find(({ file }) => file === second.beside);
    if (!statement || !statement.payload.equals(second.payload)) fail('signature.pq', `${second.file} lies beside nothing`);
    statement.second = judgeSecond(second, statement, context);
  }
}

export function checkPostQuantum(statements, requiredFrom, at) {
  if (requiredFrom === undefined) return;
  const counted = statements.filter(({ signer, trustedTime }) => signer && (trustedTime ?? at) >= timeOf(requiredFrom));
  for (const { file, second } of counted) {
    if (second !== 'good' && second !== 'unchecked') policy('policy.pq', `${file} has no ML-DSA-65 signature that counts`);
  }
  if (counted.some(({ second }) => second === 'unchecked')) unsupported('policy.pq', 'ML-DSA-65 is not checkable here');
}
