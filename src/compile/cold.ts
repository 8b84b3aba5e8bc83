/** Work that is done once for each program: the engine need not hurry to optimise what does it. */
import { whileCold } from '#host'
import { settings } from '../core/config.ts'

export const cold = <T>(compute: () => T): T =>
  settings().engineFlags ? whileCold(compute) : compute()
