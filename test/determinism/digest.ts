/** The bits of results as one number, and of all programs in every way of running them. */
import { config, jit, type Config, type NdArray } from 'cotangent'
import { elementwise, type Case } from './elementwise.ts'
import { summing } from './summing.ts'
import { training } from './training.ts'

/** FNV-1a of the bytes in two halves, as 16 hexadecimal digits; every NaN counts as one. */
const digestOf = (arrays: readonly NdArray[]): string => {
  let [a, b] = [0x811c9dc5, 0x9dc5811c]
  for (const x of arrays) {
    const data = x.toTypedArray()
    const bytes = new Uint8Array(
      data instanceof Float32Array || data instanceof Float64Array
        ? data.map((v) => (Number.isNaN(v) ? NaN : v)).buffer
        : data.buffer
    )
    for (const byte of bytes) {
      a = Math.imul(a ^ byte, 0x01000193)
      b = Math.imul(b ^ (byte + 0x5f), 0x01000193)
    }
  }
  return [a, b].map((h) => (h >>> 0).toString(16).padStart(8, '0')).join('')
}

const under = <T>(changes: Partial<Config>, f: () => T): T => {
  const before = config(changes)
  try {
    return f()
  } finally {
    config(before)
  }
}

/** Ways of running a program. */
const ways = {
  loops: { settings: { eagerThreshold: Infinity }, run: ({ f, args }: Case) => f(...args) },
  kernels: { settings: { eagerThreshold: 0 }, run: ({ f, args }: Case) => f(...args) },
  jit: { settings: {}, run: ({ f, args }: Case) => jit(f)(...args) }
} as const

export type Digests = Readonly<Record<string, string>>

const entries = <T>(
  prefix: string,
  cases: Readonly<Record<string, T>>,
  run: (c: T) => readonly NdArray[]
): Digests =>
  Object.fromEntries(
    Object.entries(cases).map(([name, c]) => [`${prefix}${name}`, digestOf(run(c))])
  )

/** The digest of every elementwise program, run one way. */
export const elementwiseDigests = (way: keyof typeof ways): Digests =>
  under({ deterministic: true, ...ways[way].settings }, () =>
    entries('', elementwise, ways[way].run)
  )

/** The digests of everything, by program and way. */
export const allDigests = (threads = 1): Digests => ({
  ...elementwiseDigests('jit'),
  ...under({ deterministic: true, threads }, () => ({
    ...Object.assign(
      {},
      ...(['loops', 'jit'] as const).map((way) =>
        under(ways[way].settings, () => entries(`${way}: `, summing, ways[way].run))
      )
    ),
    ...entries('training ', training, (run) => run())
  }))
})

/** What two sets of digests differ in. */
export const differences = (a: Digests, b: Digests): readonly string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name])
