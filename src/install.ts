/**
 * Fills the two hooks that lower layers leave open: how operations are evaluated (the compiler),
 * and the fluent methods of arrays (the numpy layer). Every entry point imports this file.
 */
import { evaluate } from './compile/eager.ts'
import { installMethods } from './numpy/methods.ts'
import { setEvaluator } from './trace/tracer.ts'

setEvaluator(evaluate)
installMethods()
