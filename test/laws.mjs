/**
 * `npm run laws -- [--seed S] [--runs N] [FILE…]`: the deep form of the laws that `npm test` runs
 * with a fixed seed. Without --seed the seed is the clock's, and is printed.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const usage = 'usage: npm run laws -- [--seed INTEGER] [--runs INTEGER] [FILE…]'

const parse = () => {
  try {
    const { values, positionals } = parseArgs({
      options: { seed: { type: 'string' }, runs: { type: 'string' } },
      allowPositionals: true
    })
    const seed = Number(values.seed ?? Date.now() % 2 ** 31)
    const runs = Number(values.runs ?? 1000)
    if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(runs) || runs < 1) throw new Error()
    return { seed, runs, files: positionals.length > 0 ? positionals : ['laws/'] }
  } catch {
    console.error(usage)
    process.exit(2)
  }
}

const { seed, runs, files } = parse()
console.log(`laws: seed ${seed}, ${runs} runs of each`)
const { status } = spawnSync(
  'npx',
  [
    'vitest',
    'run',
    '-c',
    'test/vitest.config.ts',
    '--project',
    'unit',
    '--testTimeout=0',
    ...files
  ],
  {
    stdio: 'inherit',
    env: { ...process.env, COTANGENT_LAWS_SEED: String(seed), COTANGENT_LAWS_RUNS: String(runs) }
  }
)
process.exit(status ?? 1)
