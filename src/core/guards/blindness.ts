import type { ScrapeTargets, SightFact } from '../facts.ts';
import { defineGuard, notApplicable, pass, refuse } from './guard.ts';

/**
 * What we look with works: the cluster's API and Prometheus answer, and not most of what Prometheus scrapes is gone at once. When it is,
 * the fault lies more likely with our eyes than with everything that they look at. It stands before every guard that looks, so that
 * what cannot be read has one reason, and one incident for the whole cluster.
 */
export const blindness = defineGuard({
  name: 'blindness',
  phases: ['admit', 'permit'],
  needs: ['sight'],
  check({ run: { target } }, { sight }) {
    if (sight === null) return notApplicable(`cluster ${target.cluster} is not configured`);
    const have = blindTo(sight, target.cluster);
    if (have === null) return pass(seen(sight), needed(sight));
    return refuse({
      reason: 'blind',
      have,
      need: needed(sight),
      clears: 'We see again. If everything is down indeed, that is for a human.',
    });
  },
});

/** What is not seen, in words; null = all that it takes is. */
export function blindTo({ api, prometheus }: SightFact, cluster: string): string | null {
  if (api !== null) return `cluster ${cluster} does not answer: ${api}`;
  if (prometheus === null) return null;
  if ('silent' in prometheus) return `Prometheus does not answer: ${prometheus.silent}`;
  return isMostlyGone(prometheus) ? answering(prometheus) : null;
}

/** Of a few targets one that is down says nothing about us. */
function isMostlyGone({ up, most, minTargets, maxMissingPercent }: ScrapeTargets): boolean {
  return most >= minTargets && (most - up) * 100 > maxMissingPercent * most;
}

function answering({ up, most }: ScrapeTargets): string {
  return `${up} of ${most} scrape targets answer`;
}

function seen({ prometheus }: SightFact): string {
  return prometheus === null || 'silent' in prometheus ? 'the cluster answers' : `the cluster answers, ${answering(prometheus)}`;
}

function needed({ prometheus }: SightFact): string {
  if (prometheus === null) return 'the cluster answers';
  if ('silent' in prometheus) return 'the cluster and Prometheus answer';
  const { maxMissingPercent, minTargets } = prometheus;
  return `the cluster and Prometheus answer, of ${minTargets} scrape targets or more at most ${maxMissingPercent}% are gone`;
}
