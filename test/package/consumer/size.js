import { grad, np } from 'cotangent'

globalThis.result = grad((x) => np.multiply(x, x))(3).item()
