/** The oracle: a C program over mpfr, compiled when it is first needed. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FloatType } from '../../src/backend/cpu/values/vector.ts'

/** What was found at the worst of the points. */
export interface Finding {
  readonly points: number
  /** Results that are wrong in kind: NaN, an infinity or the sign of zero where another is right. */
  readonly wrong: number
  readonly ulp: number
  readonly x: string
  readonly y: string
  readonly got: string
  readonly want: string
}

/** `libm`: float64 by the C library, for float32 results; `mpfr`: 100 bits. */
export type Precision = 'libm' | 'mpfr'

/** Builds the program; the result is its path, or what the compiler said. */
export const buildOracle = (
  source: string
): { readonly path: string } | { readonly error: string } => {
  const path = join(mkdtempSync(join(tmpdir(), 'ulp-')), 'oracle')
  const args = ['-O2', '-o', path, source, '-lmpfr', '-lgmp', '-lm']
  const { status, stderr, error } = spawnSync('gcc', args, { encoding: 'utf8' })
  if (status === 0) return { path }
  return { error: error === undefined ? stderr : error.message }
}

/** Sends blocks of operands and results; resolves to the finding. */
export const consult = async (
  path: string,
  name: string,
  dtype: FloatType,
  precision: Precision,
  block: number,
  blocks: Iterable<readonly Uint8Array[]>
): Promise<Finding> => {
  const child = spawn(path, [name, dtype === 'float32' ? 'f32' : 'f64', precision, String(block)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  for (const parts of blocks)
    for (const part of parts)
      await new Promise<void>((resolve, reject) =>
        child.stdin.write(part, (error) => (error ? reject(error) : resolve()))
      )
  child.stdin.end()
  const code = await ended
  if (code !== 0) throw new Error(`the oracle ended with ${code} for ${name}`)
  return JSON.parse(Buffer.concat(chunks).toString()) as Finding // printed by oracle.c
}
