/** Stable sorts of rows, and of the largest elements of rows, by their words. */
import type { HostData } from '../../../core/dtype.ts'
import { keepRoom } from '../../../core/keep-room.ts'
import type { Sort } from '../../../kernel/ir.ts'
import { wordsOf, wordsPer } from './sort-words.ts'

/** Rows up to this length are sorted by insertion. */
const shortest = 24
/** Rows from this length on have digits of 11 bits, so three rounds do; others of 8. */
const long = 1536

/** What is sorted, and room for it to go to and fro: `words[i]` belongs to element `order[i]`. */
interface Room {
  words: Uint32Array
  order: Uint32Array
  otherWords: Uint32Array
  otherOrder: Uint32Array
  /** How often each digit of each round occurs, then where it goes. */
  readonly counts: Uint32Array
}

const largestDigits = 3 * 2048

const roomFor = keepRoom((length): Room => ({
  words: new Uint32Array(length),
  order: new Uint32Array(length),
  otherWords: new Uint32Array(length),
  otherOrder: new Uint32Array(length),
  counts: new Uint32Array(largestDigits)
}))

const byInsertion = ({ words, order }: Room, n: number): void => {
  for (let i = 1; i < n; i++) {
    const word = words[i]
    const element = order[i]
    let at = i
    for (; at > 0 && words[at - 1] > word; at--) {
      words[at] = words[at - 1]
      order[at] = order[at - 1]
    }
    words[at] = word
    order[at] = element
  }
}

const exchange = (room: Room): void => {
  const { words, order } = room
  room.words = room.otherWords
  room.order = room.otherOrder
  room.otherWords = words
  room.otherOrder = order
}

/** One round: stable, by the digit at `shift`; nothing to do where all have the same one. */
const byDigit = (room: Room, n: number, shift: number, digits: number, from: number): void => {
  const { words, order, otherWords, otherOrder, counts } = room
  const mask = digits - 1
  if (counts[from + ((words[0] >>> shift) & mask)] === n) return
  for (let d = from, sum = 0; d < from + digits; d++) {
    const count = counts[d]
    counts[d] = sum
    sum += count
  }
  for (let i = 0; i < n; i++) {
    const word = words[i]
    const to = counts[from + ((word >>> shift) & mask)]++
    otherWords[to] = word
    otherOrder[to] = order[i]
  }
  exchange(room)
}

/** Least significant digit first. Source: Knuth, The Art of Computer Programming 3, §5.2.5. */
const byDigits = (room: Room, n: number): void => {
  const { words, counts } = room
  if (n < long) {
    counts.fill(0, 0, 1024)
    for (let i = 0; i < n; i++) {
      const word = words[i]
      counts[word & 255]++
      counts[256 + ((word >>> 8) & 255)]++
      counts[512 + ((word >>> 16) & 255)]++
      counts[768 + (word >>> 24)]++
    }
    for (let round = 0; round < 4; round++) byDigit(room, n, 8 * round, 256, 256 * round)
    return
  }
  counts.fill(0)
  for (let i = 0; i < n; i++) {
    const word = words[i]
    counts[word & 2047]++
    counts[2048 + ((word >>> 11) & 2047)]++
    counts[4096 + (word >>> 22)]++
  }
  for (let round = 0; round < 3; round++) byDigit(room, n, 11 * round, 2048, 2048 * round)
}

const isSorted = (words: Uint32Array, n: number): boolean => {
  for (let i = 1; i < n; i++) if (words[i - 1] > words[i]) return false
  return true
}

const sortWords = (room: Room, n: number): void => {
  if (isSorted(room.words, n)) return
  if (n <= shortest) byInsertion(room, n)
  else byDigits(room, n)
}

/** Moves the word at the top of a heap of `size` words, least first, down to where it belongs. */
const sink = (heap: Uint32Array, size: number): void => {
  const word = heap[0]
  let at = 0
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && heap[child + 1] < heap[child]) child++
    if (heap[child] >= word) break
    heap[at] = heap[child]
    at = child
  }
  heap[at] = word
}

