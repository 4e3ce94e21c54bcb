import type { OtiiData } from '../../../measure/meter/otii/protocol.js';
import { OtiiFault } from './errors.js';

/** Licences of the account: one for automation, one for the battery toolbox (the vendor's battery example asks for both). */
const kinds = [
  { id: 1234, type: 'Automation' },
  { id: 1235, type: 'Battery' },
] as const;

/** Who holds which licence. */
export class OtiiLicences {
  readonly #holders = new Map<number, string>();

  /** @param isTaken somebody else holds them */
  constructor(isTaken: boolean) {
    if (isTaken) for (const { id } of kinds) this.#holders.set(id, 'somebody else');
  }

  has(type: unknown): boolean {
    return kinds.some(kind => kind.type === type && this.#holders.get(kind.id) === 'me');
  }

  list(): OtiiData[] {
    return kinds.map(({ id, type }) => {
      const holder = this.#holders.get(id) ?? '';
      return {
        id,
        type,
        available: holder !== 'somebody else',
        reserved_to: holder,
        hostname: holder === '' ? '' : 'localhost',
      };
    });
  }

  /** @throws OtiiFault */
  reserve(id: unknown): void {
    const found = kinds.find(kind => kind.id === id);
    if (found === undefined || this.#holders.has(found.id))
      throw new OtiiFault('License could not be reserved', {});
    this.#holders.set(found.id, 'me');
  }

  /** @throws OtiiFault */
  giveBack(id: unknown): void {
    const found = kinds.find(kind => kind.id === id);
    if (found === undefined || this.#holders.get(found.id) !== 'me')
      throw new OtiiFault('License could not be returned', {});
    this.#holders.delete(found.id);
  }
}
