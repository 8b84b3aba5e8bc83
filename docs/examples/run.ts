/** `npm run example -- NAME`: runs one of the examples. */
import { CotangentError } from 'cotangent'
import { LoadError } from 'cotangent/data'
import { runCommand } from './command.ts'
import { examples } from './examples.ts'

try {
  process.exitCode = await runCommand(examples, process.argv.slice(2), console.log)
} catch (e) {
  if (!(e instanceof CotangentError || e instanceof LoadError)) throw e
  console.error(e.message)
  process.exitCode = 1
}
