import type { SizeFacts } from './sizes.ts';

export const ZONES = [
  'fr-par-1',
  'fr-par-2',
  'fr-par-3',
  'nl-ams-1',
  'nl-ams-2',
  'nl-ams-3',
  'pl-waw-1',
  'pl-waw-2',
  'pl-waw-3',
  'it-mil-1',
] as const;
export const REGIONS = ['fr-par', 'nl-ams', 'pl-waw', 'it-mil'] as const;

export type Availability = 'available' | 'scarce' | 'shortage';

/** Families that only some zones offer; every other family is offered everywhere. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  COPARM1: ['fr-par-1', 'fr-par-2'],
  BASIC2: ['fr-par-1', 'fr-par-2', 'nl-ams-1', 'pl-waw-1'],
  STANDARD2: ['fr-par-1', 'fr-par-2', 'nl-ams-1'],
  STARDUST1: ['fr-par-1', 'nl-ams-1'],
  RENDER: ['fr-par-1'],
  L4: ['fr-par-1', 'fr-par-2', 'pl-waw-2'],
  VC1L: ['fr-par-1', 'nl-ams-1'],
  VC1M: ['fr-par-1', 'nl-ams-1'],
  VC1S: ['fr-par-1', 'nl-ams-1'],
};

/** What is not simply available, as 'size zone'. The cheapest size of all is rarely to be had. */
const STOCK: Readonly<Record<string, Availability>> = {
  'STARDUST1-S fr-par-1': 'shortage',
  'STARDUST1-S nl-ams-1': 'scarce',
  'COPARM1-32C-128G fr-par-1': 'shortage',
  'L4-8-24G fr-par-2': 'scarce',
  'PRO2-L fr-par-3': 'shortage',
};

export const isZone = (name: string): boolean => (ZONES as readonly string[]).includes(name);
export const isRegion = (name: string): boolean => (REGIONS as readonly string[]).includes(name);

export function isOffered(size: SizeFacts, zone: string): boolean {
  const family = size.name.split('-')[0] ?? '';
  return (OFFERED[family] ?? ZONES).includes(zone);
}

export const defaultStock = (size: string, zone: string): Availability => STOCK[`${size} ${zone}`] ?? 'available';
