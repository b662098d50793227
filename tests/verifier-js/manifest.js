// The manifest and what it says of the container: docs/evidence-format.md, section 4.
import { createHmac } from 'node:crypto';
import { fail, unsupported } from './refusal.js';
import { LIMITS, nameProblem, readEntry } from './container.js';
import { base64, isCount, isDigest, isObject, isText, parseJson, timeOf } from './json.js';
import { sha256 } from './log.js';

const FEATURES = new Set(['withhold/1', 'merkle/1']);
const ANCHORS = new Set(['tsa', 'nonce', 'none']);
const META = [
  /^META-INF\/att\/[0-9]{2}-[a-z0-9][a-z0-9-]*\.sigstore\.json$/,
  /^META-INF\/val\/[0-9a-f]{64}\.(crt|crl|ocsp)$/,
  /^META-INF\/arc\/[0-9]{4}\.(json|tsr)$/,
  /^META-INF\/disc\/(e[0-9]{4,5}|unit)\.json$/,
];

export const isAttestation = (name) => META[0].test(name);

function need(good, code, words) {
  if (!good) fail(`manifest.${code}`, words);
}

function texts(object, where, ...names) {
  for (const name of names) {
    need(typeof object[name] === 'string', 'member', `${where}.${name}`);
    need(isText(object[name]), 'text', `${where}.${name}`);
  }
}

function list(value, where) {
  need(Array.isArray(value), 'member', where);
  return value;
}

function object(value, where) {
  need(isObject(value), 'member', where);
  return value;
}

function checkRun(run) {
  object(run, 'run');
  texts(run, 'run', 'id');
  for (const part of ['suite', 'harness']) {
    object(run[part], part);
    if (part === 'suite') texts(run.suite, part, 'id', 'version');
    else texts(run.harness, part, 'name', 'version');
    need(isDigest(run[part].sha256), 'digest_form', part);
  }
  const opened = object(run.opened, 'opened');
  need(timeOf(opened.time) !== null, 'time', 'opened');
  need(ANCHORS.has(opened.anchor), 'anchor', 'opened.anchor');
  if (opened.anchor === 'none') need(opened.sha256 === undefined, 'anchor', 'a digest without an anchor');
  else need(isDigest(opened.sha256), 'digest_form', 'opened');
}

function checkDut(dut) {
  object(dut, 'dut');
  const vendor = object(dut.vendor, 'vendor');
  texts(vendor, 'vendor', 'name');
  const number = vendor.corporateNumber;
  if (number !== undefined) need(typeof number === 'string' && /^[0-9]{13}$/.test(number), 'text', 'corporateNumber');
  texts(dut, 'dut', 'model');
  if (dut.hw !== undefined) texts(dut, 'dut', 'hw');
  for (const image of list(dut.firmware, 'firmware')) {
    texts(object(image, 'firmware'), 'firmware', 'name', 'version');
    need(isDigest(image.sha256), 'digest_form', 'firmware');
  }
  if (dut.unit !== undefined) need(isDigest(object(dut.unit, 'unit').commit), 'digest_form', 'unit');
}

