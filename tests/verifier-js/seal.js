// Makes bundles and trust stores from parts, for differ.js. Its keys are those of the attacks' world: a scalar of one
// byte over and over, nobody's secret.
import { createECDH, createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { encoded } from './key.js';
import { readContainer, readEntry, crc32 } from './container.js';
import { merkle, sha256 } from './log.js';
import { commitment, isAttestation } from './manifest.js';

const WHO = { root: 0x11, vendor: 0x13, lab: 0x16 };
const hex = (bytes) => createHash('sha256').update(bytes).digest('hex');

function makeKey(byte) {
  const scalar = Buffer.alloc(32, byte);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const head = Buffer.from('30770201010420', 'hex');
  const tail = Buffer.from('a00a06082a8648ce3d030107a144034200', 'hex');
  const der = Buffer.concat([head, scalar, tail, ecdh.getPublicKey()]);
  const handle = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
  const spki = createPublicKey(handle).export({ type: 'spki', format: 'der' });
  return { keyid: hex(spki), sign: (message) => sign('sha256', message, handle) };
}

export const keys = Object.fromEntries(Object.entries(WHO).map(([who, byte]) => [who, makeKey(byte)]));

// Name to content, in the file's order.
export function unpack(file) {
  return new Map([...readContainer(file)].map(([name, entry]) => [name, Buffer.from(readEntry(file, entry))]));
}

function header(name, content, central, offset) {
  const bytes = Buffer.alloc(central ? 46 : 30);
  let at = bytes.writeUInt32LE(central ? 0x02014b50 : 0x04034b50);
  if (central) at = bytes.writeUInt16LE(20, at);
  at = bytes.writeUInt16LE(20, at);
  at = bytes.writeUInt16LE(0x21, at + 6);
  at = bytes.writeUInt32LE(crc32(content), at);
  at = bytes.writeUInt32LE(content.length, at);
  at = bytes.writeUInt32LE(content.length, at);
  bytes.writeUInt16LE(name.length, at);
  if (central) bytes.writeUInt32LE(offset, 42);
  return Buffer.concat([bytes, Buffer.from(name, 'latin1')]);
}

export function pack(entries) {
  const first = ['mimetype', 'META-INF/manifest.json'];
  const rank = (name) => `${first.includes(name) ? first.indexOf(name) : 2}${name}`;
  const names = [...entries.keys()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const local = [];
  const central = [];
  let offset = 0;
  for (const name of names) {
    const content = entries.get(name);
    const head = header(name, content, false, 0);
    central.push(header(name, content, true, offset));
    local.push(head, content);
    offset += head.length + content.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

const toJson = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

// The log with its chain made anew over edited events.
function chain(events) {
  let prev = '0'.repeat(64);
  const lines = events.map((event) => {
    const line = toJson({ ...event, prev: event.prev === undefined ? undefined : prev });
    prev = hex(line);
    return line;
  });
  const root = merkle(lines.map((line) => sha256(Buffer.of(0), line))).toString('hex');
  return { content: Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])), count: lines.length, head: prev, root };
}

// edit(part, value) answers the value to use instead, for each part: 'log', 'manifest', a path, an attestation's path
// with '#payload' for its statement. What follows from a part is brought up to date before the next one is edited.
export function reseal(entries, edit) {
  const all = new Map(entries);
  const manifest = JSON.parse(all.get('META-INF/manifest.json'));
  const log = chain(edit('log', all.get('log/events.jsonl').toString().trimEnd().split('\n').map((line) => JSON.parse(line))));
  all.set('log/events.jsonl', log.content);
  Object.assign(manifest.log, { count: log.count, head: log.head, root: log.root });
  for (const name of ['run/result.json', 'run/plan.json', ...[...all.keys()].filter((one) => one.startsWith('META-INF/disc/'))]) {
    all.set(name, toJson(edit(name, JSON.parse(all.get(name)))));
  }
  for (const entry of manifest.entries) {
    const content = all.get(entry.path);
    entry.size = content.length;
    if (entry.sha256) entry.sha256 = hex(content);
    if (!entry.commit) continue;
    const salt = JSON.parse(entries.get(`META-INF/disc/${entry.id}.json`)).salt;
    entry.commit = commitment(Buffer.from(salt, 'base64'), entry.id, content);
  }
  const extra = [];
  const bytes = toJson(edit('manifest', manifest, (name, content) => extra.push([name, content])));
  all.set('META-INF/manifest.json', bytes);
  for (const [name, content] of extra) all.set(name, content);
  for (const name of [...entries.keys()].filter(isAttestation)) sealStatement(all, name, hex(bytes), edit);
  return pack(all);
}

function sealStatement(all, name, digest, edit) {
  const bundle = JSON.parse(all.get(name));
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64'));
  statement.subject[0].digest.sha256 = digest;
  for (const input of statement.predicate.inputAttestations ?? []) {
    if (all.has(input.name)) input.digest.sha256 = hex(all.get(input.name));
  }
  const payload = toJson(edit(`${name}#payload`, statement));
  const key = Object.values(keys).find(({ keyid }) => keyid === bundle.verificationMaterial.publicKey.hint);
  const signature = key.sign(encoded('application/vnd.in-toto+json', payload));
  Object.assign(bundle.dsseEnvelope, { payload: payload.toString('base64') });
  bundle.dsseEnvelope.signatures[0].sig = signature.toString('base64');
  all.set(name, toJson(edit(name, bundle)));
}

export function resealTrust(bytes, edit) {
  const envelope = JSON.parse(bytes);
  const payload = toJson(edit('trust#payload', JSON.parse(Buffer.from(envelope.payload, 'base64'))));
  envelope.payload = payload.toString('base64');
  envelope.signatures = [{ keyid: keys.root.keyid, sig: keys.root.sign(encoded(envelope.payloadType, payload)).toString('base64') }];
  return toJson(edit('trust', envelope));
}
