import { z } from 'zod';
import { ProfileBody } from './config.ts';

/** What one machine, or one request, wants other than the profile says. */
export const OverridesBody = ProfileBody.omit({ provider: true, origin: true })
  .partial()
  .describe('Each field given takes the place of the profile’s.');

const MapMachineBody = z
  .strictObject({
    name: z.string(),
    profile: z.string().describe("The profile's name."),
    overrides: OverridesBody.optional(),
    requires: z.array(z.string()).optional().describe('Machines of this map that must be ready before it is begun.'),
    origin: z.string().default('api').describe('Where it was written: `file:line`.'),
  })
  .meta({ id: 'MapMachine' });

/** The fleet that a map wants: what planning, applying and importing have in common. */
export const MapBody = z
  .strictObject({
    name: z.string().min(1).describe('Tells maps apart: only what this very map wanted before can be pruned by it.'),
    machines: z.array(MapMachineBody).max(10_000),
  })
  .meta({ id: 'FleetMap' });
