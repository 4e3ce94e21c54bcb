/** The part of a `SerialPort.list()` entry that is used. */
export interface ListedPort {
  path: string;
  serialNumber?: string;
  vendorId?: string;
  productId?: string;
  locationId?: string;
  /** Windows: the device instance, e.g. `USB\VID_2E8A&PID_000C&MI_01\6&3A4B&0&0001`. */
  pnpId?: string;
  /** Windows: what the device manager shows. */
  friendlyName?: string;
}

/** What such an entry says of the device; fields as in `SerialDevice`. */
export interface ListedFacts {
  serialNumber?: string;
  vendorId?: string;
  productId?: string;
  interfaceNumber?: number;
  interfaceName?: string;
  port?: string;
}

/** Names of ports that belong to one device on macOS end in a character for the interface: `usbmodem` + serial number or place + this. */
const darwinPort = /^\/dev\/(?:tty|cu)\.usbmodem(.+)([0-9A-Za-z])$/;

/**
 * Interface of a macOS port: the last character counts them from 1, beyond 9 in letters (J-Link's two ports, interfaces 0 and 2 on Linux,
 * are ...1 and ...3 on macOS). It counts only behind the serial number or the place: other drivers name ports freely.
 */
function darwinInterface({ path, serialNumber, locationId }: ListedPort): number | undefined {
  const match = darwinPort.exec(path);
  if (match === null) return undefined;
  const [, stem, last] = match;
  const place = locationId?.replace(/^0x/i, '').replace(/0+$/, '') ?? '';
  const isOfDevice = stem === serialNumber || (place !== '' && stem.replace(/0+$/, '') === place);
  return isOfDevice ? Number.parseInt(last, 36) - 1 : undefined;
}

/**
 * Serial number and interface from a Windows instance path. An instance with `&` is a place that Windows made up for one function of a
 * device; FTDI's driver puts the channel's letter behind the serial number.
 */
function windowsFacts({ pnpId = '', serialNumber }: ListedPort): ListedFacts {
  const ftdi = /^FTDIBUS\\VID_[0-9A-F]{4}\+PID_[0-9A-F]{4}\+(\w+?)([A-D])\\/i.exec(pnpId);
  if (ftdi !== null)
    return {
      serialNumber: ftdi[1],
      interfaceNumber: ftdi[2].toUpperCase().charCodeAt(0) - 'A'.charCodeAt(0),
    };
  const part = /&MI_([0-9A-F]{2})/i.exec(pnpId);
  return {
    serialNumber: serialNumber?.includes('&') ? undefined : serialNumber,
    interfaceNumber: part === null ? undefined : Number.parseInt(part[1], 16),
  };
}

const hex = (id: string | undefined): string | undefined => id?.replace(/^0x/i, '').toLowerCase();

/** What a system's list of ports tells of one of them: macOS and Windows know no more than that. Empty texts are none. */
export function fromListed(listed: ListedPort): ListedFacts {
  const port = Object.fromEntries(
    Object.entries(listed).filter(([, value]) => value !== undefined && value !== ''),
  ) as unknown as ListedPort;
  const { path, vendorId, productId, locationId, friendlyName } = port;
  return {
    serialNumber: port.serialNumber,
    interfaceNumber: darwinInterface(port),
    ...(port.pnpId === undefined ? {} : windowsFacts(port)),
    vendorId: hex(vendorId),
    productId: hex(productId),
    port: locationId,
    interfaceName: friendlyName?.replace(` (${path})`, ''),
  };
}
