// The whole judgement, check by check: docs/evidence-format.md, section 9.
//
//   node verify.js BUNDLE [--signer KEY.pub | --trust FILE [--state FILE] [--trust-root KEYID]] [--at TIME]
//                  [--expect-model M] [--expect-firmware SHA256]
//                  [--expect-firmware-version V] [--expect-qr TEXT]
//
// Prints the exit code's word and each check that is not ok. It never writes the state file.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Refusal, fail, policy } from './refusal.js';
import { readContainer, readEntry } from './container.js';
import { base64, canonical, isObject, parseJson, timeOf, weightOf } from './json.js';
import { isAttestation, matchEntries, readManifest } from './manifest.js';
import { besideOf, checkNameOf, readEnvelope } from './envelope.js';
import { keyFromPem, useMldsa } from './key.js';
import { readLog, sha256 } from './log.js';
import { loadMldsa } from './mldsa.js';
import { checkCaptures, checkPublished } from './published.js';
import { checkAttested, checkEvents, checkPlan, rollUp } from './result.js';
import { readStatement, subjectsFit } from './statement.js';
import { checkOrder, earliestCovering, judgeTimes, readArchive } from './time.js';
import { judgeToken, readToken } from './token.js';
import { checkRollback, readTrust } from './trust.js';
import * as evaluating from './evaluation.js';
import * as signing from './policy.js';
import { ROLES_OF } from './policy.js';

export const CODES = [
  'container', 'manifest', 'entries', 'captures', 'published', 'log', 'statements', 'statements.complete', 'statements.subject',
  'statements.binding', 'signature', 'signature.pq', 'signer.known', 'signer.role', 'signer.vendor', 'signer.window', 'timestamp', 'archive', 'run.opening',
  'plan',
  'result.rollup', 'result.events', 'result.attested', 'trust', 'trust.current', 'trust.rollback', 'policy.suite',
  'policy.timestamp', 'policy.pq', 'policy.organisations', 'policy.evaluator',
  'policy.examined', 'policy.conformant', 'evaluation', 'evaluation.fit', 'evaluation.current', 'expect.model', 'expect.firmware', 'expect.qr',
];
const EXITS = { ok: 0, fail: 1, policy: 2, unsupported: 3 };
const GRAVITY = ['ok', 'policy', 'unsupported', 'fail'];

class Report {
  checks = new Map();

  // Runs one check; what it throws is its outcome. Answers its value, or undefined. What earlier checks did not
  // provide (undefined) leaves a check skipped.
  check(code, needed, judge) {
    if (needed.some((value) => value === undefined)) return undefined;
    try {
      const value = judge();
      this.add(code, 'ok', '');
      return value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const own = CODES.includes(error.code) ? error.code : code;
      this.add(own, error.outcome, error.message);
      return undefined;
    }
  }

  add(code, outcome, detail) {
    const before = this.checks.get(code);
    if (before && GRAVITY.indexOf(before.outcome) >= GRAVITY.indexOf(outcome)) return;
    this.checks.set(code, { outcome, detail });
  }

  get outcome() {
    return GRAVITY[Math.max(0, ...[...this.checks.values()].map(({ outcome }) => GRAVITY.indexOf(outcome)))];
  }

  // The first check in the fixed order that gave the outcome; null for OK.
  get decidedBy() {
    const { outcome } = this;
    return outcome === 'ok' ? null : CODES.find((code) => this.checks.get(code)?.outcome === outcome);
  }
}

const STATEMENT_BYTES = 16 * 2 ** 20;
const STATEMENT_WEIGHT = 24 * 2 ** 20;

