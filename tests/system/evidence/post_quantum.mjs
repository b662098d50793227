// Do we and an independent ML-DSA-65 accept each other's signatures, and refuse the same forgeries?
//
//   node post_quantum.mjs ATTACK_CASES VERIFIER
//
// npm's @noble/post-quantum signs our statements, deterministically and hedged, and VERIFIER judges; where this system's
// OpenSSL has ML-DSA-65, noble judges ours as well. Where it has not, VERIFIER must say "not checkable here" and no more.
// Exit 0 good, 1 not, 77 when scripts/deps could not fetch the packages.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createECDH, createHash, createPrivateKey, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hoshitori', 'node');
if (!existsSync(join(packages, 'recipe'))) {
  console.log('the npm packages are not here: scripts/deps test fetches them');
  process.exit(77);
}
const { ml_dsa65: noble } = createRequire(join(packages, 'package.json'))('@noble/post-quantum/ml-dsa');

const [attacks, verifier] = process.argv.slice(2);
const top = mkdtempSync(join(tmpdir(), 'hoshitori-pq-'));
process.on('exit', () => rmSync(top, { recursive: true, force: true }));
const here = spawnSync(attacks, ['left-out', 'ON']).status === 0;

const AT = '2026-06-01T00:00:00Z';
const RUN = 'META-INF/att/01-vendor-run.sigstore.json';
const RESULT = 'META-INF/att/02-vendor-result.sigstore.json';
const beside = (name) => name.replace('.sigstore.json', '-mldsa65.sigstore.json');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const spkiOf = (key) => Buffer.concat([Buffer.from('308207b2300b0609608648016503040312038207a100', 'hex'), key]);
const encoded = (type, body) => Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body]);
const STATEMENT = 'application/vnd.in-toto+json';

function emit(name) {
  const folder = join(top, name);
  execFileSync(attacks, ['emit', name, folder]);
  return folder;
}

const entry = (bundle, name) => JSON.parse(execFileSync('unzip', ['-p', bundle, name]));
const payloadOf = (file) => Buffer.from(file.dsseEnvelope.payload, 'base64');

// ---- noble signs, our verifier judges ----

// The root of the attacks' trust stores: a scalar of 32 bytes 11.
function rootKey() {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(Buffer.alloc(32, 0x11));
  const point = ecdh.getPublicKey();
  const part = (bytes) => bytes.toString('base64url');
  const [d, x, y] = [ecdh.getPrivateKey(), point.subarray(1, 33), point.subarray(33)].map(part);
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d, x, y }, format: 'jwk' });
}

// The store with one ML-DSA-65 key more, ACME's, and signed again.
function writeStore(folder, spki, pqRequiredFrom) {
  const store = JSON.parse(readFileSync(join(folder, 'trust.json')));
  const payload = JSON.parse(Buffer.from(store.payload, 'base64'));
  const acme = payload.keys.find(({ name }) => name === 'ACME signing');
  payload.keys.push({ ...acme, spki: spki.toString('base64'), keyid: sha256(spki), name: 'ACME, post-quantum' });
  if (pqRequiredFrom) payload.policy.pqRequiredFrom = pqRequiredFrom;
  const bytes = Buffer.from(JSON.stringify(payload));
  const sig = sign('sha256', encoded(store.payloadType, bytes), rootKey()).toString('base64');
  const path = join(folder, `trust-${pqRequiredFrom ? 'required' : 'plain'}.json`);
  writeFileSync(path, JSON.stringify({ ...store, payload: bytes.toString('base64'), signatures: [{ ...store.signatures[0], sig }] }));
  return path;
}

function cosign(bundle, name, spki, signature, out) {
  const file = entry(bundle, name);
  const keyid = sha256(spki);
  file.verificationMaterial = { publicKey: { hint: keyid }, tlogEntries: [] };
  file.dsseEnvelope.signatures = [{ keyid, sig: Buffer.from(signature).toString('base64') }];
  writeFileSync(join(top, 'one.json'), JSON.stringify(file));
  execFileSync(attacks, ['put', bundle, beside(name), join(top, 'one.json'), out]);
  return out;
}

function judge(bundle, trust) {
  const { status, stdout } = spawnSync(verifier, [bundle, '--trust', trust, '--at', AT, '--json'], { encoding: 'utf8' });
  const report = JSON.parse(stdout);
  assert.equal(status, report.exit);
  const outcome = (code) => report.checks.find((check) => check.code === code).outcome;
  return { exit: status, worth: report.post_quantum.map((one) => one.outcome), signature: outcome('signature.pq'), policy: outcome('policy.pq') };
}

