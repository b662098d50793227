// in-toto statements and the forms of our predicates: docs/evidence-format.md, section 7.
import { fail, unsupported } from './refusal.js';
import { isCount, isDigest, isObject, isText, parseJson, timeOf } from './json.js';

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
  for (const name of ['passedTests', 'warnedTests', 'failedTests']) need(isList(result[name] ?? [], isString), name);
}

function checkEvaluation(evaluation) {
  const { evaluator, examined, validity } = evaluation;
  need(isObject(evaluator) && isText(evaluator.name), 'evaluator');
  const number = evaluator.corporateNumber;
  need(number === undefined || (isString(number) && /^[0-9]{13}$/.test(number)), 'corporateNumber');
  need(['reviewed', 'witnessed', 're-run'].includes(evaluation.method), 'method');
  need(isList(evaluation.inputAttestations, isSubject) && evaluation.inputAttestations.length > 0, 'inputAttestations');
  need(isObject(examined) && (examined.all === true || isList(examined.entries, isString)), 'examined');
  need([undefined, true, false].includes(examined.withheldSeen), 'withheldSeen');
  need(isObject(evaluation.result) && OVERALL.includes(evaluation.result.overall), 'result');
  need(isTime(evaluation.issuedAt), 'issuedAt');
  if (validity !== undefined) need(isObject(validity) && isTime(validity.notAfter), 'validity');
  if (evaluation.label !== undefined) need(isObject(evaluation.label) && isText(evaluation.label.state), 'label');
}

function checkSummary(summary) {
  need(isObject(summary.verifier) && isText(summary.verifier.id), 'verifier');
  need(isTime(summary.timeCreated), 'timeCreated');
  need(isList(summary.properties, isString), 'properties');
}

const KINDS = new Map([
  ['urn:hoshitori:predicate:run:v1', ['run', checkRun]],
  ['https://in-toto.io/attestation/test-result/v0.1', ['test-result', checkTestResult]],
  ['urn:hoshitori:predicate:evaluation:v1', ['evaluation', checkEvaluation]],
  ['https://in-toto.io/attestation/svr/v0.2', ['svr', checkSummary]],
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
