import { benchIntake } from './intake.ts';
import { benchLoop } from './loop.ts';

/** All benches, one after another: what they compare runs side by side within each. */
await benchIntake();
await benchLoop();
