/**
 * `npm run ulp -- [--dtype D] [--profile P] [--points N] [names…]`: the error of the vectorised
 * elementary functions, in units in the last place.
 *
 * float32 functions of one operand are tried at all 2^32 operands under the deterministic profile;
 * everything else at N stratified points (10^7). Prints a row per function, profile and dtype, and
 * last `N passed, M failed`: within 2 units in float32, 4 in float64 (lgamma 8, digamma 32).
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import '../../src/install-arc-functions.ts'
import '../../src/install-error-functions.ts'
import '../../src/install-hyperbolic-functions.ts'
import '../../src/install-special-functions.ts'
import { detectProfile, type EngineProfile } from '../../src/backend/cpu/engine/engine.ts'
import {
  elementaryBinary,
  elementaryBinaryNames,
  elementaryNames,
  elementaryUnary,
  isElementaryBinary,
  isElementaryUnary
} from '../../src/backend/cpu/values/elementary.ts'
import type { FloatType } from '../../src/backend/cpu/values/vector.ts'
import { compileLanes } from './lane-code.ts'
import { buildOracle, consult, type Precision } from './oracle.ts'
import { anglePoints, everyFloat32, powPoints, unaryPoints, type Points } from './points.ts'

const all: readonly string[] = [...elementaryNames(), ...elementaryBinaryNames]
const BLOCK = 65536
/** ln|Γ| and ψ of negative numbers are differences of larger terms. */
const boundOf = (name: string, dtype: FloatType): number => {
  if (dtype === 'float32') return 2
  return name === 'digamma' ? 32 : name === 'lgamma' ? 8 : 4
}
/** Not in the C library, so that float32 too needs mpfr. */
const rare: ReadonlySet<string> = new Set(['erfInv', 'digamma'])
const usage = `usage: npm run ulp -- [--dtype float32|float64] [--profile deterministic|fused] [--points N] [--sampled] [names…]
  names: ${all.join(' ')}`

const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        dtype: { type: 'string' },
        profile: { type: 'string' },
        points: { type: 'string' },
        sampled: { type: 'boolean' }
      },
      allowPositionals: true
    })
    const points = Number(values.points ?? 1e7)
    const dtypes = (['float32', 'float64'] as const).filter((d) => d === (values.dtype ?? d))
    const profiles = ['deterministic', 'fused'].filter((p) => p === (values.profile ?? p))
    const names = positionals.length === 0 ? all : positionals
    const known = names.every((n) => all.includes(n))
    return known && points > 0 && dtypes.length > 0 && profiles.length > 0
      ? { names, points, dtypes, profiles, sampled: values.sampled === true }
      : null
  } catch {
    return null
  }
}

/** Operands and results, block by block. */
function* blocksOf(
  profile: EngineProfile,
  dtype: FloatType,
  name: string,
  points: Points
): Generator<readonly Uint8Array[]> {
  const code = compileLanes(
    profile,
    dtype,
    (m, x, y) =>
      isElementaryBinary(name)
        ? elementaryBinary(m, name, x, y)
        : isElementaryUnary(name)
          ? elementaryUnary(m, name, x)
          : x,
    BLOCK
  )
  const bytesOf = (a: Float32Array | Float64Array): Uint8Array =>
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
  const sent = isElementaryBinary(name) ? [code.x, code.y, code.result] : [code.x, code.result]
  for (let i = 0; i < points.blocks; i++) {
    points.fill(i, code.x, code.y)
    code.run()
    yield sent.map(bytesOf)
  }
}

const pointsOf = (name: string, dtype: FloatType, count: number, exhaustive: boolean): Points => {
  if (name === 'pow') return powPoints(dtype, BLOCK, count)
  if (name === 'atan2') return anglePoints(dtype, BLOCK, count)
  return exhaustive ? everyFloat32(BLOCK) : unaryPoints(dtype, BLOCK, count)
}

const main = async (): Promise<number> => {
  const given = readArguments()
  if (given === null) {
    console.error(usage)
    return 2
  }
  const oracle = buildOracle(join(process.cwd(), 'test/ulp/oracle.c'))
  if ('error' in oracle) {
    console.error(`the oracle needs gcc and libmpfr-dev: ${oracle.error}`)
    return 2
  }
  let [passed, failed] = [0, 0]
  console.log('function   dtype    profile        points      ulp    at')
  for (const profileName of given.profiles) {
    const profile = detectProfile({ deterministic: profileName === 'deterministic' })
    for (const dtype of given.dtypes)
      for (const name of given.names) {
        const slow = rare.has(name)
        const exhaustive =
          dtype === 'float32' && profileName === 'deterministic' && !given.sampled && !slow
        const precision: Precision = dtype === 'float64' || slow ? 'mpfr' : 'libm'
        const count = slow || name === 'lgamma' ? Math.min(given.points, 1e6) : given.points
        const points = pointsOf(name, dtype, count, exhaustive)
        const blocks = blocksOf(profile, dtype, name, points)
        const found = await consult(oracle.path, name, dtype, precision, BLOCK, blocks)
        const good = found.wrong === 0 && found.ulp <= boundOf(name, dtype)
        if (good) passed++
        else failed++
        const at = isElementaryBinary(name) ? `${found.x}, ${found.y}` : found.x
        const rest = good ? '' : `  got ${found.got}, want ${found.want}, wrong ${found.wrong}`
        console.log(
          `${name.padEnd(10)} ${dtype}  ${profileName.padEnd(13)} ${String(found.points).padStart(10)}  ` +
            `${found.ulp > 1e9 ? 'wrong' : found.ulp.toFixed(3)}  ${at}${rest}`
        )
      }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main()
