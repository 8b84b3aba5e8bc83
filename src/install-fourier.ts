/**
 * Gives Fourier transforms the stages that the CPU backend compiles. Their primitive loads this
 * file, so that pages without it need not load that code.
 */
import { stageRoom } from './backend/cpu/routines/fourier.ts'
import { setStageRoom } from './core/dense/fft-lines.ts'

setStageRoom(stageRoom)