/**
 * The `kept` last of the sorted row, in the order of the row, at the front of the room. Walks the row
 * from its end, so that of equal elements the last are found first.
 */
const select = (room: Room, n: number, kept: number): void => {
  const { words, order, otherWords: heap, otherOrder: found } = room
  for (let i = 0; i < kept; i++) {
    heap[i] = words[n - kept + i]
    found[i] = n - 1 - i
  }
  heap.subarray(0, kept).sort() // ascending numbers are a heap
  let candidates = kept
  for (let i = n - kept - 1; i >= 0; i--) {
    if (words[i] <= heap[0]) continue
    heap[0] = words[i]
    sink(heap, kept)
    found[candidates++] = i
  }
  const [least] = heap
  let equals = 0
  for (let i = 0; i < kept; i++) if (heap[i] === least) equals++
  let to = kept
  for (let i = 0; to > 0; i++) {
    const word = words[found[i]]
    if (word < least || (word === least && equals-- <= 0)) continue
    to--
    order[to] = found[i]
  }
  for (let i = 0; i < kept; i++) words[i] = words[order[i]] // each from further on
}

/** Typed arrays of four bytes an element look alike from here, so one loop moves them all. */
const asWords = (data: HostData): HostData =>
  data.BYTES_PER_ELEMENT === 4
    ? new Int32Array(data.buffer as ArrayBuffer, data.byteOffset, data.length)
    : data

const moveWords = (
  from: Int32Array,
  to: Int32Array,
  start: number,
  end: number,
  order: Uint32Array,
  row: number
): void => {
  for (let i = start; i < end; i++) to[i] = from[row + order[i - start]]
}

const moveNumbers = (
  from: HostData,
  to: HostData,
  start: number,
  end: number,
  order: Uint32Array,
  row: number
): void => {
  for (let i = start; i < end; i++) to[i] = from[row + order[i - start]]
}

/** Sorts the row that begins at `start`, by all words of all keys. */
const sortRow = (
  room: Room,
  keys: readonly HostData[],
  start: number,
  length: number,
  counted: Uint32Array
): void => {
  room.order.set(counted)
  // The last word of the last key first: stable sorts leave what they did in place.
  for (let key = keys.length - 1; key >= 0; key--) {
    const parts = wordsPer(keys[key])
    for (let part = 0; part < parts; part++) {
      const { words, otherWords, order } = room
      if (key === keys.length - 1 && part === 0) wordsOf(keys[key], start, length, part, words)
      else {
        wordsOf(keys[key], start, length, part, otherWords)
        for (let i = 0; i < length; i++) words[i] = otherWords[order[i]]
      }
      sortWords(room, length)
    }
  }
}

/** Stable sort of every row by the first `numKeys` operands, or of its largest elements alone. */
export const sortRows = (
  kernel: Sort,
  inputs: readonly HostData[],
  outputs: readonly HostData[]
): void => {
  const { outer, length, numKeys, kept } = kernel
  if (kept === 0) return
  const room = roomFor(length)
  const keys = inputs.slice(0, numKeys)
  const few = numKeys === 1 && wordsPer(keys[0]) === 1 && length > shortest && kept <= length / 8
  const skipped = few ? length - kept : 0
  const counted = new Uint32Array(few ? 0 : length)
  for (let i = 0; i < counted.length; i++) counted[i] = i
  const [sources, targets] = [inputs.map(asWords), outputs.map(asWords)]
  for (let row = 0; row < outer; row++) {
    const start = row * length
    if (few) {
      wordsOf(keys[0], start, length, 0, room.words)
      select(room, length, kept)
      sortWords(room, kept)
    } else sortRow(room, keys, start, length, counted)
    for (let k = 0; k < sources.length; k++) {
      const [from, to] = [sources[k], targets[k]]
      if (from instanceof Int32Array && to instanceof Int32Array)
        moveWords(from, to, start + skipped, start + length, room.order, start)
      else moveNumbers(from, to, start + skipped, start + length, room.order, start)
    }
  }
}
