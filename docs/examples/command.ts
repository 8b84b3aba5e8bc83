/** The command line of the examples: `npm run example -- NAME --steps 100`. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { Example, Print, Settings } from './example.ts'

const numberFrom = (text: string): number => {
  const x = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(x) && x >= 0) return x
  throw new InvalidArgumentError('expected an integer from 0 on')
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

interface Chosen {
  readonly name: string
  readonly settings: Settings
}

const command = (
  examples: Readonly<Record<string, Example>>,
  choose: (of: Chosen) => void
): Command => {
  const program = new Command('example')
    .description('Runs one of the examples of docs/examples.')
    .showHelpAfterError()
    .exitOverride()
  for (const [name, { summary, defaults, help }] of Object.entries(examples)) {
    const one = new Command(name)
      .description(summary)
      .allowExcessArguments(false)
      .showHelpAfterError()
      .exitOverride()
    for (const [key, value] of Object.entries(defaults))
      one.option(`--${dashed(key)} <n>`, help[key], numberFrom, value)
    one.action((settings: Settings) => {
      choose({ name, settings })
    })
    program.addCommand(one)
  }
  return program
}

/** Runs what the arguments name. The exit status: 0, or 2 when they name nothing that can run. */
export const runCommand = async (
  examples: Readonly<Record<string, Example>>,
  argv: readonly string[],
  print: Print
): Promise<number> => {
  const chosen: Chosen[] = []
  const program = command(examples, (of) => chosen.push(of))
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (e) {
    if (e instanceof CommanderError)
      return e.code.startsWith('commander.help') && argv.length > 0 ? 0 : 2
    throw e
  }
  for (const { name, settings } of chosen) await examples[name].run(settings, print)
  return chosen.length === 1 ? 0 : 2
}
