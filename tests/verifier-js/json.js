// The JSON profile: docs/evidence-format.md, section 2. Objects have no prototype, so no name is special.
import { fail } from './refusal.js';

const DEPTH = 32;
const STRING_BYTES = 2 ** 20;
const VALUES = 500000;
const WEIGHT = 48 * 2 ** 20;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.values = 0;
    this.weight = 0;
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  expect(word) {
    if (!this.text.startsWith(word, this.at)) fail('json.syntax', `at character ${this.at}`);
    this.at += word.length;
  }

  count() {
    if (++this.values > VALUES) fail('json.limit.values', 'too many values');
  }

  weigh(bytes) {
    this.weight += bytes;
    if (this.weight > WEIGHT) fail('json.limit.weight', 'too much in memory');
  }

  value(depth) {
    this.count();
    switch (this.text[this.at]) {
      case '{': return this.object(depth);
      case '[': return this.array(depth);
      case '"': return this.string();
      case 't': return this.word('true', true);
      case 'f': return this.word('false', false);
      case 'n': return this.word('null', null);
      default: return this.number();
    }
  }

  word(spelling, value) {
    this.weigh(16);
    this.expect(spelling);
    return value;
  }

  object(depth) {
    this.weigh(240);
    if (depth > DEPTH) fail('json.limit.depth', 'too many levels');
    const object = Object.create(null);
    const folded = new Set();
    this.expect('{');
    this.space();
    if (this.text[this.at] === '}') return this.at++, object;
    for (;;) {
      this.count();
      if (this.text[this.at] !== '"') fail('json.syntax', `at character ${this.at}`);
      const name = this.string();
      if (name in object) fail('json.duplicate', 'a member twice');
      const fold = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      if (folded.has(fold)) fail('json.case', 'two members that differ in case only');
      folded.add(fold);
      this.space();
      this.expect(':');
      this.space();
      object[name] = this.value(depth + 1);
      this.space();
      if (this.text[this.at] === '}') return this.at++, object;
      this.expect(',');
      this.space();
    }
  }

  array(depth) {
    this.weigh(144);
    if (depth > DEPTH) fail('json.limit.depth', 'too many levels');
    const array = [];
    this.expect('[');
    this.space();
    if (this.text[this.at] === ']') return this.at++, array;
    for (;;) {
      array.push(this.value(depth + 1));
      this.space();
      if (this.text[this.at] === ']') return this.at++, array;
      this.expect(',');
      this.space();
    }
  }

  number() {
    this.weigh(48);
    const found = /-?[0-9]+([.eE][-+.0-9eE]*)?/y;
    found.lastIndex = this.at;
    const match = found.exec(this.text);
    if (!match) fail('json.syntax', `at character ${this.at}`);
    this.at += match[0].length;
    if (match[1] !== undefined) fail('json.number.float', 'a number that is no integer');
    if (/^-?0[0-9]/.test(match[0]) || match[0] === '-0') fail('json.number.zero', 'a needless zero');
    const value = Number(match[0]);
    if (!Number.isSafeInteger(value)) fail('json.number.range', 'an integer is too large');
    return value;
  }

  unit() {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail('json.escape', 'an escape');
    this.at += 4;
    return parseInt(digits, 16);
  }

  escape() {
    const letter = this.text[this.at++];
    if (letter !== 'u') return ESCAPES[letter] ?? fail('json.escape', 'an escape');
    const first = this.unit();
    if (first === 0) fail('json.nul', 'U+0000');
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    if (first > 0xdbff || !this.text.startsWith('\\u', this.at)) fail('json.surrogate', 'a lone surrogate');
    this.at += 2;
    const second = this.unit();
    if (second < 0xdc00 || second > 0xdfff) fail('json.surrogate', 'a lone surrogate');
    return String.fromCharCode(first, second);
  }

  string() {
    const parts = [];
    this.at++;
    for (;;) {
      const plain = /[^"\\\u0000-\u001f]*/y;
      plain.lastIndex = this.at;
      const match = plain.exec(this.text)[0];
      parts.push(match);
      this.at += match.length;
      const stop = this.text[this.at++];
      if (stop === '"') break;
      if (stop === '\0') fail('json.nul', 'U+0000');
      if (stop !== '\\') fail('json.string', 'a control character or no end');
      parts.push(this.escape());
    }
    const whole = parts.join('');
    if (Buffer.byteLength(whole) > STRING_BYTES) fail('json.limit.string', 'a string is too long');
    this.weigh(96 + Buffer.byteLength(whole));
    return whole;
  }
}

function parsed(bytes) {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) fail('json.bom', 'a byte-order mark');
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    fail('json.utf8', 'not UTF-8');
  }
  const parser = new Parser(text);
  parser.space();
  if (text[parser.at] !== '{') fail('json.object', 'not an object');
  const object = parser.value(1);
  parser.space();
  if (parser.at !== text.length) fail('json.trailing', 'something after the object');
  return { object, weight: parser.weight };
}

export const parseJson = (bytes) => parsed(bytes).object;
export const weightOf = (bytes) => parsed(bytes).weight;

// ---- forms of values ----

export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isDigest = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
export const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
export const isText = (value) =>
  typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 1000 && !/[\u0000-\u001f\u007f]/.test(value);

// Milliseconds since 1970, or null.
export function timeOf(value) {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(value)) return null;
  const ms = Date.parse(value);
  const full = value.length === 20 ? `${value.slice(0, 19)}.000Z` : value;
  return Number.isNaN(ms) || new Date(ms).toISOString() !== full ? null : ms;
}

// RFC 4648 section 4 in its one canonical spelling; null for anything else.
export function base64(text) {
  if (typeof text !== 'string') return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

// As base64, and URL-safe with or without padding; never both alphabets.
export function base64Either(text) {
  if (typeof text !== 'string') return null;
  const standard = base64(text);
  if (standard !== null || /[+/]/.test(text)) return standard;
  const bytes = Buffer.from(text, 'base64url');
  const plain = bytes.toString('base64url');
  const padded = plain + '='.repeat((4 - (plain.length % 4)) % 4);
  return text === plain || text === padded ? bytes : null;
}

// RFC 8785 order of members (ours are all ASCII or sort alike), no blanks.
export function canonical(value) {
  const sorted = (one) => {
    if (Array.isArray(one)) return one.map(sorted);
    return isObject(one) ? Object.fromEntries(Object.keys(one).sort().map((key) => [key, sorted(one[key])])) : one;
  };
  return Buffer.from(JSON.stringify(sorted(value)));
}
