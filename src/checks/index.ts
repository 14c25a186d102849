import type { Check } from '../core/capability.ts';
import { alertFiring } from './alert/firing.ts';
import { httpProbe } from './http/probe.ts';
import { execJson } from './kubernetes/exec-json.ts';
import { podReady } from './kubernetes/pod-ready.ts';
import { podStatus } from './kubernetes/pod-status.ts';
import { workloadReady } from './kubernetes/workload-ready.ts';
import { prometheusQuery } from './prometheus/query.ts';

const all: readonly Check[] = [podStatus, podReady, workloadReady, execJson, httpProbe, alertFiring, prometheusQuery];

/** Every check by its name. To add one: its file, its line above, its test. */
export const checks: ReadonlyMap<string, Check> = new Map(all.map((check) => [check.name, check]));
