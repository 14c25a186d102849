import { isBuilt } from '../test/cluster/binaries.ts';
import { benchCluster } from './cluster.ts';
import { benchDecision } from './decision.ts';
import { benchIntake } from './intake.ts';
import { benchLoop } from './loop.ts';
import { benchRules } from './rules.ts';

/** All benches, one after another: what they compare runs side by side within each. */
benchRules();
benchDecision();
await benchIntake();
await benchLoop();
if (isBuilt()) await benchCluster();
else console.log('\nLeft out: the loop at a real API server, which `make cluster-test` builds.');
