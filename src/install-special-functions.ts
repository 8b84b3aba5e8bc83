/**
 * Gives the CPU backend its code for the gamma function's family. The primitives load this file,
 * so that pages without them need not load that code.
 */
import { bringElementary } from './backend/cpu/values/elementary.ts'
import * as gamma from './backend/cpu/values/elementary/gamma.ts'

bringElementary('lgamma', gamma.lgamma)
bringElementary('digamma', gamma.digamma)
