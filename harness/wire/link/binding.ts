import type { OpenOptions as StreamOptions } from '@serialport/stream';

/** The types of serialport's binding contract, taken from the stream package, which exports them for ESM. */
export type BindingInterface = StreamOptions['binding'];
export type BindingPortInterface = Awaited<ReturnType<BindingInterface['open']>>;
export type OpenOptions = Parameters<BindingInterface['open']>[0];
export type PortInfo = Awaited<ReturnType<BindingInterface['list']>>[number];
export type PortStatus = Awaited<ReturnType<BindingPortInterface['get']>>;
