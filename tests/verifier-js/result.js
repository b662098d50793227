// The result, computed again: docs/evidence-format.md, section 7, "The result".
import { fail } from './refusal.js';
import { isCount, isObject } from './json.js';

// From what settles least to what decides first.
const VERDICTS = ['na', 'pass', 'not_tested', 'review', 'inconc', 'error', 'fail'];
const SUFFIX = { inconc: '#inconclusive', error: '#error', not_tested: '#not_tested', review: '#review', na: '#na' };

function need(good, code, words) {
  if (!good) fail(code, words);
}

const isList = (value) => Array.isArray(value) && value.every(isObject);

function worst(verdicts) {
  if (verdicts.length === 0) return 'not_tested';
  return VERDICTS[Math.max(...verdicts.map((verdict) => VERDICTS.indexOf(verdict)))];
}

function overallOf(clauses) {
  const mandatory = clauses.filter((clause) => clause.mandatory).map((clause) => clause.verdict);
  if (mandatory.includes('fail')) return 'nonconformant';
  const settled = mandatory.every((verdict) => verdict === 'pass' || verdict === 'na');
  return settled && mandatory.includes('pass') ? 'conformant' : 'inconclusive';
}

// Clause verdicts, counts and the overall word as the checks give them; refuses a result that says otherwise.
export function rollUp(result) {
  const code = 'result.rollup';
  need(isList(result.clauses), code, 'clauses');
  need(typeof result.scheme === 'string' && isCount(result.level), code, 'scheme, level');
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0]));
  const checks = new Map();
  const ids = new Set();
  for (const clause of result.clauses) {
    need(typeof clause.id === 'string' && !ids.has(clause.id), code, 'a clause without id, or twice');
    need(typeof clause.mandatory === 'boolean' && isList(clause.checks), code, clause.id);
    ids.add(clause.id);
    for (const check of clause.checks) {
      need(typeof check.id === 'string' && VERDICTS.includes(check.verdict), code, `a check of ${clause.id}`);
      need(!checks.has(check.id), code, `${check.id} is there twice`);
      checks.set(check.id, { clause: clause.id, verdict: check.verdict });
    }
    const verdict = worst(clause.checks.map((check) => check.verdict));
    need(clause.verdict === verdict, code, `${clause.id} is ${verdict}`);
    counts[verdict]++;
  }
  const overall = overallOf(result.clauses);
  need(result.overall === overall, code, `the overall word is ${overall}`);
  need(sameCounts(result.counts, counts), code, 'the counts');
  return { checks, clauses: result.clauses, counts, overall };
}

export function sameCounts(stated, counts) {
  return isObject(stated) && Object.keys(stated).every((word) => VERDICTS.includes(word)) &&
    VERDICTS.every((verdict) => (stated[verdict] ?? 0) === counts[verdict]);
}

export function checkPlan(plan, { checks, clauses }) {
  const code = 'plan';
  need(isList(plan.checks), code, 'checks');
  const planned = new Set();
  for (const check of plan.checks) {
    need(typeof check.id === 'string', code, 'a check without id');
    need(!planned.has(check.id), code, `${check.id} is planned twice`);
    planned.add(check.id);
    need(checks.get(check.id)?.clause === check.clause, code, `${check.id} has no result under its clause`);
  }
  need(planned.size === checks.size, code, 'a result that was not planned');
  if (plan.clauses === undefined) return;
  need(isList(plan.clauses) && plan.clauses.length === clauses.length, code, 'clauses');
  const stated = new Map(clauses.map((clause) => [clause.id, clause.mandatory]));
  for (const clause of plan.clauses) {
    need(typeof clause.id === 'string', code, 'a clause without id');
    need(stated.get(clause.id) === clause.mandatory, code, `clause ${clause.id}`);
    stated.delete(clause.id);
  }
}

export function checkEvents(events, { checks }) {
  const code = 'result.events';
  const last = new Map();
  for (const { kind, check, data } of events) {
    if (kind !== 'verdict') continue;
    need(checks.has(data.check) && check === data.check, code, 'an event of no check');
    need(VERDICTS.includes(data.verdict), code, 'an event without a verdict');
    need(isCount(data.attempt) && data.attempt > (last.get(data.check)?.attempt ?? 0), code, `${data.check}: attempts`);
    last.set(data.check, data);
  }
  for (const [id, { verdict }] of checks) {
    const event = last.get(id);
    if (event) need(event.verdict === verdict, code, `${id} is ${event.verdict} in the log`);
    else need(verdict === 'na' || verdict === 'not_tested', code, `${id} has no event`);
  }
}

const sameList = (a = [], b) => a.length === b.length && a.every((one, i) => one === b[i]);

// What the signed statements say of the result.
export function checkAttested(statements, { clauses, counts, overall }) {
  const code = 'result.attested';
  const passed = [];
  const warned = [];
  const failed = [];
  for (const { id, verdict, mandatory } of clauses) {
    const name = id + (SUFFIX[verdict] ?? '');
    (verdict === 'pass' || verdict === 'na' ? passed : mandatory ? failed : warned).push(name);
  }
  for (const { kind, predicate } of statements) {
    if (kind === 'run') {
      need(predicate.result.overall === overall, code, 'the run statement has another overall word');
      need(sameCounts(predicate.result.counts, counts), code, 'the run statement has other counts');
    } else if (kind === 'test-result') {
      need(predicate.result === (overall === 'conformant' ? 'PASSED' : 'FAILED'), code, 'the test-result');
      need(sameList(predicate.passedTests, passed), code, 'passedTests');
      need(sameList(predicate.warnedTests, warned), code, 'warnedTests');
      need(sameList(predicate.failedTests, failed), code, 'failedTests');
    }
  }
}
