/**
 * What a worker runs: a classic script without imports, so that it can be given to a worker as
 * text, in Node and in browsers, from any bundle.
 *
 * It waits for the epoch to change, compiles programs that it is asked to compile, and looks for
 * tiles in the exported `work` of the program that runs.
 */
import { control } from './thread-control.ts'

/** What the script is given at its start. */
export interface WorkerStart {
  readonly memory: object
  /** From 1 on; 0 is the main thread. */
  readonly thread: number
}

const script = (at: typeof control): string => `'use strict'
const begin = ({ memory, thread }) => {
  // The memory may have grown on its way here, and a thread hears of later growth only.
  memory.grow(0)
  const words = new Int32Array(memory.buffer, 0, 1024)
  const bit = 1 << thread
  const programs = []
  let request = 0
  const serve = () => {
    const next = Atomics.load(words, ${at.request >> 2})
    if (next === request) return
    request = next
    const length = words[${at.length >> 2}]
    const address = words[${at.address >> 2}] >>> 0
    try {
      if (memory.buffer.byteLength < address + length) memory.grow(0)
      const bytes = new Uint8Array(memory.buffer, address, length).slice()
      const module = new WebAssembly.Module(bytes)
      const env = { memory }
      for (const { name, kind } of WebAssembly.Module.imports(module))
        if (kind === 'function')
          env[name] = () => {
            throw new WebAssembly.RuntimeError('a worker has no functions of the host')
          }
      programs[words[${at.slot >> 2}]] = new WebAssembly.Instance(module, { env }).exports
      Atomics.or(words, ${at.compiled >> 2}, bit)
    } catch {
      Atomics.or(words, ${at.refused >> 2}, bit)
    }
    Atomics.notify(words, ${at.compiled >> 2})
  }
  const work = () => {
    const slot = words[${at.program >> 2}]
    const program = programs[slot]
    if (program === undefined || (words[${at.active >> 2}] & bit) === 0) return
    try {
      program.work(thread, slot, request)
    } catch {
      Atomics.store(words, ${at.failed >> 2}, 1)
      Atomics.add(words, ${at.done >> 2}, 1)
      Atomics.notify(words, ${at.done >> 2})
    }
  }
  Atomics.or(words, ${at.ready >> 2}, bit)
  Atomics.notify(words, ${at.ready >> 2})
  for (;;) {
    const epoch = Atomics.load(words, ${at.epoch >> 2})
    serve()
    work()
    if (Atomics.load(words, ${at.epoch >> 2}) !== epoch) continue
    Atomics.add(words, ${at.sleepers >> 2}, 1)
    Atomics.wait(words, ${at.epoch >> 2}, epoch)
    Atomics.sub(words, ${at.sleepers >> 2}, 1)
  }
}
if (typeof require === 'function') begin(require('node:worker_threads').workerData)
else self.onmessage = ({ data }) => begin(data)
`

export const workerSource = script(control)
