/**
 * Hands out loopback addresses of one network, never one twice before the network is used up. Plain
 * loopback has a single IPv6 address, so machines that really listen get it one at a time.
 */
export class AddressPool {
  readonly #network: string;
  readonly #taken = new Set<string>();
  #next = 2;
  #ipv6 = 0;

  /** @param network first two octets, for example '127.80' */
  constructor(network: string) {
    if (!/^127(\.\d{1,3}){1}$/.test(network)) {
      throw new Error(`network "${network}" is not the first two octets of a loopback network, such as 127.80`);
    }
    this.#network = network;
  }

  /** A free address, or null when all 65,000 are in use. */
  take(): string | null {
    for (let tries = 0; tries < 65_000; tries++) {
      const address = `${this.#network}.${this.#next >> 8}.${this.#next & 255}`;
      this.#next = this.#next >= 65_500 ? 2 : this.#next + 1;
      if (!this.#taken.has(address)) {
        this.#taken.add(address);
        return address;
      }
    }
    return null;
  }

  /** @param isReal somebody will listen on it; otherwise an address of the documentation prefix does */
  takeIpv6(isReal: boolean): string | null {
    this.#ipv6++;
    const address = isReal ? '::1' : `2001:db8:${this.#ipv6.toString(16)}::1`;
    if (this.#taken.has(address)) return null;
    this.#taken.add(address);
    return address;
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
