/**
 * Vectors of 256 bits: V8 can join pairs of 128-bit operations, with AVX2, which gives up to twice
 * the speed. Only code that is compiled while the flag is set profits.
 */
import type { EngineProfile } from './engine.ts'
import { probeProduct } from './engine-probe.ts'
import type { CompileProfile } from './host.ts'

/** What the flag changes is done by the optimising compiler alone. */
const optimised = ['--no-liftoff', '--no-wasm-lazy-compilation']

const flag = '--experimental-wasm-revectorize'

/**
 * The profile with twice as wide tiles for joined vectors, if a trial shows it to be right and
 * faster: without AVX2 such tiles would spill.
 */
export const widened = (plain: EngineProfile, compile: CompileProfile): EngineProfile => {
  const tile = { ...plain.tile, vectors: 2 * plain.tile.vectors }
  const wide = { ...plain, tile, flags: [...plain.flags, flag, ...optimised] }
  const [plainTime, wideTime] = [plain, wide].map((profile) =>
    probeProduct(profile, (bytes) => compile(bytes, profile))
  )
  return plainTime !== undefined && wideTime !== undefined && wideTime < plainTime ? wide : plain
}
