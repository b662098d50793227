// Does a program of other people accept our attestations?
//
//   node sigstore.mjs ATTACK_CASES
//
// Asks npm's @sigstore/verify, offline, with public keys as trust material. That library judges the envelope alone and
// never sees the bundle, so the comparison of subject[0] with the manifest in the file is made here; an attestation of
// another bundle shows why it must be. Exit 0 good, 1 not, 77 when scripts/deps could not fetch the packages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hoshitori', 'node');
if (!existsSync(join(packages, 'recipe'))) {
  console.log('the npm packages are not here: scripts/deps test fetches them');
  process.exit(77);
}
const load = createRequire(join(packages, 'package.json'));
const { bundleFromJSON } = load('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = load('@sigstore/verify');

const program = process.argv[2];
const top = mkdtempSync(join(tmpdir(), 'hoshitori-sigstore-'));
process.on('exit', () => rmSync(top, { recursive: true, force: true }));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

// An attack's bundle, as a folder and a reader of entries. unzip is the reader of other people here.
function emit(name) {
  const folder = join(top, name);
  if (!existsSync(folder)) execFileSync(program, ['emit', name, folder]);
  const file = join(folder, 'case.hoshi');
  const entry = (path) => execFileSync('unzip', ['-p', file, path]);
  const names = execFileSync('unzip', ['-Z1', file], { encoding: 'utf8' }).trimEnd().split('\n');
  return { folder, entry, attestations: names.filter((one) => one.startsWith('META-INF/att/')) };
}

const vendor = createPublicKey(readFileSync(join(emit('000_honest_pinned').folder, 'vendor.pub')));
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const spki = (key) => key.export({ type: 'spki', format: 'der' });

const storeOf = (folder) => JSON.parse(Buffer.from(JSON.parse(readFileSync(join(folder, 'trust.json'))).payload, 'base64'));
const keysOfStore = (folder) => storeOf(folder).keys.map((key) => Buffer.from(key.spki, 'base64'));

// The store's authority as that library wants it: the certificate that signs, which lies in the token, and its CA.
function authorityOf({ folder }, attestation) {
  const { signedTimestamp } = JSON.parse(attestation).verificationMaterial.timestampVerificationData.rfc3161Timestamps[0];
  const openssl = (input, ...words) => execFileSync('openssl', words, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  const answer = join(top, 'answer.tsr');
  writeFileSync(answer, Buffer.from(signedTimestamp, 'base64'));
  const token = openssl('', 'ts', '-reply', '-in', answer, '-token_out');
  const leaf = openssl(openssl(token, 'pkcs7', '-inform', 'DER', '-print_certs'), 'x509', '-outform', 'DER');
  const ca = Buffer.from(storeOf(folder).timestampAuthorities[0].certificate, 'base64');
  const certificates = [leaf, ca].map((rawBytes) => ({ rawBytes }));
  return { certChain: { certificates }, validFor: { start: new Date('2020-01-01T00:00:00Z') } };
}

// keys: { hint: SPKI }. With an authority, a token by it is asked for as well.
function judge(attestation, keys, authority) {
  const timestampAuthorities = authority ? [authority] : [];
  const material = toTrustMaterial(
    { certificateAuthorities: [], timestampAuthorities, tlogs: [], ctlogs: [] },
    Object.fromEntries(Object.entries(keys).map(([hint, rawBytes]) => [hint, { rawBytes }])),
  );
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: timestampAuthorities.length });
  const entity = toSignedEntity(bundleFromJSON(JSON.parse(attestation)));
  return verifier.verify(authority ? entity : { ...entity, timestamps: [] });
}

const byKeyid = (...ders) => Object.fromEntries(ders.map((der) => [sha256(der), der]));

function statementOf(attestation) {
  return JSON.parse(Buffer.from(JSON.parse(attestation).dsseEnvelope.payload, 'base64'));
}

const speaksOf = (attestation, bundle) =>
  statementOf(attestation).subject[0].digest.sha256 === sha256(bundle.entry('META-INF/manifest.json'));

const tests = {
  'our statements are accepted and speak of the file'() {
    const bundle = emit('085_evaluated');
    const keys = byKeyid(...keysOfStore(bundle.folder));
    const kinds = bundle.attestations.map((name) => {
      const attestation = bundle.entry(name);
      judge(attestation, keys);
      assert.ok(speaksOf(attestation, bundle), name);
      return statementOf(attestation).predicateType;
    });
    assert.ok(kinds.includes('urn:hoshitori:predicate:run:v1'));
    assert.ok(kinds.includes('https://in-toto.io/attestation/test-result/v0.1'));
    assert.ok(kinds.includes('urn:hoshitori:predicate:evaluation:v1'));
  },

  'a stamped bundle is accepted, with its tokens and without'() {
    const bundle = emit('100_timestamp_given');
    const keys = byKeyid(...keysOfStore(bundle.folder));
    for (const name of bundle.attestations) {
      const attestation = bundle.entry(name);
      judge(attestation, keys);
      judge(attestation, keys, authorityOf(bundle, attestation));
    }
  },

  'a token of another signature, or by another authority, is refused'() {
    const moved = emit('105_other_signature');
    const attestation = moved.entry('META-INF/att/01-vendor-run.sigstore.json');
    const refused = { code: 'TIMESTAMP_ERROR' };
    assert.throws(() => judge(attestation, byKeyid(...keysOfStore(moved.folder)), authorityOf(moved, attestation)), refused);
    const other = emit('107_untrusted');
    const stamped = other.entry('META-INF/att/01-vendor-run.sigstore.json');
    assert.throws(() => judge(stamped, byKeyid(...keysOfStore(other.folder)), authorityOf(other, stamped)), refused);
  },

  'the one key that a reader names is enough'() {
    const bundle = emit('000_honest_pinned');
    for (const name of bundle.attestations) judge(bundle.entry(name), byKeyid(spki(vendor)));
  },

  'a changed payload is refused'() {
    const bundle = emit('049_payload_changed');
    const refused = bundle.attestations.filter((name) => {
      try {
        judge(bundle.entry(name), byKeyid(spki(vendor)));
        return false;
      } catch (error) {
        assert.equal(error.code, 'SIGNATURE_ERROR');
        return true;
      }
    });
    assert.equal(refused.length, 1);
  },

  'another key is refused, by name and in the name of ours'() {
    const attestation = emit('000_honest').entry('META-INF/att/01-vendor-run.sigstore.json');
    assert.throws(() => judge(attestation, byKeyid(spki(stranger))), { code: 'PUBLIC_KEY_ERROR' });
    assert.throws(() => judge(attestation, { [sha256(spki(vendor))]: spki(stranger) }), { code: 'SIGNATURE_ERROR' });
  },

  'the attestation of another bundle is accepted there and refused by the comparison'() {
    const bundle = emit('069_other_bundle');
    for (const name of bundle.attestations) {
      const attestation = bundle.entry(name);
      judge(attestation, byKeyid(spki(vendor)));
      assert.ok(!speaksOf(attestation, bundle), name);
    }
  },
};

let wrong = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    test();
    console.log(`ok ${name}`);
  } catch (error) {
    wrong++;
    console.log(`WRONG ${name}\n${error.stack}`);
  }
}
process.exitCode = wrong === 0 ? 0 : 1;
