// Do the two verifiers agree?
//
//   node agree.js ATTACK_CASES [FLIPS]
//
// Has ATTACK_CASES write every attack into a folder of its own, judges each here, and compares the exit code and the
// check that decided with the report that came along. Then the honest bundle with FLIPS random bytes changed (1,000),
// and cut short by 1 to 1,024 bytes: none may be OK. A new attack that this verifier cannot follow yet is named in
// pending.txt. Exit 0 when nothing disagrees, 1 when something does.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useMldsa } from './key.js';
import { loadMldsa } from './mldsa.js';
import { parseArguments, verify } from './verify.js';

const GRAVEST = ['ok', 'fail', 'policy', 'unsupported'];

function load(folder) {
  const [expected, ...words] = readFileSync(join(folder, 'case.txt'), 'utf8').trimEnd().split('\n');
  const { bundle, options } = parseArguments(words, (path) => readFileSync(join(folder, path)));
  return { expected: Number(expected), file: readFileSync(join(folder, bundle)), options };
}

function answerOfC(folder) {
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  const deciding = report.checks.find(({ outcome }) => report.exit !== 0 && outcome === GRAVEST[report.exit]);
  return { exit: report.exit, decidedBy: deciding?.code ?? null };
}

function pendingNames() {
  const lines = readFileSync(new URL('pending.txt', import.meta.url), 'utf8').split('\n');
  return new Set(lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/\s/)[0]));
}

// ATTACK_CASES leaves out what its OpenSSL cannot sign; the same must then be not checkable here.
function useWhatTheyHave(top) {
  if (!existsSync(join(top, '141_pq_required'))) return;
  const mldsa = loadMldsa();
  if (mldsa === null) console.log('scripts/deps has not fetched ML-DSA-65: its attacks will be judged differently');
  useMldsa(mldsa);
}

function compareCases(top) {
  const problems = [];
  const names = readdirSync(top).sort();
  const pending = pendingNames();
  for (const name of names) {
    const folder = join(top, name);
    const { expected, file, options } = load(folder);
    const ours = verify(file, options);
    const theirs = answerOfC(folder);
    const alike = ours.exit === theirs.exit && ours.exit === expected && ours.decidedBy === theirs.decidedBy;
    if (alike && pending.has(name)) problems.push(`${name}: judged alike; take it off pending.txt`);
    if (!alike && !pending.has(name)) {
      const words = ours.checks.get(ours.decidedBy)?.detail ?? '';
      problems.push(`${name}: expected ${expected}; C ${theirs.exit} ${theirs.decidedBy}; here ${ours.exit} ${ours.decidedBy} ${words}`);
    }
  }
  console.log(`${names.length} attacks, ${problems.length} judged differently, ${pending.size} pending`);
  return problems;
}

// xorshift32: the same flips in every run.
function* randoms(state) {
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

function flipBytes(top, count) {
  const { file, options } = load(join(top, '000_honest'));
  const random = randoms(0x686f7368);
  const accepted = [];
  if (verify(file, options).exit !== 0) return ['the bundle is not OK before any change'];
  for (let i = 0; i < count; i++) {
    const at = random.next().value % file.length;
    const change = 1 + (random.next().value % 255);
    file[at] ^= change;
    if (verify(file, options).exit === 0) accepted.push(`byte ${at} changed by ${change} is accepted`);
    file[at] ^= change;
  }
  for (let cut = 1; cut <= 1024; cut++) {
    if (verify(file.subarray(0, file.length - cut), options).exit !== 1) accepted.push(`cut by ${cut} is not FAIL`);
  }
  console.log(`${count} flips and 1024 cuts, ${accepted.length} accepted`);
  return accepted;
}

const [program, flips = '1000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'hoshitori-agree-'));
try {
  execFileSync(program, ['emit_all', join(folder, 'cases')]);
  useWhatTheyHave(join(folder, 'cases'));
  const problems = [...compareCases(join(folder, 'cases')), ...flipBytes(join(folder, 'cases'), Number(flips))];
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
