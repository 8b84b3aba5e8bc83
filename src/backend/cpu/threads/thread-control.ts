/**
 * The words through which threads talk, in the first page of the shared memory.
 *
 * One call is in progress at a time. To have a kernel computed by several threads the main thread
 * writes what is to be done, then `claim` = epoch · 2³² + tiles, and then a new `epoch`, on which
 * idle workers wait. Whoever lowers `claim` by one owns a tile. The parameters cannot change while
 * a tile is unclaimed or not done, so a thread that claims one has read the right ones, however
 * late it comes.
 */

/** Byte addresses. What several threads write lies on cache lines of its own. */
export const control = {
  /** Grows by one with every kernel and every request; idle workers wait on it. */
  epoch: 256,
  /** Workers that wait, and have to be woken. */
  sleepers: 260,
  claim: 320, // i64
  /** Tiles that are finished. */
  done: 384,
  /** Not 0 while the main thread waits for `done` to change. */
  waiting: 388,
  /** What the tiles belong to. */
  kernel: 448,
  table: 452,
  tiles: 456,
  program: 460,
  /** Bit t: thread t takes part in the call. 0: the main thread is alone. */
  active: 464,
  /** Not 0 after a worker failed in a tile. */
  failed: 512,
  /** Tiles that workers have computed since the start. */
  byWorkers: 516,
  /** Kernels that were shared among threads since the start. */
  kernels: 520,
  /** A program that workers have to compile: number of the request, place, slot. */
  request: 576,
  address: 580,
  length: 584,
  slot: 588,
  /** Bit t: worker t has done so, or could not. */
  compiled: 640,
  refused: 644,
  /** Bit t: worker t runs. */
  ready: 704
} as const
