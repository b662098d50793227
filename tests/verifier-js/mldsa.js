// ML-DSA-65 by @noble/post-quantum, when scripts/deps has fetched it. Node.js 18 and 20 have none of their own.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// verify(publicKey, message, signature), or null.
export function loadMldsa() {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hoshitori', 'node');
  if (!existsSync(join(folder, 'recipe'))) return null;
  const { ml_dsa65: algorithm } = createRequire(join(folder, 'package.json'))('@noble/post-quantum/ml-dsa');
  return (publicKey, message, signature) => {
    try {
      return algorithm.verify(publicKey, message, signature);
    } catch {
      return false; // of another length, or not in its one encoding
    }
  };
}
