// The trust store: docs/evidence-format.md, section 8.
import { fail, policy, unsupported } from './refusal.js';
import { base64, isCount, isDigest, isObject, isText, parseJson, timeOf } from './json.js';
import { encoded, keyFrom } from './key.js';
import { sha256 } from './log.js';

const TYPE = 'application/vnd.hoshitori.trust+json';
const ROLES = ['vendor', 'evaluator', 'authority'];

function need(good, words) {
  if (!good) fail('trust', words);
}

const optional = (value, form) => value === undefined || form(value);
const isDigests = (value) => Array.isArray(value) && value.every(isDigest);

function readTime(value, where) {
  const ms = timeOf(value);
  need(ms !== null, where);
  return ms;
}

function readKey(text) {
  const spki = base64(text);
  need(spki !== null, 'a key that is no base64');
  const key = keyFrom(spki);
  need(key !== null, 'a key that is no point of its curve');
  return key;
}

function readOrganisation(organisation) {
  need(isObject(organisation) && isText(organisation.name), 'organisation');
  const { name, corporateNumber: number } = organisation;
  need(optional(number, (one) => typeof one === 'string' && /^[0-9]{13}$/.test(one)), 'corporateNumber');
  return { name, number };
}

function readRevocation(revoked) {
  if (revoked === undefined) return null;
  need(isObject(revoked) && isText(revoked.reason), 'revoked');
  return { at: readTime(revoked.at, 'revoked.at'), reason: revoked.reason };
}

function readMember(member) {
  need(isObject(member), 'keys');
  const key = readKey(member.spki);
  need(optional(member.keyid, (keyid) => keyid === key.keyid), 'a keyid of another key');
  need(isText(member.name) && isText(member.role), 'name, role');
  if (!ROLES.includes(member.role)) unsupported('trust.role', 'a role that is not known here');
  const organisation = readOrganisation(member.organisation);
  const notBefore = readTime(member.notBefore, 'notBefore');
  const notAfter = readTime(member.notAfter, 'notAfter');
  return { key, name: member.name, role: member.role, organisation, notBefore, notAfter, revoked: readRevocation(member.revoked) };
}

function readMembers(list) {
  need(Array.isArray(list), 'keys');
  const members = new Map();
  const judged = ({ role, organisation, notBefore, notAfter, revoked }) =>
    JSON.stringify([role, organisation, notBefore, notAfter, revoked]);
  for (const one of list.map(readMember)) {
    const same = members.get(one.key.keyid);
    need(same === undefined || judged(same) === judged(one), 'one key listed in two ways');
    members.set(one.key.keyid, one);
  }
  return members;
}

function readRoots({ threshold = 1, keys }) {
  need(isCount(threshold) && threshold > 0 && Array.isArray(keys) && keys.length > 0, 'roots');
  const roots = new Map();
  for (const one of keys) {
    need(isObject(one), 'roots.keys');
    const key = readKey(one.spki);
    need(!roots.has(key.keyid), 'a root twice');
    roots.set(key.keyid, key);
  }
  need(threshold <= roots.size, 'a threshold above the number of roots');
  return { threshold, keys: roots };
}

function readPolicy(stated) {
  need(isObject(stated), 'policy');
  for (const name of ['requireEvaluator', 'requireTimestamp', 'requireAllExamined', 'requireConformant']) {
    need(optional(stated[name], (value) => typeof value === 'boolean'), name);
  }
  need(optional(stated.organisations, isCount), 'organisations');
  need(optional(stated.pqRequiredFrom, (value) => timeOf(value) !== null), 'pqRequiredFrom');
  need(optional(stated.acceptWaiversOf, (roles) => Array.isArray(roles) && roles.every((one) => ROLES.includes(one))), 'acceptWaiversOf');
  return { organisations: 1, ...stated };
}

function readAuthorities(list = []) {
  need(Array.isArray(list), 'timestampAuthorities');
  return list.map((one) => {
    need(isObject(one) && isText(one.name), 'a timestamp authority');
    const certificate = base64(one.certificate);
    need(certificate !== null && certificate[0] === 0x30, 'a certificate that is none');
    return {
      name: one.name,
      certificate,
      notBefore: one.notBefore === undefined ? -Infinity : readTime(one.notBefore, 'notBefore'),
      notAfter: one.notAfter === undefined ? Infinity : readTime(one.notAfter, 'notAfter'),
      revoked: readRevocation(one.revoked),
    };
  });
}

function enoughSigned(roots, signatures, signed) {
  const good = new Set();
  for (const { keyid, signature } of signatures) {
    if (roots.keys.get(keyid)?.check?.(signed, signature)) good.add(keyid);
  }
  return good.size >= roots.threshold;
}

function readSignatures(list) {
  need(Array.isArray(list), 'signatures');
  return list.map((one) => {
    const signature = isObject(one) ? base64(one.sig) : null;
    need(signature !== null && isDigest(one.keyid), 'a signature');
    return { keyid: one.keyid, signature };
  });
}

// rootKeyid: a root's keyid as the reader learnt it elsewhere, or undefined.
export function readTrust(bytes, rootKeyid) {
  const envelope = parseJson(bytes);
  need(envelope.payloadType === TYPE, 'another payload type');
  const payload = base64(envelope.payload);
  need(payload !== null, 'payload');
  const signatures = readSignatures(envelope.signatures);
  const store = parseJson(payload);
  if (store.hoshiTrust !== 1) unsupported('trust.version', 'another version of the format');
  need(isText(store.id) && isCount(store.version) && store.version > 0, 'id, version');
  readTime(store.created, 'created');
  need(isObject(store.roots), 'roots');
  const trust = {
    id: store.id,
    version: store.version,
    expires: readTime(store.expires, 'expires'),
    roots: readRoots(store.roots),
    members: readMembers(store.keys),
    authorities: readAuthorities(store.timestampAuthorities),
    suites: store.suites,
    harnesses: store.harnesses,
    policy: readPolicy(store.policy),
    sha256: sha256(payload).toString('hex'),
    signedBy: (roots) => enoughSigned(roots, signatures, encoded(TYPE, payload)),
  };
  need(optional(store.suites, isDigests) && optional(store.harnesses, isDigests), 'suites, harnesses');
  need(trust.signedBy(trust.roots), 'too few of its roots have signed it');
  need(rootKeyid === undefined || trust.roots.keys.has(rootKeyid), 'the root is not the one you named');
  return trust;
}

// Against what was seen before, as the state file remembers it.
export function checkRollback(trust, stateBytes, rootKeyid) {
  const state = parseJson(stateBytes);
  need(state.hoshiTrustState === 1 && isObject(state.stores), 'the state file');
  const seen = state.stores[trust.id];
  if (seen === undefined) {
    if (rootKeyid === undefined && Object.keys(state.stores).length > 0) policy('trust.rollback', 'the state file knows other stores only');
    return;
  }
  need(isObject(seen) && isCount(seen.version) && isDigest(seen.sha256), 'the state file');
  if (trust.version < seen.version) policy('trust.rollback', 'older than the store seen before');
  if (trust.version === seen.version) need(trust.sha256 === seen.sha256, 'two contents of one version');
  else need(trust.signedBy(readRoots({ threshold: seen.threshold, keys: seen.roots })), 'too few of the roots seen before');
}