function readStatements(report, file, container) {
  const read = { statements: [], seconds: [], whole: true };
  const sizes = [...container].filter(([name]) => isAttestation(name)).map(([, { size }]) => size);
  let weight = 0;
  if (sizes.reduce((sum, size) => sum + size, 0) > STATEMENT_BYTES) {
    report.check('statements', [], () => fail('statements', 'too large together'));
    return { ...read, whole: false };
  }
  for (const [name, entry] of container) {
    if (!isAttestation(name)) continue;
    const beside = besideOf(name);
    const one = report.check('statements', [], () => {
      const bytes = readEntry(file, entry);
      const envelope = { file: name, beside, sha256: sha256(bytes).toString('hex'), ...readEnvelope(bytes) };
      checkNameOf(envelope);
      if (beside === null) weight += weightOf(envelope.payload);
      if (weight > STATEMENT_WEIGHT) fail('statements', 'too much in memory together');
      envelope.payloadDigest = sha256(envelope.payload).toString('hex');
      return beside === null ? { ...envelope, ...readStatement(envelope.payload) } : envelope;
    });
    if (one) (beside === null ? read.statements : read.seconds).push(one);
    else read.whole = false;
  }
  return read;
}

// Statements that the reader has from elsewhere; undefined when there are none.
function readHeld(report, context) {
  return context.supersededBy && report.check('evaluation.current', [], () => context.supersededBy.map((bytes) => {
    const envelope = readEnvelope(bytes);
    const one = { ...envelope, ...readStatement(envelope.payload), payloadDigest: sha256(envelope.payload).toString('hex') };
    one.signer = signing.signerOf(one, context);
    if (one.signer && !one.signer.key.check(one.signed, one.signature)) policy('evaluation.current', 'its signature is not good');
    return one;
  }));
}

function checkBinding(statements, manifest) {
  const { run, bundleId } = manifest;
  for (const { kind, predicate } of statements) {
    const own = predicate.runId === run.id && predicate.bundleId === bundleId;
    const fits = {
      run: () => own && predicate.criteria.sha256 === run.suite.sha256,
      'test-result': () => predicate.configuration.some(({ digest }) => digest.sha256 === run.suite.sha256),
      judgement: () => own,
    }[kind];
    if (fits && !fits()) fail('statements.binding', `a ${kind} statement of another run`);
  }
}

function checkStatements(report, read, manifest, manifestDigest) {
  const { statements, whole } = read;
  const kinds = new Set(statements.map(({ kind }) => kind));
  if (whole) {
    report.check('statements.complete', [], () => {
      if (!kinds.has('run') || !kinds.has('test-result')) fail('statements.complete', 'a statement is missing');
    });
  }
  report.check('statements.subject', [manifest], () => {
    for (const one of statements) if (!subjectsFit(one, manifestDigest, manifest)) fail('statements.subject', one.file);
  });
  report.check('statements.binding', [manifest], () => checkBinding(statements, manifest));
}

function checkResult(report, content, events, statements) {
  const parsed = (path, code) => report.check(code, [content], () => parseJson(content(path)));
  const result = parsed('run/result.json', 'result.rollup');
  const plan = parsed('run/plan.json', 'plan');
  const rolled = report.check('result.rollup', [result], () => rollUp(result));
  report.check('plan', [plan, rolled], () => checkPlan(plan, rolled));
  report.check('result.events', [events, rolled], () => checkEvents(events, rolled));
  report.check('result.attested', [rolled], () => checkAttested(statements, rolled));
  return rolled;
}

function checkTrust(report, options) {
  const trust = report.check('trust', [options.trust], () => readTrust(options.trust, options.trustRoot));
  report.check('trust.current', [trust], () => {
    if (options.at >= trust.expires) policy('trust.current', 'the trust store has expired');
  });
  report.check('trust.rollback', [trust, options.state], () => checkRollback(trust, options.state, options.trustRoot));
  return trust;
}

function checkSigners(report, { statements, seconds }, manifest, context) {
  report.check('signature', [], () => signing.checkSignatures(statements));
  report.check('signature.pq', [], () => signing.checkSeconds(seconds, statements, context));
  report.check('signer.known', [], () => signing.checkKnown(statements));
  report.check('signer.role', [], () => signing.checkRoles(statements));
  report.check('signer.vendor', [manifest], () => signing.checkVendor(statements, manifest));
  report.check('signer.window', [], () => signing.checkWindows(statements, context.at));
}

const certificatesOf = (container, content) =>
  content && [...container.keys()].filter((name) => /^META-INF\/val\/.*\.crt$/.test(name)).map(content);

