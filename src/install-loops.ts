/**
 * Has the CPU backend change the carries of loops where they lie. The primitives that make loops
 * load this file, so that pages without loops need not load that code.
 */
import { updateCarries } from './backend/cpu/carried-updates.ts'
import { setLoopPass } from './backend/cpu/program.ts'

setLoopPass(updateCarries)
