// Looks for cases that the two verifiers judge differently.
//
//   node differ.js ATTACK_CASES HOSHITORI_VERIFY [COUNT] [SEED]
//
// Edits one place of one part of an honest, evaluated bundle or of its trust store, signs everything again as the owner
// of all keys could, and asks both: first a list of borderline texts and names, then COUNT (200) random edits. Prints each
// disagreement with what was edited. Exit 0 when there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { reseal, resealTrust, unpack } from './seal.js';
import { timeOf } from './json.js';
import { verify } from './verify.js';

const AT = '2026-06-01T00:00:00Z';
const [attacks, program, count = '200', seed = '1'] = process.argv.slice(2);
const top = mkdtempSync(join(tmpdir(), 'hoshitori-differ-'));
process.on('exit', () => rmSync(top, { recursive: true, force: true }));
execFileSync(attacks, ['emit', '085_evaluated', join(top, 'case')]);
const entries = unpack(readFileSync(join(top, 'case', 'case.hoshi')));
const trust = readFileSync(join(top, 'case', 'trust.json'));
const OUTCOMES = ['ok', 'fail', 'policy', 'unsupported'];

function askC(bundle, store) {
  writeFileSync(join(top, 'b.hoshi'), bundle);
  writeFileSync(join(top, 'trust.json'), store);
  const words = [join(top, 'b.hoshi'), '--trust', join(top, 'trust.json'), '--at', AT, '--json'];
  const done = spawnSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (done.status > 3 || done.status === null) return { exit: done.status, decidedBy: null, words: done.stderr };
  const deciding = JSON.parse(done.stdout).checks.find(({ outcome }) => done.status !== 0 && outcome === OUTCOMES[done.status]);
  return { exit: done.status, decidedBy: deciding?.code ?? null, words: deciding?.detail ?? '' };
}

let asked = 0;
let different = 0;
const seen = [0, 0, 0, 0, 0];

function compare(what, edit) {
  const bundle = reseal(entries, edit);
  const store = resealTrust(trust, edit);
  const theirs = askC(bundle, store);
  const ours = verify(bundle, { trust: store, at: timeOf(AT) });
  asked++;
  seen[theirs.exit]++;
  // Which check a malformed part is charged to is no matter of agreement here; the named attacks compare that as well.
  if (theirs.exit === ours.exit) return;
  different++;
  const words = ours.checks.get(ours.decidedBy)?.detail ?? '';
  console.log(`${typeof what === 'function' ? what() : what}\n  C    ${theirs.exit} ${theirs.decidedBy}: ${theirs.words}\n  here ${ours.exit} ${ours.decidedBy}: ${words}`);
}

const only = (part, change) => (one, value, add) => (one === part ? change(value, add) : value);

// ---- borderline texts and names ----

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);
const TEXTS = [
  nested(30), nested(31), nested(32), nested(33), '9007199254740991', '9007199254740992', '-9007199254740991', '-9007199254740992',
  '0', '-0', '-1', '00', '01', '1.0', '1e0', '1E2', '+1', '.5', '1.', '-', 'NaN', 'True', '""', '"\\u0000"', '"\\u0001"', '"\\ud800"',
  '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\uD83D\\uDE00"', '"\\uFFFE"', '"\u007f"', '"\u0085"', '"\t"', '"\\x41"', '"\\/"', "'a'", '{"a":1,"a":2}',
  '{"a":1,"A":2}', '{"é":1,"É":2}', '{"":1}', '{"":1,"":2}', '[1,]', '{"a":1,}', '[1 2]', '/**/1', '\u00a01', '\f1', '[ 1 ,\r\n\t2 ]',
  `"${'a'.repeat(2 ** 20)}"`, `"${'a'.repeat(2 ** 20 + 1)}"`, `"${'é'.repeat(2 ** 19)}"`, `"${'é'.repeat(2 ** 19)}a"`,
];
const NAMES = [
  'docs/a', 'docs/a.', 'docs/.a', 'docs/a..b', 'docs/-a', 'docs/_a', 'docs/a_', 'docs/A', 'docs//a', 'docs/a/', '/docs/a', 'a', '0',
  'con', 'docs/con', 'docs/con.txt', 'docs/con-', 'docs/nul.a.b', 'docs/aux', 'docs/prn.x', 'docs/com0', 'docs/com1', 'docs/com9.x', 'docs/com10',
  'docs/lpt0', 'docs/lpt9', 'docs/conin', 'docs/clock', 'meta-inf/a', 'docs/meta-inf/a', 'meta-inf', 'META-INF/a', 'docs/META-INF/a', 'META-INF',
  'mimetype/a', 'run/new.json', 'log/new', 'wire/a', 'run', 'a/b/c/d/e/f/g/h', 'a/b/c/d/e/f/g/h/i', `docs/${'a'.repeat(195)}`,
  `docs/${'a'.repeat(196)}`, 'docs/a b', 'docs/a+b', 'docs/a~', 'views/report.en.html/a',
];
const META_NAMES = [
  'att/03-x.sigstore.json', 'att/3-x.sigstore.json', 'att/03-x-y9.sigstore.json', 'att/03-X.sigstore.json', 'att/03-.sigstore.json', 'att/03-9.sigstore.json',
  'att/03-x.json', 'att/03x.sigstore.json', 'att/03-x_y.sigstore.json', 'att/03-x.y.sigstore.json', `val/${'0a'.repeat(32)}.crt`, `val/${'0a'.repeat(32)}.ocsp`,
  `val/${'0a'.repeat(32)}.pem`, `val/${'0A'.repeat(32)}.crt`, 'arc/0001.json', 'arc/0001.tsr', 'arc/1.json', 'disc/e0001.json', 'disc/e9999.json',
  'disc/unit.json', 'disc/unit2.json', 'disc/e00004.json', 'x.json', 'att/x/03-x.sigstore.json',
];
const hex = (text) => createHash('sha256').update(text).digest('hex');

