/** What a backend offers. Commercial names stay inside the drivers; here are libcloud's and Salt Cloud's words. */

export type Arch = 'x86_64' | 'arm64' | 'arm';

export interface Image {
  readonly id: string;
  readonly name: string;
  /** A short name that stays the same when the image is renewed, e.g. `debian_bookworm`. */
  readonly label?: string;
  readonly arch: Arch;
  readonly location: string;
  readonly source: 'public' | 'own';
  /** Sizes it can run on, when the backend says so. */
  readonly sizes?: readonly string[];
  /** ISO 8601. */
  readonly createdAt?: string;
  /** The backend's remaining facts, as plain values, for people and the compatible commands. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Size {
  readonly id: string;
  readonly arch: Arch;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Disk that comes with it; 0 when volumes are bought apart. */
  readonly diskBytes: number;
  readonly location: string;
  readonly price: Price | null;
  readonly stock: 'available' | 'scarce' | 'none' | 'unknown';
}

export interface Location {
  readonly id: string;
  readonly name: string;
  readonly region: string;
}

/** Money per hour, with the day it was read: prices move. Never a silent zero. */
export interface Price {
  readonly currency: string;
  readonly hourly: number;
  readonly monthly: number;
  /** ISO 8601 date. */
  readonly asOf: string;
}

export interface CatalogQuery {
  readonly location?: string;
  readonly arch?: Arch;
}

export interface ImageQuery extends CatalogQuery {
  /** A label, a display name or an id; matched without regard to case. */
  readonly match?: string;
}
