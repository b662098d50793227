// What others say of a bundle, and whether it counts: docs/evidence-format.md, "What others say".
import { fail, policy } from './refusal.js';
import { timeOf } from './json.js';
import { countAsOne, folded, inWindow } from './policy.js';

// By corporate number where both have one, else by name.
function sameOrganisation(a, b) {
  return a.number !== undefined && b.number !== undefined ? a.number === b.number : folded(a.name) === folded(b.name);
}

const organisationOf = ({ name, corporateNumber }) => ({ name, number: corporateNumber });

function inForce({ issuedAt, notBefore, notAfter }, at) {
  return timeOf(issuedAt) <= at && (notBefore === undefined || timeOf(notBefore) <= at) && at < timeOf(notAfter);
}

// FAIL when an evaluation names anything but statements of this bundle by their digests, or no run statement.
export function checkInputs(evaluations, statements) {
  const digests = new Map(statements.map(({ file, sha256 }) => [file, sha256]));
  const runs = new Set(statements.filter(({ kind }) => kind === 'run').map(({ file }) => file));
  for (const { predicate, file } of evaluations) {
    const inputs = predicate.inputAttestations;
    if (!inputs.every(({ name, digest }) => digests.get(name) === digest.sha256)) fail('evaluation', file);
    if (!inputs.some(({ name }) => runs.has(name))) fail('evaluation', file);
  }
}

function exists({ examined, findings = [] }, { manifest, rolled }) {
  const ids = new Set(manifest.entries.map(({ id }) => id));
  const clauses = new Set(rolled.clauses.map(({ id }) => id));
  return (examined.entries ?? []).every((id) => ids.has(id)) &&
    findings.every(({ clause, entries = [] }) => clauses.has(clause) && entries.every((id) => ids.has(id)));
}

function contradicts({ result, findings = [], reRun }, { rolled }) {
  if (result.overall !== 'conformant') return false;
  const mandatory = new Set(rolled.clauses.filter((clause) => clause.mandatory).map(({ id }) => id));
  return findings.some(({ clause, verdict }) => mandatory.has(clause) && verdict !== 'pass' && verdict !== 'na') ||
    (reRun !== undefined && reRun.overall !== 'conformant');
}

function fits({ predicate, signer, trustedTime }, context) {
  const { manifest, rolled, at } = context;
  const { issuedAt, validity, evaluator, result, label } = predicate;
  return inWindow(signer, at, trustedTime) && sameOrganisation(organisationOf(evaluator), signer.organisation) &&
    !countAsOne(signer.organisation, organisationOf(manifest.dut.vendor)) && exists(predicate, context) &&
    inForce({ issuedAt, ...validity }, at) && result.overall === rolled.overall && !contradicts(predicate, context) &&
    (label === undefined || label.state === 'quoted');
}

function names({ predicate: { supersedes = [] } }, { payloadDigest }) {
  return supersedes.some(({ statement }) => statement?.sha256 === payloadDigest);
}

const isNewer = (a, b) => {
  const difference = timeOf(a.predicate.issuedAt) - timeOf(b.predicate.issuedAt);
  return difference === 0 ? names(a, b) : difference > 0;
};

// Of several by one organisation the newest; one that is not issued yet replaces none that is.
function newest(evaluations, at) {
  const issued = evaluations.filter(({ predicate }) => timeOf(predicate.issuedAt) <= at);
  const candidates = issued.length > 0 ? issued : evaluations;
  return candidates.filter((one) => !candidates.some((other) => isNewer(other, one) &&
    sameOrganisation(other.signer.organisation, one.signer.organisation)));
}

// Answers the evaluations that count.
export function judgeEvaluations(evaluations, summaries, context) {
  const chosen = newest(evaluations, context.at);
  for (const summary of summaries) {
    const made = timeOf(summary.predicate.timeCreated);
    const own = evaluations.filter(({ signer, predicate }) => signer === summary.signer && timeOf(predicate.issuedAt) <= made);
    const last = own.reduce((best, one) => (best && !isNewer(one, best) ? best : one), null);
    if (last && last.predicate.result.overall !== 'conformant') fail('evaluation', 'a summary over one that is not conformant');
    if (!last) policy('evaluation.fit', 'a summary without an evaluation');
  }
  for (const one of chosen) if (!fits(one, context)) policy('evaluation.fit', one.file);
  return chosen;
}

// held: evaluations that the reader has from elsewhere, as statements; evaluations: those by known evaluators inside.
export function checkCurrent(held, evaluations, { manifest, manifestDigest, at }) {
  for (const one of held) {
    if (one.kind !== 'evaluation' || one.signer?.role !== 'evaluator') policy('evaluation.current', 'no evaluation by a known evaluator');
    if (timeOf(one.predicate.issuedAt) > at) continue;
    const own = evaluations.filter(({ signer }) => sameOrganisation(signer.organisation, one.signer.organisation));
    const { supersedes = [] } = one.predicate;
    const bundle = supersedes.some(({ bundleId, manifest: named }) => bundleId === manifest.bundleId && named?.sha256 === manifestDigest);
    const speaks = one.subject[0].digest.sha256 === manifestDigest;
    const there = own.some((inside) => inside.payloadDigest === one.payloadDigest || isNewer(inside, one));
    if (bundle || own.some((inside) => names(one, inside)) || (speaks && !there)) policy('evaluation.current', 'it was superseded');
  }
}

export function checkExamined(counted, manifest) {
  const all = manifest.entries;
  const seen = ({ predicate: { examined } }) => all.every(({ id, disclosure }) => (examined.entries ?? []).includes(id) ||
    (examined.all === true && (disclosure === 'required' || examined.withheldSeen === true)));
  if (!counted.some(seen)) policy('policy.examined', 'nobody has seen everything');
}

// Waivers stand for what they name; they change no verdict.
export function checkConformant(waivers, roles, { manifest, rolled, at }) {
  const counted = waivers.filter(({ signer, predicate, trustedTime }) =>
    inWindow(signer, at, trustedTime) && inForce(predicate, at) && roles.includes(signer.role) && predicate.role === signer.role &&
    sameOrganisation(organisationOf(predicate.by), signer.organisation) &&
    !countAsOne(signer.organisation, organisationOf(manifest.dut.vendor)));
  const waived = (member, id, verdict) => counted.some(({ predicate }) => predicate[member] === id && predicate.verdict === verdict);
  const settled = (verdict) => verdict === 'pass' || verdict === 'na';
  const mandatory = rolled.clauses.filter((clause) => clause.mandatory);
  const good = mandatory.every(({ id, verdict, checks }) => settled(verdict) || waived('clause', id, verdict) ||
    (checks.length > 0 && checks.every((check) => settled(check.verdict) || waived('check', check.id, check.verdict))));
  if (!good || !mandatory.some(({ verdict }) => verdict === 'pass')) policy('policy.conformant', 'not conformant, and not waived');
}
