/**
 * `npm run memory [-- [--steps N] [names…]]`: runs long programs, each in a process of its own, and
 * looks at what they hold over the second half of their steps. Prints a row per program and last
 * `N passed, M failed`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { growing, growth, noise, type Quantity, type Sample } from './meter.ts'
import { programs } from './programs.ts'
import { run } from './run.ts'

const usage = `usage: npm run memory [-- [--steps N] [names…]]
  names: ${Object.keys(programs).join(' ')}`

const { values, positionals } = parseArgs({
  options: { steps: { type: 'string' }, here: { type: 'boolean' } },
  allowPositionals: true
})
const names = positionals.length === 0 ? Object.keys(programs) : positionals
const stepsOf = (name: string): number => Number(values.steps ?? programs[name].steps)

const mebibytes = (n: number): string => `${(n / 2 ** 20).toFixed(1)} MiB`

/** `heap 21.3 MiB (+0.01)`: at the end, and by how much it grew over the second half. */
const describe = (samples: readonly Sample[], of: Quantity): string => {
  const last = samples[samples.length - 1][of]
  const more = growth(samples, of)
  if (of === 'modules' || of === 'programs') return `${of} ${last}`
  return `${of} ${mebibytes(last)} (${more < 0 ? '' : '+'}${(more / 2 ** 20).toFixed(2)})`
}

/** Runs one program in this process. */
const here = async (name: string): Promise<boolean> => {
  const started = performance.now()
  const steps = stepsOf(name)
  const samples = await run(programs[name], steps)
  const seconds = (performance.now() - started) / 1000
  const bad = growing(samples)
  const quantities = (Object.keys(noise) as Quantity[]).map((of) => describe(samples, of)) // its keys
  console.log(`${name}: ${steps} ${programs[name].title}, ${seconds.toFixed(0)} s`)
  console.log(`  ${quantities.join(', ')}`)
  if (bad.length > 0) console.log(`  FAILED: ${bad.join(', ')} grew over the second half`)
  return bad.length === 0
}

if (names.some((n) => programs[n] === undefined) || !(Number(values.steps ?? 80) >= 80)) {
  console.error(usage)
  process.exitCode = 2
} else if (values.here === true) {
  process.exitCode = (await here(names[0])) ? 0 : 1
} else {
  const steps = values.steps === undefined ? [] : ['--steps', values.steps]
  const passed = names.filter((name) => {
    const args = [fileURLToPath(import.meta.url), '--here', ...steps, name]
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0
  })
  console.log(`${passed.length} passed, ${names.length - passed.length} failed`)
  process.exitCode = passed.length === names.length ? 0 : 1
}
