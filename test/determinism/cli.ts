/**
 * `npm run determinism [-- --update]`: compares the digests of all programs on this engine with the
 * recorded ones, or records them: a change of how sums are split changes their bits, on every
 * engine alike. Prints a line per difference and last `N passed, M failed`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allDigests, differences, type Digests } from './digest.ts'

const file = join(process.cwd(), 'test/determinism/digests.json')
const found = allDigests()
if (process.argv.includes('--update')) {
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`)
}
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Digests // written above
const different = differences(found, recorded)
for (const name of different) console.log(`${name}: ${found[name]}, recorded ${recorded[name]}`)
console.log(`${Object.keys(found).length - different.length} passed, ${different.length} failed`)
process.exitCode = different.length === 0 ? 0 : 1
