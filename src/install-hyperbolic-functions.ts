/**
 * Gives the CPU backend its code for hyperbolic functions. The primitives load this file, so that
 * pages without them need not load that code.
 */
import { bringElementary } from './backend/cpu/values/elementary.ts'
import * as hyperbolic from './backend/cpu/values/elementary/hyperbolic.ts'

bringElementary('sinh', hyperbolic.sinh)
bringElementary('cosh', hyperbolic.cosh)
bringElementary('asinh', hyperbolic.asinh)
bringElementary('acosh', hyperbolic.acosh)
bringElementary('atanh', hyperbolic.atanh)
