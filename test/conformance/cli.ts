/**
 * `npm run -s conformance -- KIND [--mode NAME] FILE…`: compares what we compute with what other systems have
 * recorded. Prints a line per failure and last `N passed, M failed`; the exit code is 1 when M > 0.
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

const given = readArguments()
if (given === null) {
  console.error(usage)
  process.exitCode = 2
} else {
  let passed = 0
  let failed = 0
  for (const path of given.files) {
    const file = load(path)
    for (const mode of given.chosen) {
      const { value: outcomes, ran } = inMode(mode, () => given.run.check(file))
      const failures = failuresOf(outcomes)
      for (const f of failures) console.log(`${path} [${mode.name}] ${f}`)
      console.log(
        `${path} [${mode.name}] ${outcomes.length} checks, ${failures.length} failed; ` +
          Object.entries(ran)
            .map(([what, n]) => `${n} ${what}`)
            .join(', ')
      )
      passed += outcomes.length - failures.length
      failed += failures.length
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
