import type { ShapeName } from '../settings.js';
import { hookSleepShape } from './hook-sleep.js';
import { hookStormShape } from './hook-storm.js';
import type { Shape } from './shape.js';
import { stepStormShape } from './step-storm.js';

/** The shapes, by name. */
export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  'hook-sleep': hookSleepShape,
  'step-storm': stepStormShape,
  'hook-storm': hookStormShape,
};
