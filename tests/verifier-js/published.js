// What a bundle shows that it should not: docs/evidence-format.md, section 4, "What may be shown".
import { fail, policy } from './refusal.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const SIMPLE_PACKET = 3;
const SECRETS = 10;

// ---- captures ----

function readSection(bytes, at) {
  const little = at + 28 <= bytes.length && bytes.readUInt32LE(at + 8) === 0x1a2b3c4d;
  if (!little && !(at + 28 <= bytes.length && bytes.readUInt32BE(at + 8) === 0x1a2b3c4d)) fail('pcapng.magic', `at ${at}`);
  const u32 = (offset) => (little ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset));
  const length = little ? bytes.readBigInt64LE(at + 16) : bytes.readBigInt64BE(at + 16);
  const begin = at + u32(at + 4);
  return { u32, interfaces: 0, end: length === -1n ? null : begin + Number(length) };
}

function checkBlock(section, type, at, length) {
  const { u32 } = section;
  if (type === INTERFACE) section.interfaces++;
  if (type === ENHANCED_PACKET) {
    if (length < 32 || u32(at + 20) > length - 32) fail('pcapng.packet', `at ${at}`);
    if (u32(at + 8) >= section.interfaces) fail('pcapng.interface', `at ${at}`);
  }
  if (type === SIMPLE_PACKET && (length < 16 || section.interfaces === 0)) fail('pcapng.packet', `at ${at}`);
  if (type === SECRETS && (length < 20 || u32(at + 12) > length - 20)) fail('pcapng.secrets', `at ${at}`);
}

// Walks a capture block by block; answers whether it holds keys.
function walkCapture(bytes) {
  let section = null;
  let keys = false;
  for (let at = 0; at < bytes.length; ) {
    if (at + 12 > bytes.length) fail('pcapng.cut', `at ${at}`);
    const isSection = bytes.readUInt32LE(at) === SECTION;
    if (section === null && !isSection) fail('pcapng.start', 'it does not begin with a section');
    if (section?.end && (isSection ? at !== section.end : at >= section.end)) fail('pcapng.section', `at ${at}`);
    if (isSection) section = readSection(bytes, at);
    const length = section.u32(at + 4);
    if (length < 12 || length % 4 !== 0) fail('pcapng.length', `at ${at}`);
    if (at + length > bytes.length) fail('pcapng.cut', `at ${at}`);
    if (section.u32(at + length - 4) !== length) fail('pcapng.length', `at ${at}`);
    const type = section.u32(at);
    checkBlock(section, type, at, length);
    keys ||= type === SECRETS;
    at += length;
  }
  if (section === null) fail('pcapng.start', 'it is empty');
  if (section.end !== null && section.end !== bytes.length) fail('pcapng.section', 'it ends elsewhere');
  return keys;
}

// Answers the paths that hold keys.
export function checkCaptures(manifest, container, content) {
  const there = manifest.entries.filter(({ path }) => container.has(path));
  const holding = there.filter(({ path }) => path.endsWith('.keylog') || (path.endsWith('.pcapng') && walkCapture(content(path))));
  return new Set(holding.map(({ path }) => path));
}

// ---- texts ----

const MARK = /^(\$\{[^}]*\}|\*+|\(withheld[^)]*\)?|<[^>]*>)/;
const SHAPES = [
  /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/,
  /[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']+:(?<value>[^\s/@"']+)@/i,
  /\bBasic\s+(?<value>[A-Za-z0-9+/]{6,}={0,2})/i,
  /\bBearer\s+(?<value>[A-Za-z0-9._~+/-]{8,}=*)/i,
  /\beyJ[A-Za-z0-9_-]{4,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+/,
  /\b\w*(password|passwd|secret|token|api_?key)=["']?(?<value>[^\s"',;&<>]{4,})/i,
  /"\w*(password|passwd|secret|token|api_?key)"\s*:\s*"(?<value>[^\s"]{4,})"/i,
];

function holdsSecret(text) {
  return SHAPES.some((shape) => [...text.matchAll(new RegExp(shape, `${shape.flags}g`))]
    .some(({ groups }) => groups?.value === undefined || !MARK.test(groups.value)));
}

export function checkPublished(manifest, container, content, withheld, keyed) {
  for (const { path, class: kind, disclosure } of manifest.entries) {
    if (keyed.has(path) && (kind !== 'secret' || withheld.length > 0)) policy('published.keys', path);
    if (disclosure !== 'required') continue;
    const bytes = content(path);
    if (!bytes.subarray(0, 32768).includes(0) && holdsSecret(bytes.toString('utf8'))) policy('published.secret', path);
  }
}
