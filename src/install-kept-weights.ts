/**
 * Has the CPU backend keep weights packed between calls of a program. jit loads this file: who
 * calls programs again has the code for it, and pages that do not need not load it.
 */
import { holdForms } from './backend/cpu/product/kept-forms.ts'
import { setKeeper } from './backend/cpu/product/kept-operands.ts'
import { keepWeights, keptOf } from './backend/cpu/product/kept-weights.ts'

setKeeper({ plan: keepWeights, keptOf, hold: holdForms })
