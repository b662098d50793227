// in-toto statements and the forms of our predicates: docs/evidence-format.md, section 7.
import { Refusal, fail, unsupported } from './refusal.js';
import { isCount, isDigest, isObject, isText, parseJson, timeOf } from './json.js';
import { rollUp } from './result.js';

const OVERALL = ['conformant', 'nonconformant', 'inconclusive'];

function need(good, words) {
  if (!good) fail('statement', words);
}

const isList = (value, form) => Array.isArray(value) && value.every(form);
const isTime = (value) => timeOf(value) !== null;
const isDigestSet = (value) => isObject(value) && isDigest(value.sha256) && Object.keys(value).length === 1;
const isSubject = (value) => isObject(value) && isText(value.name) && isDigestSet(value.digest);
const isString = (value) => typeof value === 'string';

function checkRun(run) {
  need(isText(run.runId) && isText(run.bundleId), 'runId, bundleId');
  need(isText(run.role), 'role');
  if (run.role !== 'vendor') unsupported('statement.role', 'a role that is not known here');
  need(isObject(run.result) && OVERALL.includes(run.result.overall) , 'result');
  const { criteria, previousRuns: previous } = run;
  need(isObject(criteria) && isText(criteria.scheme), 'criteria');
  need(isDigest(criteria.sha256), 'criteria.sha256');
  need(isTime(run.startedAt) && isTime(run.finishedAt), 'startedAt, finishedAt');
  for (const count of [previous?.count, previous?.unsealed, run.interruptions]) {
    need(count === undefined || isCount(count), 'previousRuns, interruptions');
  }
}

function checkTestResult(result) {
  need(['PASSED', 'FAILED', 'WARNED'].includes(result.result), 'result');
  need(isList(result.configuration, isSubject), 'configuration');
  for (const name of ['passedTests', 'warnedTests', 'failedTests']) need(result[name] === undefined || isList(result[name], isString), name);
}

const VERDICTS = ['na', 'pass', 'not_tested', 'review', 'inconc', 'error', 'fail'];
const STATES = ['granted', 'grace', 'expired', 'withdrawn', 'revoked'];
const optional = (value, form) => value === undefined || form(value);
const isIds = (value) => isList(value, (id) => isString(id) && /^e[0-9]{4,5}$/.test(id)) && new Set(value).size === value.length;
const isSha = (value) => isObject(value) && isDigest(value.sha256);
const isParty = (value) => isObject(value) && isText(value.name) && optional(value.corporateNumber, isText);
const isBundle = (value) => isObject(value) && isText(value.bundleId) && isSha(value.manifest);

function checkTimes(issuedAt, { notBefore, notAfter } = {}) {
  need(isTime(issuedAt) && optional(notBefore, isTime) && isTime(notAfter), 'issuedAt, notBefore, notAfter');
  need(timeOf(notAfter) > timeOf(issuedAt), 'it ends before it begins');
}

function checkEvaluation(evaluation) {
  const { evaluator, examined, validity, reRun, label, result } = evaluation;
  need(isParty(evaluator), 'evaluator');
  need(optional(evaluator.accreditation, (one) => isObject(one) && isText(one.body) && isText(one.number)), 'accreditation');
  need(['reviewed', 'witnessed', 're-run'].includes(evaluation.method), 'method');
  need((evaluation.method === 're-run') === (reRun !== undefined), 'reRun');
  need(optional(reRun, (one) => isBundle(one) && OVERALL.includes(one.overall)), 'reRun');
  need(isList(evaluation.inputAttestations, isSubject) && evaluation.inputAttestations.length > 0, 'inputAttestations');
  need(isObject(examined) && (examined.all === true) !== (examined.entries !== undefined), 'examined');
  need(optional(examined.entries, isIds) && [undefined, true, false].includes(examined.withheldSeen), 'examined');
  need(optional(evaluation.policy, (one) => isObject(one) && isText(one.name) && optional(one.digest, isDigestSet)), 'policy');
  need(isObject(result) && OVERALL.includes(result.overall), 'result');
  need(optional(evaluation.findings, (list) => isList(list, isFinding)), 'findings');
  checkTimes(evaluation.issuedAt, isObject(validity) ? validity : {});
  need(optional(evaluation.supersedes, (list) => isList(list, (one) => isObject(one) && (isSha(one.statement) || isBundle(one)))), 'supersedes');
  need(optional(label, (one) => isObject(one) && ['quoted', ...STATES].includes(one.state)), 'label');
}

