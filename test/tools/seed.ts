import fc from 'fast-check'

/**
 * Laws run with a fixed seed, so that a failure on one machine is a failure on all.
 * `npm run laws -- --seed S --runs N` searches elsewhere and deeper.
 */
const seed = Number(process.env['COTANGENT_LAWS_SEED'] ?? 20_260_101)
const runs = process.env['COTANGENT_LAWS_RUNS']

fc.configureGlobal({ seed, ...(runs === undefined ? {} : { numRuns: Number(runs) }) })