function checkTimes(report, { statements, seconds }, manifest, content, container, { trust, at }) {
  const records = report.check('archive', [content], () => readArchive(container, manifest, content));
  report.check('timestamp', [content], () => {
    for (const name of container.keys()) {
      const digest = /^META-INF\/val\/(.*)\.(crt|crl)$/.exec(name)?.[1];
      if (digest && sha256(content(name)).toString('hex') !== digest) fail('timestamp.material', name);
    }
  });
  const context = { authorities: trust?.authorities ?? [], at };
  report.check('timestamp', [content], () =>
    judgeTimes([...statements, ...seconds], records ?? [], manifest, certificatesOf(container, content), context));
  return records ?? [];
}

// The token that the log begins with.
function checkOpening(report, { statements }, events, material, records, manifest, { trust, at }) {
  const { id, opened } = manifest.run;
  if (opened.anchor !== 'tsa') return;
  report.check('run.opening', [events], () => {
    const { anchor, ...data } = events[0]?.kind === 'run-opened' ? events[0].data : {};
    const token = isObject(anchor) ? base64(anchor.timestamp) : null;
    if (!token) fail('opening.missing', 'the log does not begin with a token');
    if (sha256(token).toString('hex') !== opened.sha256) fail('opening.digest', 'not the token that the manifest names');
    if (data.run !== id) fail('opening.run', 'of another run');
    const read = readToken(token, canonical(data), material);
    if (trust?.authorities.length > 0) judgeToken(read, trust.authorities, at, earliestCovering(records, 'META-INF/manifest.json'));
    checkOrder(read, statements, manifest);
  });
}

function checkPolicy(report, statements, manifest, manifestDigest, rolled, { trust, at, held, requireConformant }) {
  const known = (kind) => statements.filter((one) => one.kind === kind && ROLES_OF[kind].includes(one.signer?.role));
  const evaluations = known('evaluation');
  const context = { manifest, manifestDigest, rolled, at };
  report.check('evaluation', [], () => evaluating.checkInputs(evaluations, statements));
  const counted = report.check('evaluation.fit', [manifest, rolled], () =>
    evaluating.judgeEvaluations(evaluations, known('svr'), context));
  report.check('evaluation.current', [held, manifest], () => evaluating.checkCurrent(held, evaluations, context));
  report.check('policy.examined', [trust, manifest], () => {
    if (trust.policy.requireAllExamined) evaluating.checkExamined(counted ?? [], manifest);
  });
  report.check('policy.conformant', [manifest, rolled], () => {
    if (!trust?.policy.requireConformant && !requireConformant) return;
    evaluating.checkConformant(known('waiver'), trust?.policy.acceptWaiversOf ?? [], context);
  });
  report.check('policy.suite', [trust, manifest], () => {
    const { suite, harness } = manifest.run;
    if (trust.suites && !trust.suites.includes(suite.sha256)) policy('policy.suite', 'the suite');
    if (trust.harnesses && !trust.harnesses.includes(harness.sha256)) policy('policy.suite', 'the harness');
  });
  report.check('policy.timestamp', [trust], () => {
    if (trust.policy.requireTimestamp) signing.checkStamped(statements);
  });
  report.check('policy.pq', [trust], () => signing.checkPostQuantum(statements, trust.policy.pqRequiredFrom, at));
  report.check('policy.organisations', [trust], () =>
    signing.checkOrganisations(statements, trust.policy.organisations, at));
  report.check('policy.evaluator', [trust], () => {
    if (trust.policy.requireEvaluator && !counted?.length) policy('policy.evaluator', 'no evaluation that counts');
  });
}

function checkExpectations(report, manifest, manifestDigest, options) {
  const { expectModel, expectFirmware, expectFirmwareVersion, expectQr } = options;
  const expect = (code, wanted, good) => report.check(code, [wanted, manifest], () => {
    if (!good()) policy(code, 'another one');
  });
  expect('expect.model', expectModel, () => manifest.dut.model === expectModel);
  expect('expect.firmware', expectFirmware, () => manifest.dut.firmware.some(({ sha256: one }) => one === expectFirmware));
  expect('expect.firmware', expectFirmwareVersion, () => manifest.dut.firmware.some(({ version }) => version === expectFirmwareVersion));
  expect('expect.qr', expectQr, () => expectQr === `hoshitori:1:${manifest.bundleId}:${manifestDigest}`);
}

