/**
 * Gives the CPU backend its code for convolutions. The primitive loads this file, so that pages
 * without convolutions need not load that code.
 */
import {
  convolutionBytes,
  convolutionCut,
  emitConvolutionKernel,
  leftToFinish
} from './backend/cpu/convolution/convolution-code.ts'
import { setPackedConvolutions } from './backend/cpu/product/packed-convolutions.ts'
import { replaceConvolution } from './backend/cpu/convolution/split-convolution.ts'

setPackedConvolutions({
  cut: convolutionCut,
  bytes: convolutionBytes,
  emit: emitConvolutionKernel,
  leftToFinish,
  replace: replaceConvolution
})
