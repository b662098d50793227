// The event log: docs/evidence-format.md, section 5.
import { createHash } from 'node:crypto';
import { fail } from './refusal.js';
import { isCount, isDigest, isObject, parseJson, timeOf } from './json.js';

const ZEROS = '0'.repeat(64);
const LINE_BYTES = 2 ** 20;

export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

// RFC 6962 section 2.1, over leaf hashes.
export function merkle(leaves) {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0];
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(Buffer.of(1), merkle(leaves.slice(0, half)), merkle(leaves.slice(half)));
}

function checkEvent(event, seq, prev) {
  if (event.seq !== seq) fail('log.seq', `line ${seq} has another number`);
  if (!isDigest(event.prev)) fail('log.prev', `line ${seq}`);
  if (event.prev !== prev) fail('log.chain', `line ${seq} does not follow the one before`);
  if (timeOf(event.t) === null) fail('log.time', `line ${seq}`);
  if (!isCount(event.mono)) fail('log.mono', `line ${seq}`);
  if (typeof event.kind !== 'string' || !/^[a-z0-9._-]{1,64}$/.test(event.kind)) fail('log.kind', `line ${seq}`);
  if (event.check !== null && !(typeof event.check === 'string' && /^[A-Za-z0-9._:/@-]{1,200}$/.test(event.check))) {
    fail('log.check', `line ${seq}`);
  }
  if (!isObject(event.data)) fail('log.data', `line ${seq}`);
}

// Answers the events, when the bytes are those that the manifest's log object speaks of.
export function readLog(bytes, manifestLog) {
  const events = [];
  const leaves = [];
  let prev = ZEROS;
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    if (end < 0) fail('log.torn', 'the last line has no end');
    if (end - at + 1 > LINE_BYTES) fail('log.line_long', 'a line is too long');
    const line = bytes.subarray(at, end);
    if (line.includes(13)) fail('log.cr', 'a CR');
    const event = parseJson(line);
    checkEvent(event, events.length + 1, prev);
    events.push(event);
    leaves.push(sha256(Buffer.of(0), line));
    prev = sha256(line).toString('hex');
    at = end + 1;
  }
  if (events.length !== manifestLog.count) fail('log.count', 'another number of lines than the manifest says');
  if (prev !== manifestLog.head) fail('log.head', 'another last line than the manifest says');
  if (merkle(leaves).toString('hex') !== manifestLog.root) fail('log.root', 'another Merkle root');
  return events;
}