// file, options.trust, options.state: Buffers; options.signer: of keyFromPem(); options.at: milliseconds.
export function verify(file, options) {
  const report = new Report();
  const container = report.check('container', [], () => readContainer(file));
  const bytes = report.check('manifest', [container], () => readEntry(file, container.get('META-INF/manifest.json')));
  const manifest = report.check('manifest', [bytes], () => readManifest(bytes));
  const manifestDigest = bytes && sha256(bytes).toString('hex');
  const matched = report.check('entries', [manifest], () => matchEntries(file, container, manifest));
  const content = matched && ((path) => (container.has(path) ? readEntry(file, container.get(path)) : fail('missing', path)));
  const keyed = report.check('captures', [content], () => checkCaptures(manifest, container, content));
  report.check('published', [keyed], () => checkPublished(manifest, container, content, matched, keyed));
  const events = report.check('log', [content], () => readLog(content(manifest.log.path), manifest.log));
  const trust = checkTrust(report, options);
  const context = { ...options, trust };
  if (container) {
    const read = readStatements(report, file, container);
    checkStatements(report, read, manifest, manifestDigest);
    for (const statement of read.statements) statement.signer = signing.signerOf(statement, context);
    const records = checkTimes(report, read, manifest, content, container, context);
    if (manifest) checkOpening(report, read, events, certificatesOf(container, content), records, manifest, context);
    checkSigners(report, read, manifest, context);
    const rolled = checkResult(report, content, events, read.statements);
    checkPolicy(report, read.statements, manifest, manifestDigest, rolled, { ...context, held: readHeld(report, context) });
  }
  checkExpectations(report, manifest, manifestDigest, options);
  return { exit: EXITS[report.outcome], decidedBy: report.decidedBy, checks: report.checks };
}

// ---- arguments ----

// As verify() wants them; throws an Error on a usage fault. fromFile reads a named file.
export function parseArguments(words, fromFile = readFileSync) {
  const readers = {
    '--trust': ['trust', fromFile],
    '--state': ['state', fromFile],
    '--signer': ['signer', (path) => keyFromPem(fromFile(path).toString('latin1'))],
    '--trust-root': ['trustRoot', (text) => text],
    '--at': ['at', timeOf],
    '--expect-model': ['expectModel', (text) => text],
    '--expect-firmware': ['expectFirmware', (text) => text],
    '--expect-firmware-version': ['expectFirmwareVersion', (text) => text],
    '--expect-qr': ['expectQr', (text) => text],
    '--superseded-by': ['supersededBy', fromFile],
  };
  const options = { at: Date.now() };
  const bundles = [];
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--json') continue;
    if (words[i] === '--require-conformant') {
      options.requireConformant = true;
      continue;
    }
    if (!words[i].startsWith('--')) {
      bundles.push(words[i]);
      continue;
    }
    const [name, read] = readers[words[i]] ?? [];
    if (!name || i + 1 === words.length) throw new Error(`usage: ${words[i]}`);
    const value = read(words[++i]);
    options[name] = name === 'supersededBy' ? [...(options[name] ?? []), value] : value;
    if (options[name] === null) throw new Error(`usage: ${words[i]}`);
  }
  if (bundles.length !== 1) throw new Error('usage: one bundle');
  return { bundle: bundles[0], options };
}

function main() {
  try {
    useMldsa(loadMldsa());
    const { bundle, options } = parseArguments(process.argv.slice(2));
    const { exit, checks } = verify(readFileSync(bundle), options);
    console.log(['OK', 'FAIL', 'POLICY', 'UNSUPPORTED'][exit]);
    for (const [code, { outcome, detail }] of checks) if (outcome !== 'ok') console.log(`${code}\t${outcome}\t${detail}`);
    process.exitCode = exit;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 4;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
