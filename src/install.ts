/**
 * Fills the hooks that lower layers leave open: how operations are evaluated and devices are opened
 * (the compiler), the scalar functions of reproducible results (the CPU backend), and the fluent
 * methods of arrays (the numpy layer). Every entry point imports this file.
 */
import { ownFunctionOf } from './backend/cpu/engine/own-functions.ts'
import { deviceOpener } from './compile/backends.ts'
import { evaluate } from './compile/eager.ts'
import { setDeviceOpener } from './core/config.ts'
import { setOwnFunctions } from './core/scalar/math.ts'
import { installMethods } from './numpy/methods.ts'
import { setEvaluator } from './trace/tracer.ts'

setEvaluator(evaluate)
setDeviceOpener(deviceOpener)
setOwnFunctions(ownFunctionOf)
installMethods()