function nobleSigns() {
  const folder = emit('000_honest');
  const honest = join(folder, 'case.hoshi');
  const { publicKey, secretKey } = noble.keygen(Buffer.alloc(32, 0x77));
  const spki = spkiOf(Buffer.from(publicKey));
  const plain = writeStore(folder, spki);
  const required = writeStore(folder, spki, '2026-05-01T00:00:00Z');
  const message = (name) => encoded(STATEMENT, payloadOf(entry(honest, name)));
  const deterministic = noble.sign(secretKey, message(RUN));
  const hedged = noble.sign(secretKey, message(RESULT), undefined, Buffer.alloc(32, 0x42));
  assert.notDeepEqual(hedged, noble.sign(secretKey, message(RESULT)), 'the hedged signature is another one');
  const one = cosign(honest, RUN, spki, deterministic, join(top, 'one.hoshi'));
  const both = cosign(one, RESULT, spki, hedged, join(top, 'both.hoshi'));

  const none = { exit: 0, worth: [], signature: 'skipped', policy: 'skipped' };
  assert.deepEqual(judge(honest, plain), none);
  assert.deepEqual(judge(honest, required), { ...none, exit: 2, policy: 'policy' });
  if (!here) {
    const unchecked = { ...none, worth: ['unchecked', 'unchecked'] };
    assert.deepEqual(judge(both, plain), unchecked);
    assert.deepEqual(judge(both, required), { ...unchecked, exit: 3, policy: 'unsupported' });
    return;
  }
  const good = { exit: 0, worth: ['good', 'good'], signature: 'ok', policy: 'skipped' };
  assert.deepEqual(judge(both, plain), good);
  assert.deepEqual(judge(both, required), { ...good, policy: 'ok' });
  assert.deepEqual(judge(one, required), { exit: 2, worth: ['good'], signature: 'ok', policy: 'policy' });
  for (const at of [0, 1654, 3308]) {
    const bent = Uint8Array.from(deterministic);
    bent[at] ^= 1;
    assert.equal(noble.verify(publicKey, message(RUN), bent), false);
    const forged = cosign(honest, RUN, spki, bent, join(top, 'bent.hoshi'));
    assert.deepEqual(judge(forged, plain), { exit: 1, worth: ['refused'], signature: 'fail', policy: 'skipped' }, `octet ${at}`);
  }
  const inContext = noble.sign(secretKey, message(RUN), Buffer.from('hoshitori'));
  assert.equal(judge(cosign(honest, RUN, spki, inContext, join(top, 'context.hoshi')), plain).signature, 'fail');
}

// ---- we sign, noble judges ----

function weSign() {
  const bundle = join(emit('141_pq_beside'), 'case.hoshi');
  // The vendor's key there is made of the seed of 32 octets 21.
  const { publicKey, secretKey } = noble.keygen(Buffer.alloc(32, 0x21));
  for (const name of [RUN, RESULT]) {
    const file = entry(bundle, beside(name));
    const signature = Buffer.from(file.dsseEnvelope.signatures[0].sig, 'base64');
    const message = encoded(STATEMENT, payloadOf(file));
    assert.equal(file.dsseEnvelope.payload, entry(bundle, name).dsseEnvelope.payload, 'the same payload');
    assert.equal(file.dsseEnvelope.signatures[0].keyid, sha256(spkiOf(Buffer.from(publicKey))));
    assert.equal(noble.verify(publicKey, message, signature), true);
    assert.deepEqual(Buffer.from(noble.sign(secretKey, message)), signature, 'the deterministic signature');
    for (const at of [0, 1654, 3308]) {
      const bent = Buffer.from(signature);
      bent[at] ^= 1;
      assert.equal(noble.verify(publicKey, message, bent), false, `octet ${at}`);
    }
    assert.equal(noble.verify(publicKey, message.subarray(1), signature), false);
    assert.equal(noble.verify(noble.keygen(Buffer.alloc(32, 0x22)).publicKey, message, signature), false);
  }
}

nobleSigns();
if (here) weSign();
console.log(here ? 'noble and OpenSSL accept each other\'s signatures and refuse the same forgeries'
  : 'this OpenSSL has no ML-DSA-65: noble\'s signatures are not checkable here, and ours cannot be made');
