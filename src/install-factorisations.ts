/**
 * Gives factorisations of matrices the inner loops that the CPU backend compiles. Their primitives
 * load this file, so that pages without them need not load that code.
 */
import { panelProduct } from './backend/cpu/product/dense-product.ts'
import { setPanelProduct } from './core/dense/product.ts'

setPanelProduct(panelProduct)