function addFile(path) {
  return (manifest, add) => {
    add(path, Buffer.from('x'));
    manifest.entries.push({ id: 'e0099', path, size: 1, class: 'document', disclosure: 'required', sha256: hex('x') });
    return manifest;
  };
}

function borderline() {
  for (const text of TEXTS) {
    const insert = (value) => JSON.stringify(value).replace(/\}$/, `,"zz":${text}}`);
    compare(`manifest with a member ${text.slice(0, 60)}`, only('manifest', insert));
  }
  for (const name of NAMES) compare(`a file ${name.slice(0, 60)}`, only('manifest', addFile(name)));
  for (const name of META_NAMES) {
    compare(`a file META-INF/${name.slice(0, 60)}`, only('manifest', (value, add) => (add(`META-INF/${name}`, Buffer.from('{}')), value)));
  }
}

// ---- random edits ----

let state = Number(seed) * 2654435761 >>> 0 || 1;
function below(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}
const pick = (list) => list[below(list.length)];

const ODD = [
  null, true, false, 0, 1, 2, -1, 9007199254740991, '', 'x', 'conformant', 'nonconformant', 'pass', 'fail', 'na', 'inconc', 'error', 'vendor', 'evaluator',
  'granted', 'required', 'withholdable', 'secret', 'result', '2026-05-31T23:59:59Z', '2026-06-01T00:00:00Z', '2026-06-01T00:00:00.001Z', '2026-02-29T00:00:00Z',
  '2026-06-01T00:00:60Z', '2026-06-01T24:00:00Z', '2026-06-01 00:00:00Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-06-01T00:00:00.0Z',
  'a'.repeat(1000), 'a'.repeat(1001), 'é'.repeat(500), 'é'.repeat(501), 'tab\there', 'del\u007f', 'nel\u0085', '星', '0'.repeat(64), 'A'.repeat(64), '0'.repeat(63),
  '1234567890123', '123456789012', 'ACME', 'Lab KK', 'AAAA', 'AAA=', 'AA==', 'AAA', 'AB==', '====', [], {}, [null], [[]], ['x'], { x: 1 }, [{}],
];

// Every place below value: [holder, name].
function places(value, found = []) {
  if (typeof value !== 'object' || value === null) return found;
  for (const name of Object.keys(value)) {
    found.push([value, name]);
    places(value[name], found);
  }
  return found;
}

function remove(holder, name) {
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}

const EDITS = {
  remove,
  odd: (holder, name) => { holder[name] = structuredClone(pick(ODD)); },
  elsewhere: (holder, name, all) => { const [from, source] = pick(all); holder[name] = structuredClone(from[source]); },
  twice: (holder, name) => { if (Array.isArray(holder)) holder.push(structuredClone(holder[name])); else holder[`${name}2`] = holder[name]; },
  swap: (holder, name) => { const other = pick(Object.keys(holder)); [holder[name], holder[other]] = [holder[other], holder[name]]; },
  text: (holder, name) => { if (typeof holder[name] === 'string') holder[name] = pick([`${holder[name]}x`, holder[name].slice(1), holder[name].toUpperCase()]); },
  number: (holder, name) => { if (typeof holder[name] === 'number') holder[name] += pick([-1, 1]); },
};

function randomEdit(parts) {
  const part = pick(parts);
  const kind = pick(Object.keys(EDITS));
  const start = state;
  let what = '';
  // Called for the bundle and for the store, and must do the same each time.
  const change = (value) => {
    state = start;
    const all = places(value);
    const [holder, name] = pick(all);
    const before = JSON.stringify(holder[name]).slice(0, 100);
    EDITS[kind](holder, name, all);
    what = `${part}: ${kind} ${name}: ${before} -> ${JSON.stringify(holder[name])?.slice(0, 100)}`;
    return value;
  };
  compare(() => what, only(part, change));
}

const parts = [];
compare('nothing', (part, value) => (parts.push(part), value));
borderline();
for (let i = 0; i < Number(count); i++) randomEdit(parts);
console.log(`${asked} bundles: C answers OK ${seen[0]}, FAIL ${seen[1]}, POLICY ${seen[2]}, UNSUPPORTED ${seen[3]}; ${different} judged differently`);
process.exitCode = different === 0 && seen[4] === 0 ? 0 : 1;
