/**
 * `npm run -s conformance -- KIND [--mode MODE] FILE…`: compares what we compute with what other
 * systems have recorded. Prints a line per failure, the number of checks in each mode and last
 * `N passed, M failed`; the exit code is 1 when M > 0.
 */
import { parseArgs } from 'node:util'
import { load } from './golden.ts'
import { kinds } from './kinds.ts'
import { inMode, modes } from './modes.ts'
import { failuresOf } from './report.ts'

const usage = [
  'usage: npm run -s conformance -- KIND [--mode MODE] FILE…',
  `  KIND  ${Object.keys(kinds).join(', ')}`,
  `  MODE  ${modes.map((m) => m.name).join(', ')} (all of them when left out)`
].join('\n')

const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      options: { mode: { type: 'string' } },
      allowPositionals: true
    })
    const [kind, ...files] = positionals
    const chosen = modes.filter((m) => values.mode === undefined || m.name === values.mode)
    const run = kind === undefined ? undefined : kinds[kind]
    return run === undefined || files.length === 0 || chosen.length === 0
      ? null
      : { run, files, chosen: run.modes ? chosen : chosen.slice(0, 1) }
  } catch {
    return null
  }
}

type Arguments = NonNullable<ReturnType<typeof readArguments>>

/** Checks a file in every mode. A check has passed when it has in all of them. */
const checkFile = (path: string, { run, chosen }: Arguments): readonly boolean[] => {
  const file = load(path)
  const results = chosen.map((mode) => {
    const { value: outcomes, ran } = inMode(mode, () => run.check(file))
    const failures = failuresOf(outcomes)
    for (const f of failures) console.log(`${path} [${mode.name}] ${f}`)
    const places = Object.entries(ran).map(([what, n]) => `${n} ${what}`)
    console.log(
      `${path} [${mode.name}] ${outcomes.length} checks, ${failures.length} failed; ` +
        `ran: ${places.join(', ')}`
    )
    return outcomes.map((o) => o.failure === null)
  })
  return results[0].map((_, i) => results.every((passed) => passed[i]))
}

/** A file that cannot be read is one failure. */
const tryFile = (path: string, given: Arguments): readonly boolean[] => {
  try {
    return checkFile(path, given)
  } catch (error) {
    console.log(`${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    return [false]
  }
}

const given = readArguments()
if (given === null) {
  console.error(usage)
  process.exitCode = 2
} else {
  const results = given.files.flatMap((path) => tryFile(path, given))
  const passed = results.filter((r) => r).length
  console.log(`${passed} passed, ${results.length - passed} failed`)
  process.exitCode = passed < results.length ? 1 : 0
}
