import { defineLint, mayAct } from './lint.ts';

/** A rule that may act whenever its clock says so: of an alert somebody may know, of a tick nobody thinks. */
export const noWindow = defineLint({
  name: 'no-window',
  summary: 'a rule may act on its schedule at any time',
  check({ rules }) {
    const unbound = rules.filter((rule) => mayAct(rule) && rule.starts.schedule !== null && rule.edition.rule.guards.windows.length === 0);
    return unbound.map((rule) => ({
      rule,
      path: ['schedule'],
      message: 'it may act on its schedule whatever else goes on: no time interval keeps it from that',
      fix: 'name intervals under "active_time_intervals", or under "mute_time_intervals" those in which it must not act',
    }));
  },
});
