// The strict ZIP profile: docs/evidence-format.md, section 1.
import zlib from 'node:zlib';
import { fail } from './refusal.js';

export const LIMITS = {
  entries: 20000,
  entry: 2 * 2 ** 30,
  total: 4 * 2 ** 30,
  manifest: 32 * 2 ** 20,
  ratioFrom: 2 ** 20,
  ratio: 100,
};

const MEDIA_TYPE = 'application/vnd.hoshitori.bundle+zip';
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const DATE = 0x0021; // 1980-01-01
const DEVICES = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

export function crc32(data) {
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) crc = CRC_TABLE[(crc ^ data[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// What is wrong with a name, as the end of a code; null for a good one.
export function nameProblem(name) {
  if (name.length < 1 || name.length > 200) return 'length';
  if (!/^[A-Za-z0-9._/-]+$/.test(name)) return 'chars';
  const segments = name.split('/');
  if (segments.length > 8) return 'depth';
  if (segments[0] === 'meta-inf') return 'case';
  for (const [at, segment] of segments.entries()) {
    if (at === 0 && segment === 'META-INF' && segments.length > 1) continue;
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(segment)) return 'segment';
    if (segment.endsWith('.')) return 'dot';
    if (DEVICES.test(segment)) return 'device';
  }
  return null;
}

function endRecord(file) {
  if (file.length < LOCAL + CENTRAL + END) fail('container.end', 'too short');
  const at = file.length - END;
  if (file.readUInt32LE(at) !== 0x06054b50) fail('container.end', 'the last 22 bytes are no end record');
  if (file.readUInt16LE(at + 20) !== 0) fail('container.comment', 'an archive comment');
  if (file.readUInt16LE(at + 4) !== 0 || file.readUInt16LE(at + 6) !== 0) fail('container.disk', 'several disks');
  const count = file.readUInt16LE(at + 8);
  if (count !== file.readUInt16LE(at + 10)) fail('container.count', 'two counts');
  if (count > LIMITS.entries) fail('container.limit.entries', 'too many entries');
  const size = file.readUInt32LE(at + 12);
  const start = file.readUInt32LE(at + 16);
  if (start + size !== at) fail('container.end', 'the central directory does not end at the end record');
  return { count, start, at };
}

// The 26 bytes that both headers share begin at `at`.
function sharedFields(file, at) {
  if (file.readUInt16LE(at) !== 20) fail('container.version', 'another version');
  if (file.readUInt16LE(at + 2) !== 0) fail('container.flags', 'a flag');
  const method = file.readUInt16LE(at + 4);
  if (method !== 0 && method !== 8) fail('container.method', 'another method');
  if (file.readUInt16LE(at + 6) !== 0 || file.readUInt16LE(at + 8) !== DATE) fail('container.time', 'another time');
  if (file.readUInt16LE(at + 24) !== 0) fail('container.extra', 'an extra field');
  const packed = file.readUInt32LE(at + 14);
  const size = file.readUInt32LE(at + 18);
  if (packed === 0xffffffff || size === 0xffffffff) fail('container.zip64', 'ZIP64');
  if (method === 0 && packed !== size) fail('container.size', 'stored, and two sizes');
  return { method, crc: file.readUInt32LE(at + 10), packed, size, nameLength: file.readUInt16LE(at + 22) };
}

function centralHeader(file, at, end) {
  if (at + CENTRAL > end || file.readUInt32LE(at) !== 0x02014b50) fail('container.central', 'no central header');
  if (file.readUInt16LE(at + 4) !== 20) fail('container.made_by', 'made by something else');
  const entry = sharedFields(file, at + 6);
  if (file.readUInt16LE(at + 32) !== 0) fail('container.comment', 'a comment');
  if (file.readUInt16LE(at + 34) !== 0) fail('container.disk', 'another disk');
  if (file.readUInt16LE(at + 36) !== 0 || file.readUInt32LE(at + 38) !== 0) fail('container.attributes', 'attributes');
  entry.offset = file.readUInt32LE(at + 42);
  entry.next = at + CENTRAL + entry.nameLength;
  if (entry.next > end) fail('container.central', 'a name beyond the directory');
  entry.name = file.toString('latin1', at + CENTRAL, entry.next);
  entry.central = at;
  const problem = nameProblem(entry.name);
  if (problem) fail(`container.name.${problem}`, 'a name that is not allowed');
  return entry;
}

// The entry's local header and content begin at `at`; answers where they end.
function localHeader(file, entry, at, directory) {
  if (entry.offset > at) fail('container.gap', 'bytes that belong to nothing');
  if (entry.offset < at) fail('container.overlap', 'bytes that belong to two entries');
  if (at + LOCAL + entry.nameLength > directory || file.readUInt32LE(at) !== 0x04034b50) {
    fail('container.local', 'no local header');
  }
  if (file.compare(file, entry.central + 6, entry.central + 32, at + 4, at + 30) !== 0) {
    fail('container.local_differs', 'local and central header disagree');
  }
  entry.data = at + LOCAL + entry.nameLength;
  if (file.toString('latin1', at + LOCAL, entry.data) !== entry.name) fail('container.local_name', 'two names');
  const end = entry.data + entry.packed;
  if (end > directory) fail('container.overlap', 'content runs into the directory');
  return end;
}

function checkLimits(entry, total) {
  if (entry.size > LIMITS.entry) fail('container.limit.entry', 'an entry is too large');
  if (total > LIMITS.total) fail('container.limit.total', 'all together is too large');
  if (entry.name === 'META-INF/manifest.json' && entry.size > LIMITS.manifest) {
    fail('container.limit.entry', 'the manifest is too large');
  }
  if (entry.size > LIMITS.ratioFrom && entry.size > LIMITS.ratio * entry.packed) {
    fail('container.limit.ratio', 'it inflates too far');
  }
}

function checkOrder(names) {
  if (names[0] !== 'mimetype' || names[1] !== 'META-INF/manifest.json') fail('container.order', 'the first two names');
  const seen = new Set(names);
  if (seen.size !== names.length) fail('container.name.duplicate', 'a name twice');
  for (let i = 3; i < names.length; i++) {
    if (!(names[i - 1] < names[i])) fail('container.order', 'names are not in order');
  }
  for (const name of names) {
    for (let cut = name.indexOf('/'); cut >= 0; cut = name.indexOf('/', cut + 1)) {
      if (seen.has(name.slice(0, cut))) fail('container.name.folder', 'a file that is a folder as well');
    }
  }
}

// Answers a Map of name to entry, in the file's order. The contents are not looked at yet, but for the mimetype's.
export function readContainer(file) {
  if (file.length < 4 || file.readUInt32LE(0) !== 0x04034b50) fail('container.start', 'it does not begin as a bundle');
  const { count, start, at: end } = endRecord(file);
  const entries = new Map();
  const names = [];
  let central = start;
  let local = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const entry = centralHeader(file, central, end);
    central = entry.next;
    local = localHeader(file, entry, local, start);
    total += entry.size;
    checkLimits(entry, total);
    names.push(entry.name);
    entries.set(entry.name, entry);
  }
  if (central !== end) fail('container.central', 'bytes after the last central header');
  if (local !== start) fail('container.gap', 'bytes before the directory');
  checkOrder(names);
  const mimetype = entries.get('mimetype');
  if (mimetype.method !== 0 || readEntry(file, mimetype).toString('latin1') !== MEDIA_TYPE) {
    fail('container.mimetype', 'another media type');
  }
  return entries;
}

function inflate(packed, size) {
  let result;
  try {
    result = zlib.inflateRawSync(packed, { info: true, maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') fail('container.size', 'more content than declared');
    fail('container.deflate', 'the deflate stream is broken');
  }
  if (result.engine.bytesWritten !== packed.length) fail('container.deflate_end', 'bytes after the deflate stream');
  return result.buffer;
}

export function readEntry(file, entry) {
  const packed = file.subarray(entry.data, entry.data + entry.packed);
  const content = entry.method === 0 ? packed : inflate(packed, entry.size);
  if (content.length !== entry.size) fail('container.size', 'another size than declared');
  if (crc32(content) !== entry.crc) fail('container.crc', 'another CRC-32');
  return content;
}
