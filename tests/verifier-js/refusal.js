// What a part of the verifier throws: a stable code, and whether it is FAIL, POLICY or UNSUPPORTED.

export class Refusal extends Error {
  constructor(outcome, code, words) {
    super(`${code}: ${words}`);
    this.outcome = outcome;
    this.code = code;
  }
}

export function fail(code, words) {
  throw new Refusal('fail', code, words);
}

export function policy(code, words) {
  throw new Refusal('policy', code, words);
}

export function unsupported(code, words) {
  throw new Refusal('unsupported', code, words);
}
