import type { StartAnswer, StartStore, TickAnswer } from '../../core/store-starts.ts';
import type { SlotRequest } from '../../core/store.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import { list, number, oneOf, text } from './decode.ts';
import { slotPart } from './intake.ts';
import { hintFrom } from './requests.ts';
import { TextList, type RunScript } from './scripts.ts';

/** `confirm` waits for the replicas. */
export function startStore(script: RunScript, confirm: () => Promise<void>): StartStore {
  return {
    async schedules(schedules) {
      const [now, from] = list(await script('schedules', { schedules: schedules.map(({ rule, text: own }) => [rule, own]) }));
      return { now: number(now), from: list(from).map(number) };
    },
    async tick({ rule, at, earlier, lateMs, request }) {
      const texts = new TextList();
      const times = { at, tick: formatTimestamp(at), earlier: earlier === null ? null : formatTimestamp(earlier) };
      const part = { rule, ...times, lateMs, ...startPart(request, texts) };
      const answer = ticked(await script('tick', part, texts.texts));
      if (answer.kind !== 'taken') await confirm();
      return answer;
    },
    async start(request) {
      const texts = new TextList();
      const answer = started(await script('start', startPart(request, texts), texts.texts));
      await confirm();
      return answer;
    },
  };
}

/** The run that may be made, and what the audit is told of it. */
function startPart(request: SlotRequest, texts: TextList): object {
  const { slot, rule, team, dry } = request;
  const { kind, ...trigger } = request.doc().trigger;
  return {
    request: slotPart(request, texts, { start: true, due: true }),
    told: texts.json({ rule, team, slot, dry, trigger: kind, ...trigger }),
  };
}

function ticked(answer: unknown): TickAnswer {
  const [tag, value] = list(answer);
  const kind = oneOf(['started', 'taken', 'missed', 'still-running'], tag);
  if (kind === 'started') return { kind, hint: hintFrom(value) };
  return kind === 'still-running' ? { kind, run: text(value) } : { kind };
}

function started(answer: unknown): StartAnswer {
  const [tag, value] = list(answer);
  const kind = oneOf(['started', 'live'], tag);
  return kind === 'started' ? { kind, hint: hintFrom(value) } : { kind, run: text(value) };
}
