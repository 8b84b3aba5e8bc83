/**
 * The part of a module that calls kernels one after the other. What is called and with which
 * buffers is data: `run` is executed once per call, and instructions for each kernel would take
 * longer to compile than they ever run.
 */
import type { FunctionBuilder, FunctionRef, Local } from './wasm/function.ts'
import type { ModuleBuilder } from './wasm/module.ts'

/** Entries of the table of a program, and where a kernel finds those of its own. */
export interface TableLayout {
  /** Holds the address of the steps. */
  readonly steps: number
  /** The first entry of the kernel that is about to run. */
  readonly own: number
}

export interface StepsCode {
  /** Appends a call of `code`, which takes its own table: `entries` of the program's table. */
  readonly add: (code: FunctionRef, entries: readonly number[]) => void
  /** Emits the calls appended since the last time. */
  readonly flush: (f: FunctionBuilder, table: Local) => void
  /** The steps: number of the code, count of the entries, and the entries, as byte offsets. */
  readonly words: () => Uint32Array
  /** Emits what could not be known before the last step was added. */
  readonly finish: () => void
}

export const createStepsCode = (module: ModuleBuilder, layout: TableLayout): StepsCode => {
  const words: number[] = []
  const numbers = new Map<FunctionRef, number>()
  const play = module.declare({ params: ['i32', 'i32', 'i32'], results: [] })
  let [first, waiting] = [0, 0] // steps since the last flush

  const numberOf = (code: FunctionRef): number => {
    const known = numbers.get(code) ?? numbers.size
    numbers.set(code, known)
    return known
  }

  /** Copies entries of the table to where the kernel finds them; leaves `step` behind the last. */
  const gather = (f: FunctionBuilder, table: Local, step: Local): void => {
    const [left, to] = f.locals('i32', 2)
    f.get(step).memory('i32.load', 4).set(left)
    f.increment(step, 8).get(table).set(to)
    f.doWhile(
      () => {
        f.get(to).get(table).get(step).memory('i32.load').op('i32.add').memory('i32.load')
        f.memory('i32.store', 4 * layout.own)
        f.increment(to, 4).increment(step, 4).increment(left, -1)
      },
      () => f.get(left)
    )
  }

  /** `(table, offset, count) → ()`: so many steps. */
  const implement = (): void =>
    module.implement(play, (f, table, offset, count) => {
      const codes = [...numbers.keys()]
      const [step, number] = f.locals('i32', 2)
      const choose = (from: number, to: number): void => {
        if (to - from === 1) {
          f.get(table)
            .i32(4 * layout.own)
            .op('i32.add')
            .call(codes[from])
          return
        }
        const middle = (from + to) >> 1
        f.get(number).i32(middle).op('i32.lt_u')
        f.if(
          () => choose(from, middle),
          () => choose(middle, to)
        )
      }
      if (codes.length === 0) return
      f.get(table)
        .memory('i32.load', 4 * layout.steps)
        .get(offset)
        .op('i32.add')
        .set(step)
      f.doWhile(
        () => {
          f.get(step).memory('i32.load').set(number)
          gather(f, table, step)
          choose(0, codes.length)
          f.increment(count, -1)
        },
        () => f.get(count)
      )
    })

  return {
    add: (code, entries) => {
      words.push(numberOf(code), entries.length, ...entries.map((entry) => 4 * entry))
      waiting++
    },
    flush: (f, table) => {
      if (waiting > 0)
        f.get(table)
          .i32(4 * first)
          .i32(waiting)
          .call(play)
      waiting = 0
      first = words.length
    },
    words: () => Uint32Array.from(words),
    finish: implement
  }
}
