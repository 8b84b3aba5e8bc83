/**
 * `npm run -s bench -- [NAME…]`: measures the workloads whose names contain one of the words, for
 * us and the peers in turn, and prints a line of JSON for each and last a table of ratios (above 1
 * we are faster). The exit code is 1 when parties disagree about what they computed.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { measure } from './measure.ts'
import { plans, start } from './parties.ts'
import { table } from './report.ts'
import { rows } from './rows.ts'

const usage = `usage: npm run -s bench -- [NAME…] [--threads N] [--node PATH] [--rounds N] [--turn MS]
                            [--patience MS] [--peers A,B] [--markdown]
  NAME       words that names of workloads contain; all workloads when left out
  --threads  threads of cotangent, shown beside its one, and of PyTorch (1)
  --node     the Node binary that runs cotangent (this one)
  --rounds   turns of each party (5); --turn: milliseconds of one (250)
  --patience milliseconds to wait for a quiet machine before each workload (5000)
  --peers    comma-separated parties beside cotangent (all that are installed)
  --markdown prints the table as docs/benchmarks.md shows it
The peers: npm --prefix test/bench install; apt-get install python3-torch (Debian).`

const positive = (text: string | undefined, otherwise: number): number => {
  const n = Number(text ?? otherwise)
  if (!Number.isInteger(n) || n < 1) throw new RangeError(text)
  return n
}

const read = () => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        threads: { type: 'string' },
        node: { type: 'string' },
        rounds: { type: 'string' },
        turn: { type: 'string' },
        patience: { type: 'string' },
        markdown: { type: 'boolean' },
        peers: { type: 'string' }
      }
    })
    const chosen = rows.filter(
      ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word))
    )
    if (chosen.length === 0) throw new RangeError(positionals.join())
    return {
      chosen,
      peers: values.peers?.split(','),
      node: values.node ?? process.execPath,
      threads: positive(values.threads, 1),
      rounds: positive(values.rounds, 5),
      turn: positive(values.turn, 250),
      patience: positive(values.patience, 5000),
      markdown: values.markdown ?? false
    }
  } catch {
    return null
  }
}

const run = async (given: NonNullable<ReturnType<typeof read>>): Promise<number> => {
  const all = plans(given).filter(
    ({ name }, i) => i === 0 || given.peers === undefined || given.peers.includes(name)
  )
  const names = all.map(({ name }) => name)
  console.log(
    JSON.stringify({
      date: new Date().toISOString(),
      processor: cpus()[0]?.model,
      ...given,
      chosen: undefined
    })
  )
  const results = []
  let parties = all.map(start)
  const renew = () => {
    for (const party of parties) party.stop()
    parties = all.map(start)
  }
  for (const row of given.chosen) {
    if (row.first === true) renew()
    const result = await measure(row, parties, given)
    console.log(JSON.stringify(result))
    results.push(result)
  }
  for (const party of parties) party.stop()
  console.log(table(given.chosen, results, names, given.markdown))
  return results.some(({ disagree }) => disagree.length > 0) ? 1 : 0
}

const given = read()
if (given === null) {
  console.error(usage)
  process.exitCode = 2
} else process.exitCode = await run(given)
