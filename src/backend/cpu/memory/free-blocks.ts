/**
 * Free blocks of a memory, found by size without a search and joined with their neighbours.
 *
 * Blocks are kept in bins, eight to an octave, so that whatever the next filled bin above a size
 * holds is large enough for it. Only when those are empty the bin of the size itself is searched.
 */

/** Sizes and places are multiples of this. */
const unit = 64
const perOctave = 8
const bins = 32 * perOctave

interface Block {
  readonly start: number
  readonly size: number
  older: Block | null
  newer: Block | null
}

export interface FreeBlocks {
  /** Gives a block back; it joins the free ones beside it. */
  readonly release: (start: number, size: number) => void
  /** The place of so many bytes, no longer free; null where no block is as large. */
  readonly take: (size: number) => number | null
  /** Bytes of the free block that ends there, 0 where none does. */
  readonly endingAt: (end: number) => number
  readonly largest: () => number
  readonly count: () => number
}

/** The bin of a size: below eight units one for each, then eight from power to power of two. */
const binOf = (size: number): number => {
  const n = size / unit
  if (n < perOctave) return n
  const octave = 28 - Math.clz32(n) // of eight units: 0
  return (octave + 1) * perOctave + ((n >>> octave) & (perOctave - 1))
}

/** The first bin of which every block is at least so large. */
const safeBin = (size: number): number => {
  const n = size / unit
  return n < perOctave ? n : binOf((n + 2 ** (28 - Math.clz32(n)) - 1) * unit)
}

export const createFreeBlocks = (): FreeBlocks => {
  const newest = new Array<Block | null>(bins).fill(null)
  const filled = new Uint32Array(bins / 32) // bit b: bin b has blocks
  const byStart = new Map<number, Block>()
  const byEnd = new Map<number, Block>()

  const insert = (start: number, size: number): void => {
    const bin = binOf(size)
    const older = newest[bin]
    const block: Block = { start, size, older, newer: null }
    if (older !== null) older.newer = block
    newest[bin] = block
    filled[bin >> 5] |= 1 << (bin & 31)
    byStart.set(start, block)
    byEnd.set(start + size, block)
  }

  const remove = (block: Block): void => {
    const { start, size, older, newer } = block
    if (older !== null) older.newer = newer
    if (newer !== null) newer.older = older
    else {
      const bin = binOf(size)
      newest[bin] = older
      if (older === null) filled[bin >> 5] &= ~(1 << (bin & 31))
    }
    byStart.delete(start)
    byEnd.delete(start + size)
  }

  /** The first bin from `bin` on that has blocks, or -1. */
  const nextFilled = (bin: number): number => {
    for (let word = bin >> 5; word < filled.length; word++) {
      const from = word === bin >> 5 ? ~0 << (bin & 31) : ~0
      const bits = filled[word] & from
      if (bits !== 0) return word * 32 + 31 - Math.clz32(bits & -bits)
    }
    return -1
  }

  const find = (size: number): Block | null => {
    const bin = nextFilled(safeBin(size))
    if (bin >= 0) return newest[bin]
    let block = newest[binOf(size)]
    while (block !== null && block.size < size) block = block.older
    return block
  }

  return {
    release: (start, size) => {
      const before = byEnd.get(start)
      const after = byStart.get(start + size)
      if (before !== undefined) remove(before)
      if (after !== undefined) remove(after)
      insert(before?.start ?? start, (before?.size ?? 0) + size + (after?.size ?? 0))
    },
    take: (size) => {
      const block = size < 2 ** 32 ? find(size) : null // no address is larger
      if (block === null) return null
      remove(block)
      if (block.size > size) insert(block.start + size, block.size - size)
      return block.start
    },
    endingAt: (end) => byEnd.get(end)?.size ?? 0,
    largest: () => {
      let most = 0
      for (const { size } of byStart.values()) most = Math.max(most, size)
      return most
    },
    count: () => byStart.size
  }
}
