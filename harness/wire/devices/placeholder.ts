/**
 * Whether a serial number stands for one that the user has to put in, as in the shipped bench files: `PPK2-SERIAL`. No known device has
 * such a number.
 */
export function isPlaceholder(serialNumber: string | undefined): boolean {
  return serialNumber !== undefined && /^[A-Z0-9]+(?:-[A-Z0-9]+)*-SERIAL$/.test(serialNumber);
}
