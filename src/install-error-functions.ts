/**
 * Gives the CPU backend its code for the error function's family. The primitives load this file,
 * so that pages without them need not load that code.
 */
import { bringElementary } from './backend/cpu/values/elementary.ts'
import * as errorFunction from './backend/cpu/values/elementary/error-function.ts'

bringElementary('erf', errorFunction.erf)
bringElementary('erfc', errorFunction.erfc)
bringElementary('erfInv', errorFunction.erfInv)
