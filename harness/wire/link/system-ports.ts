import { loadOptional, optionalModule } from '../../optional-module.js';
import type { BindingInterface } from './binding.js';

/** The system's serial ports, by a native module that some machines do not have. @throws LF_TOOL_MISSING */
export async function systemPorts() {
  const { SerialPort } = await loadOptional(() => import('serialport'), optionalModule('serialport'));
  return { binding: SerialPort.binding as BindingInterface, list: () => SerialPort.list() };
}
