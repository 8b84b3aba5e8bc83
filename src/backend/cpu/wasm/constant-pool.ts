/**
 * Constants in memory, for engines that materialise vector constants slowly.
 *
 * V8's Turboshaft rebuilds a `v128.const` wherever it is used, and does not join such code into
 * 256-bit vectors; a splat load from a fixed address is a single operand of the instruction. One
 * pool belongs to one memory and only grows, so the modules of that memory share it.
 */

export interface ConstantPool {
  /** Address of `bits`, four or eight bytes wide; none when the pool is full. */
  readonly address: (bits: bigint, bytes: 4 | 8) => number | undefined
}

/** A pool in `size` bytes of `memory` from `base`, a multiple of eight. */
export const createConstantPool = (
  memory: { readonly buffer: ArrayBufferLike },
  base: number,
  size: number
): ConstantPool => {
  const known = new Map<string, number>()
  let used = 0
  return {
    address: (bits, bytes) => {
      const key = `${bytes} ${bits}`
      const found = known.get(key)
      if (found !== undefined) return found
      if (used + 8 > size) return undefined
      const address = base + used
      // The buffer is asked for anew: growing the memory replaces it.
      const view = new DataView(memory.buffer)
      if (bytes === 4) view.setUint32(address, Number(BigInt.asUintN(32, bits)), true)
      else view.setBigUint64(address, BigInt.asUintN(64, bits), true)
      used += 8
      known.set(key, address)
      return address
    }
  }
}
