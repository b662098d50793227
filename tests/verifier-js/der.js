// A reader of DER, as far as tokens and certificates need it. Everything throws DerError on what is not DER.

export class DerError extends Error {}

function bad(words) {
  throw new DerError(words);
}

// One value: { tag, raw (with its header), body }. A reader of a constructed one's parts is parts().
export class Value {
  constructor(tag, raw, body) {
    this.tag = tag;
    this.raw = raw;
    this.body = body;
  }

  parts() {
    const parts = [];
    for (let at = 0; at < this.body.length; at += parts.at(-1).raw.length) parts.push(readAt(this.body, at));
    return new Parts(parts);
  }

  get oid() {
    this.expect(0x06);
    const numbers = [];
    let number = 0;
    for (const byte of this.body) {
      number = number * 128 + (byte & 127);
      if (byte & 128) continue;
      numbers.push(number);
      number = 0;
    }
    const first = Math.min(2, Math.floor(numbers[0] / 40));
    return [first, numbers[0] - 40 * first, ...numbers.slice(1)].join('.');
  }

  get integer() {
    if (this.body.length < 1 || this.body.length > 6) bad('an integer of another size');
    return this.body.readIntBE(0, this.body.length);
  }

  // Milliseconds since 1970, of a UTCTime or GeneralizedTime.
  get time() {
    const text = this.body.toString('latin1');
    const form = /^(\d{4}|\d{2})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d*[1-9])?Z$/.exec(text);
    if (!form || (this.tag === 0x17) !== (form[1].length === 2)) bad('a time');
    const year = this.tag === 0x17 ? Number(form[1]) + (Number(form[1]) < 50 ? 2000 : 1900) : Number(form[1]);
    const whole = Date.UTC(year, form[2] - 1, form[3], form[4], form[5], form[6]);
    const spelt = new Date(whole).toISOString().replace(/[-T:]/g, '').slice(4, 14);
    if (spelt !== form.slice(2, 7).join('')) bad('a time that does not exist');
    return whole + Math.floor(Number(form[7] ?? 0) * 1000);
  }

  expect(tag) {
    if (this.tag !== tag) bad(`tag ${tag.toString(16)} is not there`);
    return this;
  }
}

// A list of values that is read from its beginning; optional ones by their tag.
class Parts {
  constructor(values) {
    this.values = values;
  }

  get length() {
    return this.values.length;
  }

  next(tag) {
    return (this.values.shift() ?? bad('a value is missing')).expect(tag);
  }

  optional(tag) {
    return this.values[0]?.tag === tag ? this.values.shift() : null;
  }

  any() {
    return this.values.shift() ?? bad('a value is missing');
  }

  [Symbol.iterator]() {
    return this.values[Symbol.iterator]();
  }
}

function readAt(bytes, at) {
  if (at + 2 > bytes.length || (bytes[at] & 31) === 31) bad('a header');
  let length = bytes[at + 1];
  let head = 2;
  if (length & 128) {
    const count = length & 127;
    head += count;
    if (count < 1 || count > 4 || at + head > bytes.length) bad('a length');
    length = bytes.readUIntBE(at + 2, count);
    if (length < 128 || bytes[at + 2] === 0) bad('a length that is not the shortest');
  }
  if (at + head + length > bytes.length) bad('a value beyond the end');
  return new Value(bytes[at], bytes.subarray(at, at + head + length), bytes.subarray(at + head, at + head + length));
}

export function readDer(bytes) {
  const value = readAt(bytes, 0);
  if (value.raw.length !== bytes.length) bad('bytes after the value');
  return value;
}
