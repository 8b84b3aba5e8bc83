/**
 * Gives the CPU backend its code for asin and acos. The primitives load this file, so that
 * pages without them need not load that code.
 */
import { bringElementary } from './backend/cpu/values/elementary.ts'
import * as arc from './backend/cpu/values/elementary/arc.ts'

bringElementary('asin', arc.asin)
bringElementary('acos', arc.acos)
