import type { OtiiData } from '../../../measure/meter/otii/protocol.js';
import { OtiiFault } from './errors.js';
import type { OtiiLicences } from './licences.js';

/** What a client may ask before it has a licence. */
const free = /^otii_(is_logged_in|login|logout|get_licenses|has_license|reserve_license|return_license)$/;

export interface OtiiLogin {
  username: string;
  password: string;
}

/** Who is logged in, and what that account may do. */
export class OtiiAccount {
  #isLoggedIn: boolean;

  /** @param login who has to log in first; undefined: somebody has, in the desktop application */
  constructor(
    private readonly login: OtiiLogin | undefined,
    readonly licences: OtiiLicences,
  ) {
    this.#isLoggedIn = login === undefined;
  }

  /** @throws OtiiFault unless the client may give this command */
  admit(cmd: string): void {
    if (free.test(cmd)) return;
    if (!this.#isLoggedIn) throw new OtiiFault('Not logged in', {});
    if (!this.licences.has('Automation')) throw new OtiiFault('No license', {});
  }

  /** Carries out what belongs to the account; undefined: some other command. @throws OtiiFault */
  execute(cmd: string, data: OtiiData): OtiiData | undefined {
    const { login } = this;
    switch (cmd) {
      case 'otii_is_logged_in':
        return { logged_in: this.#isLoggedIn };
      case 'otii_login':
        if (
          login !== undefined &&
          (data['username'] !== login.username || data['password'] !== login.password)
        )
          throw new OtiiFault('Could not login', {});
        this.#isLoggedIn = true;
        return {};
      case 'otii_logout':
        this.#isLoggedIn = login === undefined;
        return {};
      case 'otii_get_licenses':
        return { licenses: this.licences.list() };
      case 'otii_has_license':
        return { has_license: this.licences.has(data['license_type']) };
      case 'otii_reserve_license':
        if (!this.#isLoggedIn) throw new OtiiFault('License could not be reserved', {});
        this.licences.reserve(data['license_id']);
        return {};
      case 'otii_return_license':
        this.licences.giveBack(data['license_id']);
        return {};
      default:
        return undefined;
    }
  }
}