function checkDisclosure(entry) {
  const { path } = entry;
  need(typeof entry.class === 'string' && /^[a-z][a-z0-9-]*$/.test(entry.class), 'class', path);
  need(['required', 'withholdable'].includes(entry.disclosure), 'disclosure', path);
  const required = entry.disclosure === 'required';
  if (entry.class === 'result') need(required, 'disclosure', 'the result is never withholdable');
  if (entry.class === 'secret') need(!required, 'disclosure', 'a secret is always withholdable');
  if (/^(log|run)\//.test(path) && path !== 'run/operator.json') need(required, 'disclosure', path);
  for (const name of ['sha256', 'commit']) {
    need(entry[name] === undefined || isDigest(entry[name]), 'digest_form', path);
  }
  if (required) {
    need(entry.commit === undefined, 'disclosure', `${path} has a commitment`);
    need(entry.sha256 !== undefined, 'member', `${path} has no digest`);
  } else {
    need(entry.commit !== undefined, 'member', `${path} has no commitment`);
    if (entry.class === 'secret') need(entry.sha256 === undefined, 'secret', `a plain digest of ${path}`);
    else need(entry.sha256 !== undefined, 'member', `${path} has no digest`);
  }
}

function checkEntries(entries) {
  need(list(entries, 'entries').length <= LIMITS.entries, 'limit', 'too many entries');
  const ids = new Set();
  const paths = new Set();
  for (const entry of entries) {
    object(entry, 'entries');
    need(typeof entry.id === 'string' && /^e[0-9]{4,5}$/.test(entry.id), 'id', 'an id');
    need(entry.path !== 'META-INF/manifest.json', 'self', 'the manifest lists itself');
    need(typeof entry.path === 'string' && nameProblem(entry.path) === null, 'path', entry.id);
    need(!entry.path.startsWith('META-INF/') && entry.path !== 'mimetype', 'path', entry.path);
    need(isCount(entry.size) && entry.size <= LIMITS.entry, 'member', `${entry.path}.size`);
    need(!ids.has(entry.id) && !paths.has(entry.path), 'duplicate', entry.path);
    ids.add(entry.id);
    paths.add(entry.path);
    checkDisclosure(entry);
  }
}

function checkLogMember(log, entries) {
  object(log, 'log');
  need(isCount(log.count), 'member', 'log.count');
  need(isDigest(log.root) && isDigest(log.head), 'digest_form', 'log');
  const entry = entries.find((one) => one.path === log.path);
  need(entry !== undefined && entry.disclosure === 'required', 'log', 'log.path is no required entry');
}

export function readManifest(bytes) {
  const manifest = parseJson(bytes);
  need(typeof manifest.hoshi === 'number', 'member', 'hoshi');
  if (manifest.hoshi !== 1) unsupported('manifest.version', 'another version of the format');
  for (const feature of list(manifest.requires, 'requires')) {
    need(typeof feature === 'string', 'member', 'requires');
    if (!FEATURES.has(feature)) unsupported('manifest.requires', 'a feature that is not known here');
  }
  const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  need(typeof manifest.bundleId === 'string' && uuid7.test(manifest.bundleId), 'bundle_id', 'bundleId');
  need(timeOf(manifest.created) !== null, 'time', 'created');
  checkRun(manifest.run);
  checkDut(manifest.dut);
  checkEntries(manifest.entries);
  checkLogMember(manifest.log, manifest.entries);
  return manifest;
}

// ---- against the container ----

const withhold = (code, words) => fail(`withhold.${code}`, words);

function readSalt(file, container, id) {
  const salt = parseJson(readEntry(file, container.get(`META-INF/disc/${id}.json`)));
  if (salt.hoshi !== 1) withhold('version', id);
  if (salt.id !== id) withhold('id', id);
  const bytes = base64(salt.salt);
  if (bytes === null) withhold('salt', id);
  if (bytes.length !== 32) withhold('salt_length', id);
  return bytes;
}

export function commitment(salt, id, content) {
  return createHmac('sha256', salt).update(`hoshi/entry/1\0${id}\0`).update(content).digest('hex');
}

// Answers the paths that are withheld.
export function matchEntries(file, container, manifest) {
  const listed = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  const withheld = [];
  for (const name of container.keys()) {
    if (name === 'mimetype' || name === 'META-INF/manifest.json') continue;
    need(name.startsWith('META-INF/') ? META.some((form) => form.test(name)) : listed.has(name), 'unlisted', name);
    readEntry(file, container.get(name));
  }
  for (const entry of manifest.entries) {
    const salt = `META-INF/disc/${entry.id}.json`;
    const there = container.get(entry.path);
    const withholdable = entry.disclosure === 'withholdable';
    need(withholdable || !container.has(salt), 'stray_salt', entry.id);
    if (there === undefined) {
      need(withholdable, 'missing', entry.path);
      need(!container.has(salt), 'salt_left', entry.path);
      withheld.push(entry.path);
      continue;
    }
    const content = readEntry(file, there);
    need(content.length === entry.size, 'size', entry.path);
    if (entry.sha256 !== undefined) need(sha256(content).toString('hex') === entry.sha256, 'digest', entry.path);
    if (!withholdable) continue;
    need(container.has(salt), 'no_salt', entry.path);
    need(commitment(readSalt(file, container, entry.id), entry.id, content) === entry.commit, 'commit', entry.path);
  }
  for (const name of container.keys()) {
    const id = /^META-INF\/disc\/(.*)\.json$/.exec(name)?.[1];
    if (id === 'unit') need(manifest.dut.unit !== undefined && readSalt(file, container, id), 'stray_salt', id);
    else if (id) need(manifest.entries.some((entry) => entry.id === id), 'stray_salt', id);
  }
  return withheld;
}
