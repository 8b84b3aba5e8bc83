/** The program builder: the lowering context over one emitter. */
import { sizeOf } from '../core/shape.ts'
import type { HostData } from '../core/dtype.ts'
import type { Observer } from './decision.ts'
import { createEmitter, loadBuffer, store, storedIn, copy } from './emit.ts'
import type { LoweredType, LoweredValue, ProgramBuilder } from './fuse.ts'
import { reshapeView } from './layout.ts'
import { joinEpilogues } from './join-epilogues.ts'
import { contract } from './lower-contract.ts'
import * as movement from './lower-movement.ts'
import * as reduction from './lower-reduce.ts'
import { dropStores } from './drop-stores.ts'
import { mergeNests } from './merge.ts'
import { reuseResults } from './reuse-results.ts'
import { full, squeeze } from './views.ts'

/** Starts an empty program; `observe` is told what is stored and what is computed again. */
export const createProgramBuilder = (observe?: Observer): ProgramBuilder => {
  const c = createEmitter()
  const inputs: number[] = []

  const input = (type: LoweredType): LoweredValue => {
    const buffer = c.allocate(type, 'input')
    inputs.push(buffer)
    return loadBuffer(buffer, type)
  }

  const constant = (type: LoweredType, data: HostData): LoweredValue =>
    sizeOf(type.shape) === 1
      ? full(type.shape, type.dtype, data[0], data[1] ?? 0)
      : loadBuffer(c.allocate(type, 'constant', data), type)

  const finish = (outputs: readonly LoweredValue[]) => {
    const results = outputs.map((v) => storedIn(c, v) ?? copy(c, v))
    for (const id of results) {
      if (c.buffers[id].role === 'temporary') c.setRole(id, 'output')
    }
    const program = { buffers: c.buffers, kernels: c.kernels, inputs, outputs: results }
    return reuseResults(dropStores(mergeNests(joinEpilogues(program))))
  }

  return {
    input,
    finish,
    context: {
      ...(observe && { observe }),
      constant,
      store: (v) => store(c, v),
      reshape: (v, shape) => {
        const direct = reshapeView(v, shape)
        if (direct !== null) return direct
        // A contiguous buffer takes every shape.
        return reshapeView(store(c, v), shape) as LoweredValue
      },
      at: (operand, shape, coordinates) => movement.at(c, operand, shape, coordinates),
      reduce: (v, axes, monoid) => reduction.reduce(c, v, axes, monoid),
      argReduce: (v, axis, kind, dtype) => reduction.argReduce(c, v, axis, kind, dtype),
      contract: (lhs, rhs, dimensions, dtype) => contract(c, lhs, rhs, dimensions, dtype),
      emitting: (lower) => lower(c),
      cumulative: (v, axis, monoid, reverse) => reduction.cumulative(c, v, axis, monoid, reverse),
      pad: (v, fill, config) =>
        movement.pad(
          c,
          v,
          squeeze(
            fill,
            fill.shape.map((_, a) => a)
          ),
          config
        ),
      concatenate: (values, axis) => movement.concatenate(c, values, axis),
      scatter: (operand, updates, options) => movement.scatter(c, operand, updates, options),
      updateSlice: (operand, update, starts) => movement.updateSlice(c, operand, update, starts),
      sort: (values, axis, numKeys, kept) => movement.sort(c, values, axis, numKeys, kept),
      library: (...routine) => movement.library(c, ...routine)
    }
  }
}
