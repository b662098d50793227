// Trusted times of signatures, and renewals: docs/evidence-format.md, section 9.
import { fail, Refusal } from './refusal.js';
import { isDigest, isObject, parseJson, timeOf } from './json.js';
import { sha256 } from './log.js';
import { judgeToken, readToken } from './token.js';

const HONEST_CLOCKS = 5 * 60 * 1000;
const TOKENS = 16;

// An outcome is thrown only after every token was looked at, the gravest first: one fault must not hide a graver one.
function gravest(errors) {
  const grave = errors.find(({ outcome }) => outcome === 'fail') ?? errors[0];
  if (grave) throw grave;
}

function attempt(errors, judge) {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    errors.push(error);
    return undefined;
  }
}

// ---- renewals ----

function readRecord(name, bytes) {
  const record = parseJson(bytes);
  const files = record.files;
  const listed = Array.isArray(files) && files.every((one) => isObject(one) && typeof one.path === 'string' && isDigest(one.sha256));
  if (record.hoshiArchive !== 1 || !listed) fail('archive.form', name);
  if (files.some(({ path }, i) => i > 0 && !(files[i - 1].path < path))) fail('archive.form', `${name} is not sorted`);
  return new Map(files.map(({ path, sha256: digest }) => [path, digest]));
}

// What the newest record must list: all but itself, salts, and what may be withheld.
function mustList(container, manifest, number) {
  const withholdable = new Set(manifest.entries.filter((one) => one.disclosure === 'withholdable').map(({ path }) => path));
  const own = `META-INF/arc/${number}.`;
  return [...container.keys()].filter((name) => !name.startsWith('META-INF/disc/') && !name.startsWith(own) && !withholdable.has(name));
}

// Answers [{ name, files, bytes, token }], the oldest first.
export function readArchive(container, manifest, content) {
  const names = [...container.keys()].filter((name) => name.startsWith('META-INF/arc/'));
  const records = [];
  for (let i = 1; i <= Math.ceil(names.length / 2); i++) {
    const number = String(i).padStart(4, '0');
    const [name, token] = [`META-INF/arc/${number}.json`, `META-INF/arc/${number}.tsr`];
    if (!container.has(name) || !container.has(token)) fail('archive.number', `${number} is not whole`);
    records.push({ number, name, token: content(token), bytes: content(name), files: readRecord(name, content(name)) });
  }
  records.forEach(({ files, name, number }, i) => {
    for (const [path, digest] of files) {
      if (!container.has(path) || sha256(content(path)).toString('hex') !== digest) fail('archive.digest', `${name}: ${path}`);
    }
    const earlier = records.slice(0, i).flatMap((one) => [one.name, one.name.replace(/json$/, 'tsr')]);
    const wanted = i === records.length - 1 ? mustList(container, manifest, number) : ['META-INF/manifest.json', ...earlier];
    if (!wanted.every((path) => files.has(path))) fail('archive.fewer', name);
  });
  return records;
}

// Gives each record that stands its time; the newest is judged first, for it vouches for those before.
function judgeRecords(records, material, { authorities, at }, errors) {
  for (const record of [...records].reverse()) {
    record.read = attempt(errors, () => readToken(record.token, record.bytes, material));
    if (!record.read || authorities.length === 0) continue;
    const renewed = earliestCovering(records, record.name);
    attempt(errors, () => {
      judgeToken(record.read, authorities, at, renewed);
      if (renewed !== undefined && record.read.time - HONEST_CLOCKS > renewed) fail('archive', `${record.name} is younger than its renewal`);
      record.time = record.read.time;
      record.accuracy = record.read.accuracy;
    });
  }
}

const covering = (records, path) => records.filter(({ files }) => files.has(path));

export function earliestCovering(records, path) {
  const times = covering(records, path).filter(({ time }) => time !== undefined).map(({ time, accuracy }) => time + accuracy);
  return times.length > 0 ? Math.min(...times) : undefined;
}

// ---- the run's opening ----

// The opening is no younger than the manifest and than the trusted times of what was signed afterwards.
export function checkOrder({ time }, statements, manifest) {
  const ends = [timeOf(manifest.created), ...statements.map(({ trustedTime }) => trustedTime).filter((one) => one !== undefined)];
  if (ends.some((end) => time - HONEST_CLOCKS > end)) fail('opening.order', 'the run began after it ended');
}

// ---- signatures ----

// The latest of the times that a statement itself and the manifest state.
function statedTime({ predicate = {} }, manifest) {
  const times = [predicate.finishedAt, predicate.issuedAt, manifest?.created].map(timeOf).filter((time) => time !== null);
  return Math.max(...times);
}

function judgeStatement(statement, manifest, records, material, { authorities, at }, errors) {
  const renewed = earliestCovering(records, statement.file);
  const good = [];
  if (statement.tokens.length > TOKENS) fail('timestamp.size', 'too many tokens');
  for (const token of statement.tokens) {
    const read = attempt(errors, () => readToken(token, statement.signature, material));
    if (!read) continue;
    attempt(errors, () => {
      const tooYoung = covering(records, statement.file).some((record) => record.read && read.time > record.read.time + HONEST_CLOCKS);
      if (read.time < statedTime(statement, manifest) - HONEST_CLOCKS || tooYoung) fail('timestamp.order', statement.file);
    });
    if (authorities.length === 0) continue;
    attempt(errors, () => {
      judgeToken(read, authorities, at, renewed);
      good.push(read.time + read.accuracy);
    });
  }
  statement.stamped = good.length > 0;
  const times = renewed === undefined ? good : [...good, renewed];
  if (times.length > 0) statement.trustedTime = Math.min(...times);
}

// Sets .stamped and .trustedTime of each statement; refuses when a token is not as it must be.
export function judgeTimes(statements, records, manifest, material, context) {
  const errors = [];
  judgeRecords(records, material, context, errors);
  for (const statement of statements) {
    attempt(errors, () => judgeStatement(statement, manifest, records, material, context, errors));
  }
  gravest(errors);
}
