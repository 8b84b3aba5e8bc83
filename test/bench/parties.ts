/** The parties as processes: how each starts, and how to talk to one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Answer, Request } from './party.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const inRoot = (path: string): string => `${root}${path}`

export interface PartyPlan {
  readonly name: string
  readonly command: readonly string[]
}

export interface PlanOptions {
  readonly threads: number
  /** The Node binary that runs cotangent; the peers always run under the one of the bench. */
  readonly node: string
}

/** cotangent first, and on one thread too where it has more. The npm peers are those of test/bench/package.json, when they are installed. */
export const plans = ({ threads, node }: PlanOptions): readonly PartyPlan[] => [
  { name: 'cotangent', command: [node, inRoot('dist/test/bench/ours.js'), String(threads)] },
  ...(threads > 1
    ? [{ name: 'one thread', command: [node, inRoot('dist/test/bench/ours.js'), '1'] }]
    : []),
  ...(existsSync(inRoot('test/bench/node_modules'))
    ? [
        { name: 'tfjs', command: [process.execPath, inRoot('test/bench/peers/tfjs.mjs'), 'wasm'] },
        {
          name: 'tfjs-cpu',
          command: [process.execPath, inRoot('test/bench/peers/tfjs.mjs'), 'cpu']
        },
        { name: 'jax-js', command: [process.execPath, inRoot('test/bench/peers/jaxjs.mjs')] }
      ]
    : []),
  {
    name: 'torch',
    command: ['/usr/bin/python3', inRoot('test/bench/peers/torch.py'), String(threads)]
  }
]

export interface Party {
  readonly name: string
  readonly ask: (request: Request) => Promise<Answer>
  readonly stop: () => void
}

const gone: Answer = { ok: false, reason: 'the process ended' }

/** Starts a party. One that cannot start answers every request with the reason. */
export const start = ({ name, command }: PartyPlan): Party => {
  const [program, ...args] = command
  const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting: ((answer: Answer) => void)[] = []
  let ended: Answer | null = null
  let complaint = ''
  const end = (answer: Answer): void => {
    ended = answer
    for (const resolve of waiting.splice(0)) resolve(answer)
  }
  child.stderr?.on('data', (text: Buffer) => {
    complaint = `${complaint}${text.toString()}`.slice(-2000)
  })
  child.on('error', (error) => end({ ok: false, reason: error.message }))
  child.on('exit', () => {
    const said = complaint.split('\n').filter((line) => /error|no module/i.test(line))
    end(said.length > 0 ? { ok: false, reason: said[said.length - 1].trim() } : gone)
  })
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line) as Answer)
    })
  return {
    name,
    ask: (request) =>
      new Promise((resolve) => {
        if (ended !== null) return resolve(ended)
        waiting.push(resolve)
        child.stdin?.write(`${JSON.stringify(request)}\n`)
      }),
    stop: () => {
      child.stdin?.end()
      child.kill()
    }
  }
}