function isFinding(one) {
  return isObject(one) && isText(one.clause) && VERDICTS.includes(one.verdict) && optional(one.remark, isString) &&
    optional(one.entries, isIds);
}

function checkSummary(summary) {
  need(isObject(summary.verifier) && isText(summary.verifier.id), 'verifier');
  need(isTime(summary.timeCreated), 'timeCreated');
  need(isList(summary.properties, isString), 'properties');
}

function checkRemark(roles, remark) {
  const { by, clause, check, justification, evidence } = remark;
  need(isParty(by) && optional(by.person, isText), 'by');
  need(isText(remark.role), 'role');
  if (!roles.includes(remark.role)) unsupported('statement.role', 'a role that is not known here');
  need((clause === undefined) !== (check === undefined) && isText(clause ?? check), 'clause or check');
  need(isString(justification) && justification.trim() !== '' && Buffer.byteLength(justification) <= 4096, 'justification');
  need(optional(evidence, (one) => isObject(one) && optional(one.entries, isIds) && optional(one.documents, (list) => isList(list, isSubject))), 'evidence');
  checkTimes(remark.issuedAt, remark);
}

function checkWaiver(waiver) {
  checkRemark(['evaluator', 'authority'], waiver);
  need(['fail', 'inconc', 'review', 'not_tested'].includes(waiver.verdict), 'verdict');
}

function checkRegistration({ authority, scheme, label, issuedAt, validity }) {
  need(isParty(authority) && isText(scheme), 'authority, scheme');
  need(isObject(label) && isText(label.registrationNumber) && /^https:/.test(label.url) && STATES.includes(label.state), 'label');
  checkTimes(issuedAt, isObject(validity) ? validity : {});
}

function checkJudgement({ role, runId, bundleId, criteria, harness, judgedAt, result }) {
  need(isText(role), 'role');
  if (!['vendor', 'evaluator'].includes(role)) unsupported('statement.role', 'a role that is not known here');
  need(isText(runId) && isText(bundleId), 'runId, bundleId');
  need(isObject(criteria) && isText(criteria.suite) && isText(criteria.version), 'criteria');
  need(isDigest(criteria.sha256) && optional(criteria.params, isDigest), 'criteria');
  need(isObject(harness) && isText(harness.name) && isText(harness.version), 'harness');
  need(isTime(judgedAt), 'judgedAt');
  need(isObject(result), 'result');
  try {
    rollUp(result);
  } catch (error) {
    need(!(error instanceof Refusal), error.message);
    throw error;
  }
}

const KINDS = new Map([
  ['urn:hoshitori:predicate:run:v1', ['run', checkRun]],
  ['https://in-toto.io/attestation/test-result/v0.1', ['test-result', checkTestResult]],
  ['urn:hoshitori:predicate:evaluation:v1', ['evaluation', checkEvaluation]],
  ['https://in-toto.io/attestation/svr/v0.2', ['svr', checkSummary]],
  ['urn:hoshitori:predicate:waiver:v1', ['waiver', checkWaiver]],
  ['urn:hoshitori:predicate:attestation:v1', ['attestation', (one) => checkRemark(['vendor', 'evaluator'], one)]],
  ['urn:hoshitori:predicate:registration:v1', ['registration', checkRegistration]],
  ['urn:hoshitori:predicate:judgement:v1', ['judgement', checkJudgement]],
]);

// { kind, subject, predicate }
export function readStatement(payload) {
  const statement = parseJson(payload);
  need(statement._type === 'https://in-toto.io/Statement/v1', 'another _type');
  need(isList(statement.subject, isSubject) && statement.subject.length > 0, 'subject');
  need(statement.subject.length <= 1000, 'too many subjects');
  need(isString(statement.predicateType), 'predicateType');
  if (!KINDS.has(statement.predicateType)) unsupported('statement.predicate', 'another predicate type');
  need(isObject(statement.predicate), 'predicate');
  const [kind, check] = KINDS.get(statement.predicateType);
  check(statement.predicate);
  return { kind, subject: statement.subject, predicate: statement.predicate };
}

// subject[0] is the manifest, then the firmware images in the manifest's order.
export function subjectsFit(statement, manifestDigest, manifest) {
  const expected = [['META-INF/manifest.json', manifestDigest]];
  for (const image of manifest.dut.firmware) expected.push([`firmware:${image.name}`, image.sha256]);
  return statement.subject.length === expected.length &&
    expected.every(([name, digest], i) => statement.subject[i].name === name && statement.subject[i].digest.sha256 === digest);
}
